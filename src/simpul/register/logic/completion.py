"""What follows from a row's values, and what must hold between them, per kind of table. Pure."""

from __future__ import annotations

from collections.abc import Callable

from simpul.kit.geometry import Bounds
from simpul.register.logic.coordinates import check_point
from simpul.register.logic.faults import Fault
from simpul.register.logic.rows import Standing, Values

SURVEYED, UNKNOWN = "surveyed", "unknown"
AREA_LEVELS = ("province", "regency", "district", "village")

Completion = Callable[[Values, Standing | None], tuple[Values, list[Fault]]]


def complete_site(given: Values, standing: Standing | None) -> tuple[Values, list[Fault]]:
    """Values as they would stand, with defaults for a new site: the owner is the user, who also repairs."""
    values = dict(given)
    if standing is None:
        values.setdefault("owner", values.get("organisation"))
        values.setdefault("operator", values["owner"])
        defaults: Values = {"area": None, "medium": "own_fibre", "address": "", "space_type": "", "opening_hours": ""}
        defaults |= {"has_hotspot": False, "planned_year": None, "contract_line": None, "note": "", "is_sample": False}
        defaults |= {"latitude": None, "longitude": None}
        values = defaults | values
    return values, _settle_position(values, standing)


def complete_contract(given: Values, standing: Standing | None) -> tuple[Values, list[Fault]]:
    """A new line lasts as long as its contract unless it says otherwise."""
    values = dict(given)
    ids = standing.ids if standing else {}
    there = (standing.values if standing else {}) | values
    if "contract" not in ids:
        values = Values(contract_note="", is_sample=False) | values
    if "line" not in ids:
        values.setdefault("cir_bps", None)
        values.setdefault("starts_on", there.get("contract_starts_on"))
        values.setdefault("ends_on", there.get("contract_ends_on"))
    there |= values
    faults = []
    for first, last in (("contract_starts_on", "contract_ends_on"), ("starts_on", "ends_on")):
        start, end = there.get(first), there.get(last)
        if isinstance(start, str) and isinstance(end, str) and end < start:
            faults.append(Fault("ends_before_it_starts", column=last, value=end, start=start))
    return values, faults


def complete_area(given: Values, standing: Standing | None) -> tuple[Values, list[Fault]]:
    """Level and parent follow from the code: `62.05.01` is a district in `62.05`."""
    values = (standing.values if standing else {}) | given
    code = str(values.get("code", ""))
    pieces = code.split(".")
    if not (1 <= len(pieces) <= len(AREA_LEVELS) and all(piece.isdigit() for piece in pieces)):
        return values, [Fault("not_an_area_code", column="code", value=code)]
    values["level"] = AREA_LEVELS[len(pieces) - 1]
    values["parent"] = ".".join(pieces[:-1]) or None
    return values, []


COMPLETIONS: dict[str, Completion] = {"sites": complete_site, "contracts": complete_contract, "areas": complete_area}


def settle_parent(values: Values, known: set[str]) -> list[Fault]:
    """An area hangs on one that is known. A regency may stand alone: few need their province."""
    parent = values.get("parent")
    if parent is None or parent in known:
        return []
    if values["level"] == "regency":
        values["parent"] = None
        return []
    return [Fault("parent_not_known", column="code", value=str(parent))]


def outside(there: Values, bounds: Bounds) -> list[Fault]:
    """A Fault if the row has a position and it lies outside the bounds."""
    latitude, longitude = there.get("latitude"), there.get("longitude")
    if not (isinstance(latitude, float) and isinstance(longitude, float)):
        return []
    try:
        check_point(bounds, latitude, longitude)
    except Fault as fault:
        return [fault]
    return []


def _settle_position(values: Values, standing: Standing | None) -> list[Fault]:
    """Both coordinates or none; how far to trust them follows where the file does not say."""
    there = (standing.values if standing else {}) | values
    latitude, longitude = there.get("latitude"), there.get("longitude")
    if (latitude is None) != (longitude is None):
        return [Fault("half_a_position", column="longitude" if longitude is None else "latitude")]
    said = values.get("position")
    if latitude is None:
        if said not in (None, UNKNOWN):
            return [Fault("no_position", column="position", value=str(said))]
        values["position"] = UNKNOWN
    elif said == UNKNOWN:
        return [Fault("position_not_unknown", column="position")]
    elif there.get("position") in (None, UNKNOWN):
        values["position"] = SURVEYED
    return []
