"""The virtual network as a page sees it: asked over the bus, named by the register."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from simpul.engines.nats import NoAnswer
from simpul.register.logic.graph import Graph
from simpul.register.logic.snapshot import Snapshot
from simpul.web.asking import ask

CUT, LOSE, GREEDY, RESTORE = "cut-span", "lose-uplink", "greedy-site", "restore"
# A cut takes a few hundredths of a second; building the network half a second, and one request waits for the other.
PATIENCE_SECONDS = 6.0


class LabRefused(Exception):
    """The drill did not happen; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something that a drill can happen to, as people read it."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class LabState:
    """What stands and what goes on in it; everything by the register's codes. `trouble`: why nothing can be done."""

    trouble: str = ""
    spans: frozenset[str] = frozenset()
    cut: tuple[str, ...] = ()
    uplinks: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    greedy: tuple[str, ...] = ()
    converged: bool = True

    @property
    def running(self) -> int:
        """How many drills go on."""
        return len(self.cut) + len(self.lost) + len(self.greedy)


def lab_state(request: HttpRequest, snapshot: Snapshot) -> LabState:
    """Ask the lab how it is."""
    try:
        return _read(_asked(request, "lab.status", {}), snapshot)
    except LabRefused as refused:
        return LabState(trouble=str(refused))


def drill(request: HttpRequest, name: str, target: str) -> None:
    """Let something happen, or be over. Raises LabRefused."""
    _asked(request, "lab.drill", {"name": name, "target": target})


def _asked(request: HttpRequest, subject: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    try:
        answer = ask(request, subject, payload, PATIENCE_SECONDS)
    except NoAnswer:
        raise LabRefused(
            _(
                "The virtual network does not answer. If the demonstration has only just begun, wait a few seconds. "
                "If it runs with --no-lab, start it without: simpul demo."
            )
        ) from None
    if not answer.get("ok"):
        raise LabRefused(_("The virtual network refused: %(why)s") % {"why": answer.get("problem", "")})
    return answer


def _read(answer: Mapping[str, Any], snapshot: Snapshot) -> LabState:
    if not answer.get("up"):
        raise LabRefused(_("No virtual network stands. Build it on the command line: simpul lab up"))
    spans = frozenset(row["code"] for row in answer["spans"])
    sites = {device.code: device.site for device in snapshot.devices.values()}
    return LabState(
        # The line of a way out is a span as well, but none of the register's.
        spans=spans & snapshot.links.keys(),
        cut=tuple(code for code in answer["cut"] if code in snapshot.links),
        uplinks=tuple(row["code"] for row in answer["uplinks"]),
        lost=tuple(row["code"] for row in answer["uplinks"] if row["state"] == "cut"),
        greedy=tuple(sites.get(code, code) for code in answer["greedy"]),
        converged=bool(answer["converged"]),
    )


def span_name(snapshot: Snapshot, code: str) -> str:
    """`POP Lanjas – Bappedalitbang`."""
    link = snapshot.links[code]
    return " – ".join(_at(snapshot, device) for device in (link.a_device, link.b_device))


def _at(snapshot: Snapshot, code: str) -> str:
    """The place of a device; the device itself where both ends would stand at one place."""
    device = snapshot.devices.get(code)
    site = snapshot.sites.get(device.site) if device else None
    if device is None or site is None:
        return code
    return device.name if device.kind == "gateway" else site.name


def spans_of(snapshot: Snapshot, codes: Iterable[str]) -> list[Target]:
    """Cables that can be cut, in the order of their codes."""
    return [Target(code, span_name(snapshot, code)) for code in sorted(codes)]


def uplinks_of(snapshot: Snapshot, codes: Iterable[str]) -> list[Target]:
    """Ways out that can be lost."""
    return [Target(code, snapshot.uplinks[code].name) for code in sorted(codes) if code in snapshot.uplinks]


def sites_of(graph: Graph) -> list[Target]:
    """Sites whose people can be greedy: joined, and with internet."""
    joined = [site for site in graph.sites() if site.internet_on]
    return sorted((Target(site.code, site.name) for site in joined), key=lambda site: site.name.casefold())
