"""Asking the network by a code: which element is meant, whom its loss hits, which way it takes. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from simpul.register.errors import ElementAmbiguous, ElementUnknown, NothingHangsOnIt
from simpul.register.logic.elements import Element, close_to, elements_called
from simpul.register.logic.snapshot import Snapshot
from simpul.register.models import Application, Camera, Link, Uplink
from simpul.register.models.owned import Owned

ENDS: Mapping[str, type[Camera] | type[Application]] = {"camera": Camera, "application": Application}


@dataclass(frozen=True, slots=True)
class Attached:
    """What stands at a place and is lost with it."""

    kind: str
    code: str
    name: str
    site: str


@dataclass(frozen=True, slots=True)
class Paid:
    """Whose a line is: codes of owner and operator, and `<contract>#<line>` if it was bought under one."""

    owner: str
    operator: str
    contract: str = ""


def element_called(snapshot: Snapshot, code: str, kind: str = "") -> Element:
    """The one element with that code. Raises ElementUnknown, ElementAmbiguous or NothingHangsOnIt."""
    found = [each for each in elements_called(snapshot, code) if kind in ("", each.kind)]
    if not found:
        if end := end_called(code, kind):
            raise NothingHangsOnIt(code=code, kind=end.kind, site=end.site or "-")
        raise ElementUnknown(code=code, close=", ".join(close_to(snapshot, code)) or "-")
    if len(found) > 1:
        raise ElementAmbiguous(code=code, kinds=", ".join(each.kind for each in found), first=found[0].kind)
    return found[0]


def place_called(snapshot: Snapshot, code: str, kind: str = "") -> Element:
    """The same, but of a camera or an application the site where it stands."""
    if kind in ENDS or (not kind and not elements_called(snapshot, code)):
        end = end_called(code, kind)
        if end is not None and end.site:
            return element_called(snapshot, end.site, "site")
    return element_called(snapshot, code, kind)


def end_called(code: str, kind: str = "") -> Attached | None:
    """The camera or application with that code; its `site` is empty where none is known."""
    for name, model in ENDS.items():
        row = model.objects.filter(code=code).values_list("name", "site__code").first() if kind in ("", name) else None
        if row is not None:
            return Attached(name, code, row[0], row[1] or "")
    return None


def attached_to(sites: Iterable[str]) -> list[Attached]:
    """Cameras and applications at these sites. Two queries."""
    codes = list(sites)
    return [
        Attached(kind, code, name, site)
        for kind, model in ENDS.items()
        for code, name, site in model.objects.filter(site__code__in=codes)
        .order_by("code")
        .values_list("code", "name", "site__code")
    ]


def paid_links(codes: Iterable[str]) -> dict[str, Paid]:
    """Whose each link is. What carries it decides: the circuit where there is one, else the link itself."""
    related = [f"{end}{name}" for end in ("", "circuit__") for name in ("owner", "operator", "contract_line__contract")]
    rows = Link.objects.filter(code__in=list(codes)).select_related(*related)
    return {row.code: _paid(row.circuit or row) for row in rows}


def paid_uplinks() -> dict[str, Paid]:
    """Whose each way out is."""
    return {
        row.code: _paid(row) for row in Uplink.objects.select_related("owner", "operator", "contract_line__contract")
    }


def _paid(row: Owned) -> Paid:
    line = row.contract_line
    return Paid(row.owner.code, row.operator.code, line.code if line else "")
