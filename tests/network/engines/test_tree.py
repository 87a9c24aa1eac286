"""What is asked of the kernel is what stands there, as iproute2 sees it; what is refused is named."""

from __future__ import annotations

import re
import subprocess

import pytest

from network.engines.wire import DEVICE, Wire, run
from simpul.engines.netlink import Refused
from simpul.engines.netlink_tc import ROOT, HtbClass, Tc, handle, shown
from simpul.kit.problem import Problem

TREE = [
    HtbClass(handle(1, 1), handle(1, 0), 1_000_000_000, 1_000_000_000, 125_000, 125_000, quantum=1514),
    HtbClass(handle(1, 0x10), handle(1, 1), 400_000_000, 1_000_000_000, 50_000, 125_000, quantum=1514),
    HtbClass(handle(1, 0x11), handle(1, 0x10), 8_000_000, 80_000_000, 3_000, 10_000, prio=5, quantum=3028),
    HtbClass(handle(1, 0xFFFE), handle(1, 0x10), 800_000, 8_000_000, 1_600, 1_600, prio=7, quantum=1514),
]
# Bursts are whole microseconds' worth: iproute2 counts no finer.
WIDE = [
    HtbClass(handle(1, 1), handle(1, 0), 40_000_000_000, 100_000_000_000, 5_000_000, 12_500_000, quantum=60_000),
    HtbClass(handle(1, 2), handle(1, 1), 1_000_000_000, 34_400_000_000, 125_000, 4_300_000, quantum=60_000),
    HtbClass(handle(1, 3), handle(1, 1), 40_000_000_000, 40_000_000_000, 5_000_000, 5_000_000, quantum=60_000),
]


def words(wanted: HtbClass) -> str:
    """The class in iproute2's words."""
    return (
        f"parent {shown(wanted.parent)} classid {shown(wanted.handle)} htb rate {wanted.rate}bit ceil {wanted.ceil}bit"
        f" burst {wanted.burst}b cburst {wanted.cburst}b prio {wanted.prio} quantum {wanted.quantum}"
    )


def seen(wire: Wire) -> list[str]:
    """Classes and queues as `tc` prints them in detail; queues are numbered, and ordered, anew each time."""
    with wire.here():
        printed = [run("tc", "-d", "-s", kind, "show", "dev", DEVICE) for kind in ("class", "qdisc")]
    parts = re.split(r"\n(?=class|qdisc)", re.sub(r"\b[89a-f][0-9a-f]{3}:", "8xxx:", "\n".join(printed)))
    return sorted(part.strip() for part in parts)


@pytest.mark.parametrize("tree", [TREE, WIDE], ids=["up to a gigabit", "wider than 32 bits"])
def test_a_tree_is_the_same_as_the_one_iproute2_makes(wire: Wire, tc: Tc, tree: list[HtbClass]) -> None:
    leaves = [(tree[-1].handle, "bfifo", 30_000), (tree[-2].handle, "pfifo", 100)]
    with wire.here():
        run("tc", "qdisc", "add", "dev", DEVICE, "root", "handle", "1:", "htb", "default", "0xfffe", "r2q", "20")
        batch = [f"class add dev {DEVICE} {words(each)}" for each in tree]
        batch += [
            f"qdisc add dev {DEVICE} parent {shown(parent)} {kind} limit {limit}" for parent, kind, limit in leaves
        ]
        run("tc", "-batch", "-", given="\n".join(batch) + "\n")
    theirs, counted = seen(wire), sorted(state._replace(leaf=0) for state in tc.classes())
    tc.delete_root()
    tc.add_root(0xFFFE, rate_to_quantum=20)
    tc.add_classes(tree)
    tc.add_leaves(leaves)
    assert seen(wire) == theirs
    assert sorted(state._replace(leaf=0) for state in tc.classes()) == counted


