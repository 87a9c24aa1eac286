"""Agencies and district offices with their real names; providers and vendors that do not exist."""

from __future__ import annotations

from simpul.kit.actor import Actor
from simpul.lab.csv_tables import rows
from simpul.people.models import Organisation
from simpul.people.service import create_organisation

UNVERIFIED = "Nama menurut pola umum perangkat daerah; belum dicocokkan dengan peraturan daerah setempat."


def write(actor: Actor) -> None:
    """Add all organisations."""
    for row in rows("agencies"):
        create_organisation(
            actor,
            code=row["code"],
            name=row["name"],
            short_name=row["short_name"],
            kind=row["kind"],
            phone=row["phone"],
            note=UNVERIFIED if row["name_status"] == "template" else "",
            is_sample=True,
        )
    for row in rows("companies"):
        create_organisation(actor, **row, is_sample=True)


def organisations() -> dict[str, Organisation]:
    """All organisations by code."""
    return {organisation.code: organisation for organisation in Organisation.objects.all()}
