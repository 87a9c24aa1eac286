"""How pages say why a plan is refused, what a plan changes, and how far it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from simpul.register.models import Site, Uplink
from simpul.traffic.errors import Starves
from simpul.traffic.logic.admission import CEILING_PROMISES, LOW_CEILING, LOW_SHARE, UPLINK_PROMISES, Reason
from simpul.traffic.models import PlanVersion, ShareGroup
from simpul.web import figures

State = PlanVersion.State
Names = Mapping[str, str]

TONES = {
    State.DRAFT: "",
    State.REFUSED: "bad",
    State.APPLYING: "info",
    State.APPLIED: "info",
    State.CONFIRMED: "ok",
    State.REVERTED: "warn",
    State.SUPERSEDED: "",
}
WAYS: dict[str, Promise] = {"down": _("download"), "up": _("upload")}
RULES: dict[str, Promise] = {
    UPLINK_PROMISES: _(
        "%(name)s carries %(bound)s %(way)s, but %(rate)s would be guaranteed. "
        "Lower guarantees by %(apart)s in all, or buy more."
    ),
    CEILING_PROMISES: _(
        "%(name)s may get %(bound)s %(way)s at most, but %(rate)s would be guaranteed. "
        "Lower guarantees by %(apart)s in all, or raise its ceiling."
    ),
    LOW_CEILING: _("%(name)s could not work: its ceiling of %(rate)s %(way)s is below %(bound)s. Raise the ceiling."),
    LOW_SHARE: _(
        "%(name)s would starve: it would get %(rate)s %(way)s in the busiest hour, and cannot work below %(bound)s. "
        "Give it a guarantee, or others less."
    ),
}
COLUMNS: dict[str, Promise] = {
    "guarantee": _("guarantee"),
    "ceiling": _("ceiling"),
    "weight": _("weight"),
    "tier": _("tier"),
    "parent": _("part of"),
    "uplinks": _("ways out"),
    "match": _("addresses"),
    "dev": _("port"),
    "down": _("download"),
    "up": _("upload"),
    "probes": _("probe targets"),
}
# What a plan file leaves out.
DEFAULTS: dict[str, Any] = {"weight": 1, "tier": 0, "guarantee": {"down": 0, "up": 0}}
# Reasons that gateways and the controller write down, in English, as the log keeps them.
KNOWN: list[tuple[re.Pattern[str], Promise]] = [
    (
        re.compile(r"nobody confirmed it in time; order (?P<number>\d+) is in force"),
        _("nobody kept it in time; plan %(number)s is in force again"),
    ),
    (
        re.compile(r"nobody confirmed it in time; the gateway is as it was before"),
        _("nobody kept it in time; the gateway is as it was before"),
    ),
    (re.compile(r"nobody confirmed it in time.*"), _("nobody kept it in time")),
    (re.compile(r"replaced by plan (?P<number>\d+)"), _("replaced by plan %(number)s")),
]


def names_of(codes: Iterable[str]) -> dict[str, str]:
    """The names of sites, groups and ways out; a code that is gone stands for itself."""
    wanted = list(codes)
    found = {code: code for code in wanted}
    for model in (Site, ShareGroup, Uplink):
        found |= dict(model.objects.filter(code__in=wanted).values_list("code", "name"))
    return found


def reason_lines(reasons: Iterable[Reason]) -> list[str]:
    """Each reason as a sentence with its remedy."""
    found = list(reasons)
    names = names_of({reason.name for reason in found})
    return [
        str(RULES[reason.rule])
        % {
            "name": names[reason.name],
            "way": WAYS[reason.direction],
            "rate": figures.rate(reason.rate_bps),
            "bound": figures.rate(reason.bound_bps),
            "apart": figures.rate(abs(reason.rate_bps - reason.bound_bps)),
        }
        for reason in found
    ]


def starved(refusal: Starves) -> list[str]:
    """The reasons of a refusal as sentences."""
    given = refusal.values["reasons"]
    return reason_lines(given) if isinstance(given, tuple) else [refusal.shown()]


def kept_reason(text: str) -> str:
    """A reason as it was written down, in the reader's language where it is a known one."""
    for pattern, said in KNOWN:
        match = pattern.fullmatch(text)
        if match:
            return str(said) % match.groupdict()
    return text


def value_of(value: Any) -> str:
    """A column of a plan: rates, a number, a code, a list of these."""
    if isinstance(value, Mapping):
        return f"{figures.rate(value['down'])} / {figures.rate(value['up'])}"
    if isinstance(value, list | tuple):
        return " ".join(map(str, value)) or "–"
    if isinstance(value, int | float):
        return figures.plain(Decimal(str(value)))
    return "–" if value is None else str(value)


def changes_of(line: Mapping[str, Any]) -> list[str]:
    """What a line of a difference changes: `guarantee 20 Mbps / 10 Mbps → 40 Mbps / 20 Mbps`."""
    before, after = line["before"], line["after"]
    rates = {"down", "up"} if line["kind"] == "uplink" else set()
    said = []
    for column in dict.fromkeys([*before, *after]):
        one, other = (
            figures.rate(side.get(column)) if column in rates else value_of(_given(side, column))
            for side in (before, after)
        )
        said.append(f"{COLUMNS.get(column, column)} {one} → {other}")
    return said


def _given(side: Mapping[str, Any], column: str) -> Any:
    value = side.get(column)
    return DEFAULTS.get(column) if value is None else value


def how_words(how: str) -> str:
    """What happens to a line as a whole."""
    return {"added": gettext("new"), "removed": gettext("leaves"), "changed": gettext("changes")}.get(how, "")
