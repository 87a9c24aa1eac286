"""The process `lab-people`: everybody who uses the virtual network, and the servers that they ask."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import resource
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from simpul.configuration import load
from simpul.kit.component import Component, run_components
from simpul.kit.health import Health
from simpul.lab.csv_tables import rows
from simpul.lab.network.plan import SERVERS, Network, Node
from simpul.lab.people.clients import Household, Surroundings
from simpul.lab.people.habits import Habits, Place, appetites
from simpul.lab.people.profile import Hours, Kind, read_hours
from simpul.lab.servers import PIECE, Content, Servers, intranet_addresses
from simpul.lab.standing import Standing

log = logging.getLogger(__name__)
LOOK_SECONDS = 0.5
TELL_SECONDS = 2.0
# Both ends of every connection are here; the usual soft limit of 1,024 is too low for a bad day.
WANTED_FILES = 8192
KINDS = {"district_office": Kind.DISTRICT, "public_space": Kind.PUBLIC}


def register(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(_: argparse.Namespace) -> int:
    """Until SIGTERM."""
    configuration = load()
    raise_file_limit()
    zone = ZoneInfo(configuration.instance.timezone)
    people = People(configuration.data.run, lambda: datetime.now(zone))
    return asyncio.run(run_components([people], configuration.data.run, "lab-people"))


def raise_file_limit() -> None:
    """As many open files as are wanted, or as this process may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = WANTED_FILES if hard == resource.RLIM_INFINITY else min(WANTED_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


class People(Component):
    """Servers and households of the network that stands now; they follow it when it is taken down and built again."""

    name = "lab-people"

    def __init__(self, run_dir: Path, now: Callable[[], datetime]) -> None:
        self._standing = Standing(run_dir)
        self._wishes = run_dir / "lab" / "people.json"
        self._told = run_dir / "lab" / "sites.json"
        self._tell_at = 0.0
        self._now = now
        self._households: dict[str, Household] = {}
        self._servers: Servers | None = None
        self._content: Content | None = None
        self._life: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look for a network."""
        self._content = Content()
        self._servers = Servers(self._content)
        self._around = Surroundings(self._content, memoryview(bytearray(16 * PIECE)), self._now)
        self._life = asyncio.create_task(self._live())

    async def stop(self) -> None:
        """Hang up everywhere."""
        if self._life is not None:
            self._life.cancel()
            await asyncio.wait({self._life})
        self._leave()
        if self._content is not None:
            self._content.close()

    async def finished(self) -> None:
        """Return when its life ended by an error."""
        if self._life is not None:
            await asyncio.shield(self._life)

    def health(self) -> Health:
        """Up while a network stands; the counters are those of all sites together."""
        if not self._households or self._servers is None:
            return Health("starting", self._standing.trouble)
        every = [household.counts for household in self._households.values()]
        counters = {
            name: sum(getattr(counts, name) for counts in every)
            for name in ("fetches", "done", "failed", "given_up", "turned_away", "down_bytes", "up_bytes")
        }
        greedy = [code for code, household in self._households.items() if household.greedy]
        more = f"; greedy: {', '.join(greedy)}" if greedy else ""
        return Health("up", f"people at {len(every)} sites{more}", counters)

    def make_greedy(self, codes: frozenset[str]) -> None:
        """These sites download without end, all others as they are used to."""
        for code, household in self._households.items():
            household.greedy = code in codes

    async def _live(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            if self._standing.changed():
                self._leave()
                self._enter()
            self.make_greedy(self._wished())
            now = loop.time()
            for household in self._households.values():
                household.sweep(now)
            if self._servers is not None:
                self._servers.sweep(now)
            if now >= self._tell_at:
                self._tell_at = now + TELL_SECONDS
                self._tell()
            await asyncio.sleep(LOOK_SECONDS)

    def _enter(self) -> None:
        network = self._standing.network
        if network is None or self._servers is None:
            return
        try:
            self._servers.open(network)
            self._households = households(network, self._around)
        except OSError as error:
            log.warning("the virtual network cannot be entered yet: %s", error)
            self._leave()
            self._standing.look_anew()
            return
        for household in self._households.values():
            household.begin()
        log.info("people live at %d sites", len(self._households))

    def _leave(self) -> None:
        for household in self._households.values():
            household.close()
        self._households.clear()
        if self._servers is not None:
            self._servers.close()

    def _tell(self) -> None:
        """What every site does, by code, for whoever wonders: `run/lab/sites.json`."""
        figures = {code: household.figures() for code, household in self._households.items()}
        draft = self._told.with_name(f".{self._told.name}")
        # No such folder: no lab was ever built here.
        with suppress(FileNotFoundError):
            draft.write_text(json.dumps(figures), encoding="utf-8")
            draft.replace(self._told)

    def _wished(self) -> frozenset[str]:
        """The sites that shall be greedy, from `run/lab/people.json`; nobody while there is no such file."""
        with suppress(OSError, ValueError, AttributeError):
            wished: Mapping[str, Any] = json.loads(self._wishes.read_text(encoding="utf-8"))
            return frozenset(str(code) for code in wished.get("greedy") or ())
        return frozenset()


def households(network: Network, around: Surroundings) -> dict[str, Household]:
    """One household per site with clients. Rates are the register's times the network's scale."""
    lived_in = {node.code: place_of(node, network) for node in network.nodes if node.clients and node.kind == "site"}
    bought = sum(uplink.down_bps for uplink in network.uplinks) * network.scale
    wanted = appetites(list(lived_in.values()), bought)
    intranet = intranet_addresses(network)
    return {
        code: Household(
            Habits(place, wanted[code]),
            network.by_code[code].client_addresses(),
            SERVERS if place.internet else intranet,
            around,
            netns=code,
        )
        for code, place in lived_in.items()
        if place.internet or len(intranet) > 1
    }


def place_of(node: Node, network: Network) -> Place:
    """What the invented region says of a site; a site it does not know is an office, or a public space always open."""
    known = next((row for row in rows("places") if row["code"] == node.site), None)
    kind = Kind.PUBLIC if node.public else Kind.OFFICE
    hours = Hours()
    if known is not None:
        kind, hours = KINDS.get(known["kind"], kind), read_hours(known["opening_hours"])
    lines = [span.capacity_bps for span in network.spans if node.code in (span.a.node, span.b.node)]
    narrowest = min((rate for rate in lines if rate), default=0)
    return Place(node.code, kind, hours, node.clients, round(narrowest * network.scale), node.internet)
