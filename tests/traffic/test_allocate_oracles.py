"""The shares are those of two methods that were written another way: a linear programme, and water by the drop."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import linprog

from simpul.traffic.logic.allocate import allocate
from simpul.traffic.logic.plan import Node
from traffic.trees import Case, Known, both_directions, cases


def most(given: float, low: list[float], high: list[float], raised: dict[int, float], target: list[float]) -> float:
    """Linear programme over the children's rates x and one t: the highest t (or x) that can be reached.

    low <= x <= high, sum x <= given; for each child i in `raised`, x[i] >= low[i] + raised[i] * t.
    """
    count = len(low)
    rows = [[1.0] * count + [0.0]]
    limits = [given]
    for index, weight in raised.items():
        rows.append([-1.0 if place == index else 0.0 for place in range(count)] + [weight])
        limits.append(-low[index])
    bounds = [*zip(low, high, strict=True), (0.0, None)]
    found = linprog(-np.array(target), A_ub=np.array(rows), b_ub=limits, bounds=bounds, method="highs")
    assert found.status == 0, found.message
    return float(-found.fun)


def lexicographic(given: float, low: list[float], high: list[float], weights: list[float]) -> list[float]:
    """Raise the poorest as far as possible, fix who cannot have more, raise the next poorest, and so on."""
    low, high = list(low), [min(limit, given) for limit in high]
    base = list(low)
    free = set(range(len(low)))
    while free:
        raised = {index: weights[index] for index in free}
        bound = {index: base[index] for index in free}
        level = most(given, [bound.get(i, low[i]) for i in range(len(low))], high, raised, [0.0] * len(low) + [1.0])
        reached = {index: base[index] + weights[index] * level for index in free}
        at_least = [reached.get(index, low[index]) for index in range(len(low))]
        at_least = [min(value, high[index]) for index, value in enumerate(at_least)]
        room = {i: given - sum(at_least) for i in free}
        stuck = {i for i in free if min(room[i], high[i] - at_least[i]) <= 1e-7 * (1 + given)}
        assert stuck, "somebody is always stopped by the ceiling or by what there is"
        for index in stuck:
            low[index] = high[index] = at_least[index]
        free -= stuck
    return low


def browned_out(given: float, claims: list[float], tiers: list[int]) -> list[float]:
    """Tier by tier the largest part of the claims that fits."""
    served = [0.0] * len(claims)
    for tier in sorted(set(tiers)):
        mine = [index for index, other in enumerate(tiers) if other == tier]
        total = sum(claims[index] for index in mine)
        found = linprog([-1.0], A_ub=[[total]], b_ub=[given - sum(served)], bounds=[(0, 1)], method="highs")
        for index in mine:
            served[index] = claims[index] * float(found.x[0])
    return served


def by_linear_programme(known: Known, name: str, given: float) -> dict[str, float]:
    """Shares of everything below `name`."""
    children = known.children(name)
    if not children:
        return {}
    want = [min(known.want(child.name), 1e12) for child in children]
    claims = [min(known.guarantee(child.name), wanted) for child, wanted in zip(children, want, strict=True)]
    if sum(claims) > given:
        found = browned_out(given, claims, [child.tier for child in children])
    else:
        found = lexicographic(given, claims, want, [child.weight for child in children])
    shares = {child.name: share for child, share in zip(children, found, strict=True)}
    for child in children:
        shares |= by_linear_programme(known, child.name, shares[child.name])
    return shares


def dripped(given: Fraction, children: list[tuple[str, Fraction, Fraction, Fraction]]) -> dict[str, Fraction]:
    """Exact: (name, guarantee, want, weight); the water rises to the next child that is full, until none is left."""
    shares = {name: claim for name, claim, _, _ in children}
    left = given - sum(shares.values())
    while True:
        open_ones = [(name, want, weight) for name, _, want, weight in children if shares[name] < want]
        if not open_ones or left <= 0:
            return shares
        step = min((want - shares[name]) / weight for name, want, weight in open_ones)
        step = min(step, left / sum(weight for _, _, weight in open_ones))
        for name, _, weight in open_ones:
            shares[name] += step * weight
            left -= step * weight


def by_the_drop(known: Known, name: str, given: Fraction) -> dict[str, Fraction]:
    """Shares of everything below `name`, in fractions."""
    children = known.children(name)
    wants = {node.name: Fraction(known.want(node.name)) for node in children}
    claims = {node.name: min(Fraction(known.guarantee(node.name)), wants[node.name]) for node in children}
    if sum(claims.values()) > given:
        shares = served_by_tier(children, claims, given)
    else:
        rows = [(node.name, claims[node.name], wants[node.name], Fraction(node.weight)) for node in children]
        shares = dripped(given, rows)
    for node in children:
        shares |= by_the_drop(known, node.name, shares[node.name])
    return shares


def served_by_tier(children: list[Node], claims: dict[str, Fraction], given: Fraction) -> dict[str, Fraction]:
    """Lower tiers first, a tier that does not fit by parts."""
    shares: dict[str, Fraction] = {}
    for tier in sorted({node.tier for node in children}):
        mine = [node.name for node in children if node.tier == tier]
        total = sum((claims[name] for name in mine), Fraction(0))
        part = min(Fraction(1), given / total) if total else Fraction(0)
        shares |= {name: claims[name] * part for name in mine}
        given -= total * part
    return shares


@settings(max_examples=60)
@given(cases(most=7))
def test_shares_are_those_of_a_linear_programme(case: Case) -> None:
    found = allocate(case.plan, case.demand)
    for known in both_directions(case):
        for uplink in case.plan.uplinks:
            capacity = uplink.rates.of(known.direction)
            for name, share in by_linear_programme(known, uplink.name, float(capacity)).items():
                assert found.of(known.direction)[name] == pytest.approx(share, rel=1e-5, abs=2 + 1e-5 * capacity)


@settings(max_examples=300)
@given(cases(most=12, tiers=3))
def test_shares_are_exactly_those_of_slow_water(case: Case) -> None:
    found = allocate(case.plan, case.demand)
    for known in both_directions(case):
        for uplink in case.plan.uplinks:
            capacity = Fraction(uplink.rates.of(known.direction))
            for name, share in by_the_drop(known, uplink.name, capacity).items():
                # Equal to the last bit; a share that misses a whole number by a hair may be that number.
                hair = Fraction(1, 10**4)
                assert math.floor(share) <= found.of(known.direction)[name] <= math.floor(share + hair)