def test_a_change_is_the_same_as_the_one_iproute2_makes(wire: Wire, tc: Tc) -> None:
    tc.add_root(0xFFFE)
    tc.add_classes(TREE)
    doubled = [
        HtbClass(each.handle, each.parent, each.rate * 2, each.ceil * 2, 40_000, 40_000, prio=2, quantum=4000)
        for each in TREE
    ]
    with wire.here():
        run("tc", "-batch", "-", given="\n".join(f"class change dev {DEVICE} {words(each)}" for each in doubled) + "\n")
    theirs = seen(wire)
    tc.change_classes(TREE)
    assert seen(wire) != theirs
    tc.change_classes(doubled)
    assert seen(wire) == theirs


@pytest.mark.parametrize("tree", [TREE, WIDE], ids=["up to a gigabit", "wider than 32 bits"])
def test_what_was_made_is_recognised_and_what_differs_is_not(tc: Tc, tree: list[HtbClass]) -> None:
    tc.add_root(0xFFFE)
    tc.add_classes(tree)
    found = {state.handle: state for state in tc.classes()}
    assert len(found) == len(tree)
    assert all(found[each.handle].is_as(each) for each in tree)
    last = tree[-1]
    for other in (
        HtbClass(last.handle, last.parent, last.rate - 8, last.ceil, last.burst, last.cburst, last.prio, last.quantum),
        HtbClass(last.handle, last.parent, last.rate, last.ceil + 8, last.burst, last.cburst, last.prio, last.quantum),
        HtbClass(last.handle, last.parent, last.rate, last.ceil, 80_000, last.cburst, last.prio, last.quantum),
        HtbClass(last.handle, last.parent, last.rate, last.ceil, last.burst, last.cburst, 1, last.quantum),
        HtbClass(last.handle, last.parent, last.rate, last.ceil, last.burst, last.cburst, last.prio, 9000),
        HtbClass(last.handle, ROOT, last.rate, last.ceil, last.burst, last.cburst, last.prio, last.quantum),
    ):
        assert not found[last.handle].is_as(other)


def test_bursts_not_given_are_the_same_at_every_reading(tc: Tc) -> None:
    tc.add_root(0xFFFE)
    wanted = [
        HtbClass(handle(1, number), handle(1, 0), rate, rate)
        for number, rate in enumerate(
            (8, 9_999, 64_000, 1_000_003, 10**9, 34_359_738_360, 34_359_738_368, 10**11), start=1
        )
    ]
    tc.add_classes(wanted)
    found = {state.handle: state for state in tc.classes()}
    assert [each for each in wanted if not found[each.handle].is_as(each)] == []
    assert found[handle(1, 5)].burst == 125_000


def test_the_root_is_there_or_not(tc: Tc) -> None:
    assert tc.root() is None
    tc.add_root(0x2A)
    root = tc.root()
    assert root is not None
    assert (shown(root.handle), root.kind, root.default_minor) == ("1:0", "htb", 0x2A)
    with pytest.raises(Refused, match=r"root on lan: .*\(File exists\)"):
        tc.add_root(0x2A)
    tc.delete_root()
    assert tc.root() is None


def test_a_queue_of_the_same_kind_is_changed_in_place(tc: Tc) -> None:
    tc.add_root(0xFFFE)
    tc.add_classes(TREE)
    leaf = TREE[-1].handle
    tc.add_leaves([(leaf, "bfifo", 30_000)])
    (before,) = (each for each in tc.qdiscs() if each.parent == leaf)
    tc.add_leaves([(leaf, "bfifo", 60_000)])
    (after,) = (each for each in tc.qdiscs() if each.parent == leaf)
    assert (after.handle, before.limit, after.limit) == (before.handle, 30_000, 60_000)
    tc.add_leaves([(leaf, "pfifo", 50)])
    (other,) = (each for each in tc.qdiscs() if each.parent == leaf)
    assert (other.kind, other.limit) == ("pfifo", 50)


