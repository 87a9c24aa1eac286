"""How the internet is shared: groups below the two ways out, and a share for every site that has internet."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from simpul.kit.actor import Actor
from simpul.kit.rates import parse_rate
from simpul.lab.csv_tables import Row, rows, yes
from simpul.lab.story.places import sites
from simpul.register.models import Uplink
from simpul.traffic.models import ShareGroup
from simpul.traffic.service import set_group, set_share


def write(actor: Actor) -> None:
    """Add the groups, a parent before its children, and the shares."""
    uplinks = {uplink.code: uplink for uplink in Uplink.objects.all()}
    groups: dict[str, ShareGroup] = {}
    for row in rows("groups"):
        groups[row["code"]] = set_group(
            actor,
            row["code"],
            name=row["name"],
            uplink=uplinks.get(row["parent"]),
            parent=groups.get(row["parent"]),
            fallbacks=row["fallbacks"].split(),
            note=row["note"],
            **_rates(row),
        )
    places = sites()
    for row in rows("shares"):
        set_share(
            actor,
            places[row["site"]],
            group=groups[row["group"]],
            runs_network=yes(row["runs_network"]),
            **_rates(row),
        )


def _rates(row: Row) -> dict[str, Any]:
    return {
        "guarantee_down_bps": parse_rate(row["guarantee"]),
        "guarantee_up_bps": parse_rate(row["guarantee_up"]),
        "ceiling_down_bps": parse_rate(row["ceiling"]) if row["ceiling"] else None,
        "ceiling_up_bps": parse_rate(row["ceiling_up"]) if row["ceiling_up"] else None,
        "weight": Decimal(row["weight"]),
        "tier": int(row["tier"]),
        "is_sample": True,
    }
