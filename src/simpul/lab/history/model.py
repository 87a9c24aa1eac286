"""What would have been measured in a span of time: demand by habit and chance, shares by the allocator. Pure.

Everything follows from the region, the outages and the seed: the same span is always the same, whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from simpul.lab.history.outages import Outage, Trouble, trouble_in
from simpul.lab.history.region import Region, User
from simpul.lab.network.routes import Hop, ways_to
from simpul.lab.people.habits import UP_PART
from simpul.lab.people.profile import activity
from simpul.store.samples import MADE, MADE_BY
from simpul.traffic.logic.allocate import Sharing
from simpul.traffic.logic.demand import HEADROOM, MOST_FLOOR, QUICK_WHOLE
from simpul.traffic.logic.placement import placed
from simpul.traffic.logic.plan import DIRECTIONS, Plan

Floats: TypeAlias = NDArray[np.float64]
Moments: TypeAlias = NDArray[np.int64]
# How far demand wanders from habit within hours and from one slot to the next (of the logarithm), and how long it
# remembers: a tenth of what it was is left after two hours.
WANDER, MEMORY, FLICKER = 0.22, 0.91, 0.12
GRID, DAY = 300, 86_400
# An answer's way in milliseconds: over one line, over all of them once, and how much it wavers.
PER_LINE_MS, AT_LEAST_MS, WAVER = 0.03, 0.05, 0.18


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one metric of one ref at some of the moments asked for."""

    metric: str
    ref: str
    moments: Moments
    values: Floats


@dataclass(frozen=True)
class Span:
    """`count` slots of `step` seconds from `start` (Unix seconds, a multiple of `step`)."""

    start: int
    step: int
    count: int

    @property
    def moments(self) -> Moments:
        """The begin of each slot."""
        return np.arange(self.start, self.start + self.step * self.count, self.step, dtype=np.int64)


def measured(region: Region, outages: Sequence[Outage], span: Span, zone: tzinfo, seed: int) -> Iterator[Series]:
    """Every series of the span, slots in which nobody measured left out."""
    moments = span.moments
    troubles = [trouble_in(outages, int(at), int(at) + span.step) for at in moments]
    demand = {user.router: _demand(user, span, zone, seed) for user in (*region.shared, *region.inside)}
    for trouble in sorted(set(troubles), key=troubles.index):
        if trouble.unwatched:
            continue
        chosen = np.array([each == trouble for each in troubles])
        scene = _Scene(region, trouble, moments[chosen])
        yield from scene.rates({router: wants[:, chosen] for router, wants in demand.items()})
        yield from scene.states()
        yield from scene.answers(np.random.default_rng([seed, int(moments[0])]))
        yield Series(MADE, MADE_BY, scene.moments, np.ones(len(scene.moments)))