def test_every_refusal_of_a_large_batch_is_told_and_the_rest_is_carried_out(tc: Tc) -> None:
    tc.add_root(0xFFFE)
    tc.add_classes(HtbClass(handle(1, number), handle(1, 0), 8_000, 8_000) for number in range(1, 3000, 2))
    with pytest.raises(Refused) as caught:
        tc.change_classes(HtbClass(handle(1, number), handle(1, 0), 16_000, 16_000) for number in range(1, 3000))
    assert [failure.index for failure in caught.value.failures] == list(range(1, 2999, 2))
    assert str(caught.value).startswith("class 1:2 on lan: ")
    assert str(caught.value).endswith("and 1498 more. The other 1500 were carried out")
    assert {state.rate for state in tc.classes()} == {16_000}


def test_a_class_whose_parent_is_missing_is_refused_not_put_at_the_root(tc: Tc) -> None:
    tc.add_root(0xFFFE)
    with pytest.raises(Refused, match="class 1:21 on lan: its parent 1:20 does not exist"):
        tc.add_classes([TREE[0], HtbClass(handle(1, 0x21), handle(1, 0x20), 8_000, 8_000)])
    assert tc.classes() == []


def test_children_of_a_refused_class_are_not_made(tc: Tc) -> None:
    tc.add_root(0xFFFE)
    parent = HtbClass(handle(2, 1), handle(1, 0), 8_000, 8_000)
    with pytest.raises(Refused, match="class 2:1 on lan: Invalid argument"):
        tc.add_classes([parent, HtbClass(handle(1, 2), parent.handle, 8_000, 8_000)])
    assert tc.classes() == []


def test_refusals_say_what_and_why(tc: Tc) -> None:
    tc.add_root(0xFFFE)
    tc.add_classes(TREE)
    with pytest.raises(Refused, match=r"class 1:10 on lan: HTB class in use"):
        tc.delete_classes([TREE[1].handle])
    with pytest.raises(Refused, match=r"class 1:77 on lan: No such file"):
        tc.delete_classes([handle(1, 0x77)])
    with pytest.raises(Refused, match=r"fq_nothing of class 1:11 on lan: .*qdisc kind is unknown"):
        tc.add_leaves([(TREE[2].handle, "fq_nothing", 0)])
    with pytest.raises(Problem, match=r"class 1:11: ceil 8 bit/s is below its rate 800"):
        tc.change_classes([TREE[0], HtbClass(TREE[2].handle, TREE[2].parent, 800, 8)])
    with pytest.raises(Problem, match=r"class 1:11: rate 7 bit/s is under 8"):
        tc.change_classes([HtbClass(TREE[2].handle, TREE[2].parent, 7, 8)])
    assert all({state.handle: state for state in tc.classes()}[each.handle].is_as(each) for each in TREE)


def test_deleted_classes_are_gone_with_their_queues(tc: Tc) -> None:
    tc.add_root(0xFFFE)
    tc.add_classes(TREE)
    tc.add_leaves([(TREE[2].handle, "bfifo", 30_000)])
    tc.delete_classes([TREE[2].handle, TREE[3].handle, TREE[1].handle])
    assert [state.handle for state in tc.classes()] == [TREE[0].handle]
    assert [each.kind for each in tc.qdiscs()] == ["htb"]


def test_a_device_that_does_not_exist_is_named(wire: Wire) -> None:
    with wire.here(), pytest.raises(Problem, match='network device "uplink9": No such device'):
        Tc("uplink9")
    with wire.here(), pytest.raises(Problem, match="a name has 1 to 15 bytes"):
        Tc("a-name-of-sixteen")


def test_a_socket_stays_in_the_namespace_it_was_opened_in(tc: Tc) -> None:
    tc.add_root(0xFFFE)
    said = subprocess.run(["tc", "qdisc", "show", "dev", DEVICE], capture_output=True, text=True, check=False)
    assert "Cannot find device" in said.stderr
    assert tc.root() is not None
