"""What the kernel counts is what was sent; a change in place neither forgets nor loses."""

from __future__ import annotations

import socket
import time

from network.engines.wire import HEADERS, HERE_V4, PORT, THERE_V4, Wire, heard
from simpul.engines.netlink_tc import ClassState, HtbClass, Tc, handle

ROOT_CLASS = HtbClass(handle(1, 1), handle(1, 0), 1_000_000_000, 1_000_000_000)
SITE = HtbClass(handle(1, 2), ROOT_CLASS.handle, 800_000_000, 1_000_000_000)
OTHER = HtbClass(handle(1, 3), ROOT_CLASS.handle, 8_000_000, 1_000_000_000)
SLOW = HtbClass(SITE.handle, SITE.parent, 80_000, 80_000)


def state(tc: Tc, number: int) -> ClassState:
    """One class as it is now."""
    (found,) = (each for each in tc.classes() if each.handle == number)
    return found


def shape(tc: Tc, *classes: HtbClass) -> None:
    """A tree in which all that is sent falls into `SITE`, with a queue of half a megabyte."""
    tc.add_root(SITE.handle & 0xFFFF)
    tc.add_classes([ROOT_CLASS, *classes])
    tc.add_leaves([(SITE.handle, "bfifo", 500_000)])


def test_a_class_counts_the_frames_sent_with_their_ethernet_headers(wire: Wire, tc: Tc) -> None:
    shape(tc, SITE, OTHER)
    with wire.listener() as ear, wire.speaker() as mouth:
        for _ in range(300):
            mouth.send(bytes(1000))
        assert len(heard(ear, 300)) == 300
    found = {each.handle: each for each in tc.classes()}
    for number in (ROOT_CLASS.handle, SITE.handle):
        assert (found[number].packets, found[number].bytes) == (300, 300 * (1000 + HEADERS))
    assert (found[OTHER.handle].packets, found[OTHER.handle].bytes) == (0, 0)
    assert found[SITE.handle].lended + found[SITE.handle].borrowed == 300
    root = tc.root()
    assert root is not None
    assert (root.packets, root.bytes, root.unclassed) == (300, 300 * (1000 + HEADERS), 0)


def test_packets_past_all_classes_are_counted_as_such(wire: Wire, tc: Tc) -> None:
    tc.add_root(0)
    with wire.listener() as ear, wire.speaker() as mouth:
        for _ in range(7):
            mouth.send(b"past all classes")
        assert len(heard(ear, 7)) == 7
    root = tc.root()
    assert root is not None
    assert root.unclassed == 7


def test_a_change_keeps_counters_and_waiting_packets(wire: Wire, tc: Tc) -> None:
    shape(tc, SLOW)
    with wire.listener() as ear, wire.speaker() as mouth:
        for number in range(100):
            mouth.send(number.to_bytes(4, "big") + bytes(996))
        before = state(tc, SITE.handle)
        assert before.backlog_packets > 90
        assert before.backlog_bytes == before.backlog_packets * (1000 + HEADERS)
        tc.change_classes([SLOW, HtbClass(SITE.handle, SITE.parent, 88_000, 96_000, 6_000, 6_000, quantum=3000)])
        after = state(tc, SITE.handle)
        assert after.rate == 88_000
        assert after.packets >= before.packets > 0
        # What was sent between the two readings, and nothing else, is missing from the queue.
        assert after.backlog_packets + after.packets == before.backlog_packets + before.packets
        assert after.drops == 0
        tc.change_classes([SITE])
        came = heard(ear, 100)
    assert [int.from_bytes(packet[:4], "big") for packet in came] == list(range(100))


def test_what_does_not_fit_into_the_queue_is_counted_as_dropped(wire: Wire, tc: Tc) -> None:
    shape(tc, SLOW)
    tc.add_leaves([(SITE.handle, "bfifo", 20_000)])
    with wire.listener(), wire.speaker() as mouth:
        for _ in range(100):
            mouth.send(bytes(1000))
    found = state(tc, SITE.handle)
    assert found.drops + found.backlog_packets + found.packets == 100
    assert found.drops > 70
    assert found.backlog_bytes <= 20_000


def test_a_hundred_changes_under_load_lose_and_reorder_nothing(wire: Wire, tc: Tc) -> None:
    shape(tc, SITE, OTHER)
    sent = 0
    with wire.listener() as ear, wire.speaker() as mouth:
        for turn in range(100):
            for _ in range(20):
                mouth.send(sent.to_bytes(4, "big") + bytes(996))
                sent += 1
            rate = 400_000_000 + turn * 1_000_000
            tc.change_classes([HtbClass(SITE.handle, SITE.parent, rate, 1_000_000_000)])
            time.sleep(0.002)
        came = heard(ear, sent)
    assert [int.from_bytes(packet[:4], "big") for packet in came] == list(range(sent))
    assert state(tc, SITE.handle).drops == 0


def test_a_new_sibling_and_its_deletion_disturb_nobody(wire: Wire, tc: Tc) -> None:
    shape(tc, SITE)
    with wire.listener() as ear, wire.speaker() as mouth:
        for turn in range(50):
            for number in range(20):
                mouth.send((turn * 20 + number).to_bytes(4, "big") + bytes(996))
            sibling = HtbClass(handle(1, 0x100 + turn), ROOT_CLASS.handle, 8_000_000, 8_000_000)
            tc.add_classes([sibling])
            tc.add_leaves([(sibling.handle, "bfifo", 30_000)])
            tc.delete_classes([sibling.handle])
        came = heard(ear, 1000)
    assert [int.from_bytes(packet[:4], "big") for packet in came] == list(range(1000))


def test_an_aggregate_counts_as_the_segments_it_becomes(wire: Wire, tc: Tc) -> None:
    shape(tc, SITE)
    with wire.here():
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with server, wire.listener() as ear:
        server.bind((HERE_V4, 0))
        # UDP_SEGMENT: one send becomes ten datagrams, cut only behind the queue.
        server.setsockopt(socket.IPPROTO_UDP, 103, 1000)
        server.sendto(bytes(10_000), (THERE_V4, PORT))
        assert len(heard(ear, 10)) == 10
    found = state(tc, SITE.handle)
    assert (found.packets, found.bytes) == (10, 10 * (1000 + HEADERS))
    assert found.lended + found.borrowed == 1
