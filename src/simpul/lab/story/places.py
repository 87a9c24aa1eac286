"""The regency's areas, and the sites in it: offices, public spaces and points of presence."""

from __future__ import annotations

from simpul.kit.actor import Actor
from simpul.lab.csv_tables import rows, yes
from simpul.lab.story.organisations import organisations
from simpul.people.models import Organisation
from simpul.register.models import Area, Site
from simpul.register.service import create_area, create_site


def write_areas(actor: Actor) -> None:
    """Add province, regency, districts and villages; each one's parent stands in its code."""
    areas: dict[str, Area] = {}
    levels = {"districts": Area.Level.DISTRICT, "villages": Area.Level.VILLAGE}
    for row in rows("regions"):
        parent = areas.get(row["code"].rpartition(".")[0])
        areas[row["code"]] = create_area(actor, code=row["code"], name=row["name"], level=row["level"], parent=parent)
    for table, level in levels.items():
        for row in rows(table):
            parent = areas[row["code"].rpartition(".")[0]]
            areas[row["code"]] = create_area(actor, code=row["code"], name=row["name"], level=level, parent=parent)


def write_sites(actor: Actor) -> None:
    """Add all sites. No office's real position is known, so every one is marked as a sample position."""
    known, areas = organisations(), {area.code: area for area in Area.objects.all()}
    owner = network_owner(known)
    for row in rows("places"):
        create_site(
            actor,
            code=row["code"],
            name=row["name"],
            kind=row["kind"],
            organisation=known[row["organisation"]],
            area=areas[row["area"]],
            medium=row["medium"],
            latitude=float(row["latitude"]),
            longitude=float(row["longitude"]),
            position=Site.Position.SAMPLE,
            space_type=row["space_type"],
            opening_hours=row["opening_hours"],
            has_hotspot=yes(row["has_hotspot"]),
            planned_year=int(row["planned_year"]) if row["planned_year"] else None,
            note=row["note"],
            owner=known[row["organisation"]],
            operator=owner,
            is_sample=True,
        )


def network_owner(known: dict[str, Organisation]) -> Organisation:
    """The agency that runs the network: the one whose point of presence comes first."""
    return known[next(row["organisation"] for row in rows("places") if row["kind"] == Site.Kind.POP)]


def sites() -> dict[str, Site]:
    """All sites by code."""
    return {site.code: site for site in Site.objects.select_related("organisation")}
