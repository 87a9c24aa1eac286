"""Twelve cameras and eight websites: what people see of the network."""

from __future__ import annotations

from simpul.kit.actor import Actor
from simpul.lab.csv_tables import rows, yes
from simpul.lab.story.addressing import address_plan
from simpul.lab.story.contracts import contract_lines
from simpul.lab.story.organisations import organisations
from simpul.lab.story.places import network_owner, sites
from simpul.register.service import create_application, create_camera


def write(actor: Actor) -> None:
    """Add cameras and applications."""
    known, lines, places = organisations(), contract_lines(), sites()
    owner, plan = network_owner(known), address_plan()
    for row in rows("cameras"):
        create_camera(
            actor,
            code=row["code"],
            name=row["name"],
            site=places[row["site"]],
            address=str(plan.camera(row["code"])),
            latitude=float(row["latitude"]),
            longitude=float(row["longitude"]),
            is_public=yes(row["public"]),
            owner=owner,
            operator=owner,
            contract_line=lines[row["contract_line"]],
            is_sample=True,
        )
    for row in rows("applications"):
        organisation = known[row["organisation"]]
        create_application(
            actor,
            code=row["code"],
            name=row["name"],
            organisation=organisation,
            url=row["url"],
            site=places[row["site"]],
            owner=organisation,
            operator=owner,
            is_sample=True,
        )