class _Scene:
    """The network in one state, at some moments."""

    def __init__(self, region: Region, trouble: Trouble, moments: Moments) -> None:
        self.region = region
        self.moments = moments
        self.trouble = trouble
        parted = {
            span.code
            for span in region.network.spans
            if span.code in trouble.cut or {span.a.node, span.b.node} & trouble.dark
        }
        self.to_gateway = ways_to(region.network, region.network.gateway.code, parted)
        self.to_watcher = ways_to(region.network, region.watcher, parted)
        self.plan = _living_plan(region.plan, trouble.dead_uplinks)

    def rates(self, demand: dict[str, Floats]) -> Iterator[Series]:
        """What sites, ways out and links carried. `demand`: down and up by router."""
        region = self.region
        loads = {code: np.zeros((2, len(self.moments))) for code in region.counted}
        used = self._shared(demand)
        for user in region.shared:
            shares, rates = used[user.site]
            for row, way in enumerate(DIRECTIONS):
                yield Series(f"site.{way}_bps", user.site, self.moments, rates[row])
                yield Series(f"site.share_{way}_bps", user.site, self.moments, shares[row])
            self._carry(loads, self.to_gateway, user.router, rates)
        for user in region.inside:
            self._carry(loads, self.to_watcher, user.router, demand[user.router])
        yield from self._uplinks(used)
        for code, (ab, ba) in loads.items():
            yield Series("link.ab_bps", code, self.moments, ab)
            yield Series("link.ba_bps", code, self.moments, ba)

    def states(self) -> Iterator[Series]:
        """Which links and devices worked."""
        ones = np.ones(len(self.moments))
        for code, ends in self.region.links.items():
            up = code not in self.trouble.cut and not set(ends) & self.trouble.dark
            yield Series("link.up", code, self.moments, ones * up)
        for code, router in self.region.devices.items():
            if code != self.region.watcher:
                yield Series("device.up", code, self.moments, ones * self._answers(code, router))

    def answers(self, chance: np.random.Generator) -> Iterator[Series]:
        """How long answers took; none from who did not answer."""
        for code, router in self.region.devices.items():
            waver = chance.lognormal(0.0, WAVER, len(self.moments))
            if code == self.region.watcher or not self._answers(code, router):
                continue
            lines = len(list(_way(self.to_watcher, router))) + (code != router)
            yield Series("device.rtt_ms", code, self.moments, (AT_LEAST_MS + PER_LINE_MS * lines) * waver)

    def _answers(self, device: str, router: str) -> bool:
        return router in self.to_watcher and not {device, router} & self.trouble.dark

    def _shared(self, demand: dict[str, Floats]) -> dict[str, tuple[Floats, Floats]]:
        """Share and use (both down, up) of each sharing site: the wish by habit, cut to what the allocator gives."""
        users, size = self.region.shared, (2, len(self.moments))
        found = {user.site: (np.zeros(size), np.zeros(size)) for user in users}
        if self.plan is None:
            return found
        sharing = Sharing(self.plan)
        places = [sharing.names.index(user.site) for user in users]
        for row, way in enumerate(DIRECTIONS):
            wishes = np.zeros((len(self.moments), len(sharing.names)))
            for place, user in zip(places, users, strict=True):
                if user.router in self.to_gateway:
                    wishes[:, place] = demand[user.router][row]
            floor = np.minimum(MOST_FLOOR * sharing.shares(way), QUICK_WHOLE)
            shares = np.array([sharing.shares(way, HEADROOM * wish + floor) for wish in wishes])
            for place, user in zip(places, users, strict=True):
                share, rates = found[user.site]
                share[row], rates[row] = shares[:, place], np.minimum(shares[:, place], wishes[:, place])
        return found

    def _uplinks(self, used: dict[str, tuple[Floats, Floats]]) -> Iterator[Series]:
        for uplink in self.region.plan.uplinks if self.region.plan else ():
            sums = np.zeros((2, len(self.moments)))
            for user in self.region.shared if self.plan else ():
                if self.plan and self.plan.uplink_of(user.site).name == uplink.name:
                    sums += used[user.site][1]
            for row, way in enumerate(DIRECTIONS):
                yield Series(f"uplink.{way}_bps", uplink.name, self.moments, sums[row])

    def _carry(self, loads: dict[str, Floats], ways: dict[str, Hop], router: str, rates: Floats) -> None:
        """Add a site's traffic to every counted link on its way."""
        spans = self.region.network.span_by_code
        for here, span in _way(ways, router):
            if span in loads:
                # Up goes from here on; from A to B where here is A.
                loads[span] += rates[::-1] if spans[span].a.node == here else rates


def _living_plan(plan: Plan | None, dead: frozenset[str]) -> Plan | None:
    """The plan over the ways out that live; None where nothing is shared."""
    alive = {uplink.name for uplink in plan.uplinks} - dead if plan else set()
    return placed(plan, alive) if plan and alive else None


def _way(ways: dict[str, Hop], start: str) -> Iterator[tuple[str, str]]:
    """Node and span of every step from `start` to the goal; none where there is no way."""
    here = start
    while here in ways and ways[here].span:
        yield here, ways[here].span
        here = ways[here].node


def _demand(user: User, span: Span, zone: tzinfo, seed: int) -> Floats:
    """What the site wanted, down and up, in each slot."""
    grid = np.arange(span.start // GRID * GRID, span.start + span.step * span.count + GRID, GRID, dtype=np.int64)
    busy = [activity(user.place.kind, datetime.fromtimestamp(int(at), zone), user.place.hours) for at in grid]
    habit = np.interp(span.moments, grid, busy)
    wander = np.interp(span.moments, grid, _wander(user.site, grid, seed))
    chance = np.random.default_rng([seed, crc32(user.site.encode()), span.start])
    flicker = chance.normal(0.0, FLICKER * (1 + 2 * (span.step < GRID)), (2, span.count))
    down = user.appetite_bps * habit * np.exp(wander + flicker[0])
    up = user.appetite_bps * UP_PART * habit * np.exp(0.6 * wander + flicker[1])
    return np.array([down, up])


def _wander(site: str, grid: Moments, seed: int) -> Floats:
    """A slow random walk around zero, begun anew with each UTC day."""
    found = np.zeros(len(grid))
    for day in sorted({int(at) // DAY for at in grid}):
        chance = np.random.default_rng([seed, crc32(site.encode()), day])
        steps = chance.normal(0.0, WANDER * (1 - MEMORY**2) ** 0.5, DAY // GRID)
        walk = np.zeros(DAY // GRID)
        for at in range(1, len(walk)):
            walk[at] = MEMORY * walk[at - 1] + steps[at]
        mine = grid // DAY == day
        found[mine] = walk[grid[mine] % DAY // GRID]
    return found
