"""What a cut takes away, what comes back, and how soon."""

from __future__ import annotations

import pytest

from network.lab.questions import everybody, served
from network.small import GATEWAY, Standing
from simpul.lab.network.plan import SERVERS


@pytest.mark.parametrize("span", ["RING-1", "RING-2", "RING-3", "RING-4"])
def test_a_cut_of_the_ring_leaves_nobody_behind(lab: Standing, span: str) -> None:
    lab.cut(span)
    assert served(lab) == everybody(lab)


def test_before_the_routes_have_followed_those_behind_the_cut_are_gone(lab: Standing) -> None:
    lab.cut("RING-1", converge=False)
    assert not lab.lab.converged
    assert not lab.answers("S01", SERVERS[0], within=0.5)
    assert not lab.answers("S01", SERVERS[1], within=0.5)
    assert lab.answers("S07", SERVERS[0])
    lab.lab.converge()
    assert served(lab) == everybody(lab)


@pytest.mark.parametrize(
    ("span", "lost"), [("L-S04", {"S04", "S05", "S06"}), ("L-S05", {"S05", "S06"}), ("L-S12", {"S12"})]
)
def test_a_cut_of_a_spur_takes_exactly_what_hangs_on_it(lab: Standing, span: str, lost: set[str]) -> None:
    lab.cut(span)
    assert served(lab, within=0.5) == everybody(lab) - lost


def test_two_cuts_of_the_ring_take_the_part_between(lab: Standing) -> None:
    lab.cut("RING-1", "RING-2")
    between = {f"S{number:02d}" for number in (1, 2, 3, 10, 11, 12)}
    # The center hangs on the first site, so nobody reaches it now.
    lost = {node for node in everybody(lab) if not lab.answers(node, SERVERS[0], within=0.3)}
    assert lost == between


def test_both_ends_see_that_their_line_is_dark_and_keep_their_addresses(lab: Standing) -> None:
    before = _addresses(lab, "S04")
    lab.cut("L-S04", converge=False)
    for node, interface in (("D2", _port(lab, "L-S04", "D2")), ("S04", _port(lab, "L-S04", "S04"))):
        assert "NO-CARRIER" in lab.run(node, ["ip", "link", "show", "dev", interface])
    assert _addresses(lab, "S04") == before


def test_a_restored_span_serves_at_once(lab: Standing) -> None:
    lab.cut("L-S04")
    assert not lab.answers("S06", SERVERS[0], within=0.3)
    lab.restore("L-S04")
    # The first question already: nothing has to find its way first.
    assert lab.answers("S06", SERVERS[0])
    assert served(lab) == everybody(lab)


@pytest.mark.parametrize("uplink", ["UP-1", "UP-2"])
def test_the_other_provider_serves_when_one_is_lost(lab: Standing, uplink: str) -> None:
    lab.lose_uplink(uplink)
    assert served(lab) == everybody(lab)


def test_without_providers_the_network_goes_on_inside(lab: Standing) -> None:
    lab.lose_uplink("UP-1")
    lab.lose_uplink("UP-2")
    assert not lab.answers(GATEWAY, SERVERS[0], within=0.3)
    assert lab.answers("S12", str(lab.blocks("S03")[0][1]))


def test_a_silent_provider_keeps_its_line_lit(lab: Standing) -> None:
    lab.silence_uplink("UP-1")
    try:
        assert not lab.answers(GATEWAY, "203.0.113.1", within=0.3)
        assert "NO-CARRIER" not in lab.run(GATEWAY, ["ip", "link", "show", "dev", "wan1"])
    finally:
        lab.restore_uplink("UP-1")
    assert lab.answers(GATEWAY, "203.0.113.1")


def _addresses(lab: Standing, node: str) -> str:
    lines = lab.run(node, ["ip", "-o", "address", "show"]).splitlines()
    return "\n".join(line.split(" valid_lft")[0].rstrip("\\ ") for line in lines if "fe80" not in line)


def _port(lab: Standing, span: str, node: str) -> str:
    line = lab.network.span_by_code[span]
    return line.a.interface if line.a.node == node else line.b.interface
