"""What is written for the kernel can be read back; what is cut short is refused, not guessed."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.engines.netlink import attribute, attributes
from simpul.engines.netlink_htb import (
    ROOT,
    TICKS_PER_SECOND,
    HtbClass,
    decode_class,
    decode_qdisc,
    encode_class,
    encode_leaf,
    encode_root,
    handle,
    shown,
)
from simpul.kit.problem import Problem

MOST = 0xFFFFFFFF
RATES = st.integers(min_value=8, max_value=8 * 10**12) | st.integers(MOST * 8 - 64, MOST * 8 + 64)
BURSTS = st.integers(min_value=0, max_value=10**9)
HANDLES = st.integers(1, 0xFFFF).map(lambda minor: handle(1, minor))


@st.composite
def classes(draw: st.DrawFn) -> HtbClass:
    """Any class the kernel would take."""
    rate = draw(RATES)
    ceil = draw(st.just(rate) | RATES.map(lambda each: max(each, rate)))
    numbers = draw(HANDLES), draw(HANDLES | st.just(ROOT))
    rest = draw(BURSTS), draw(BURSTS), draw(st.integers(0, 7)), draw(st.integers(0, MOST))
    return HtbClass(*numbers, rate, ceil, *rest)


def answered(body: bytes, octets: int = 0, packets: int = 0, wide_packets: int | None = None) -> memoryview:
    """The body with counters, as the kernel returns it."""
    stats = attribute(1, struct.pack("=QI", octets, packets)) + attribute(3, struct.pack("=5I", 3, 4, 5, 6, 7))
    stats += attribute(4, struct.pack("=IIIii", 8, 9, 10, -1, -2))
    if wide_packets is not None:
        stats += attribute(8, struct.pack("=Q", wide_packets))
    return memoryview(body + attribute(7, stats))


@given(st.dictionaries(st.integers(0, 0x3FFF), st.binary(max_size=40), max_size=8))
def test_attributes_are_read_back(values: dict[int, bytes]) -> None:
    data = b"".join(attribute(kind, value) for kind, value in values.items())
    assert len(data) % 4 == 0
    assert {kind: bytes(value) for kind, value in attributes(data).items()} == values


@given(st.dictionaries(st.integers(0, 0x3FFF), st.binary(min_size=1, max_size=40), min_size=1), st.integers(1, 3))
def test_attributes_cut_short_are_refused(values: dict[int, bytes], missing: int) -> None:
    *_, (kind, value) = values.items()
    data = attribute(kind, value)[: 4 + len(value) - min(missing, len(value))]
    with pytest.raises(ValueError, match=f"says that it has {4 + len(value)} bytes"):
        attributes(data)
    with pytest.raises(ValueError, match="says that it has 3 bytes"):
        attributes(struct.pack("=HH", 3, kind))


@given(classes())
def test_a_class_is_read_back_as_it_was_written(wanted: HtbClass) -> None:
    state = decode_class(answered(encode_class(3, wanted)))
    assert state is not None
    assert (state.handle, state.parent) == (wanted.handle, wanted.parent)
    assert (state.rate, state.ceil) == (wanted.rate // 8 * 8, wanted.ceil // 8 * 8)
    assert (state.prio, state.quantum) == (wanted.prio, wanted.quantum)
    assert state.is_as(wanted)


@given(classes())
def test_a_burst_never_shrinks_and_grows_by_less_than_a_tick(wanted: HtbClass) -> None:
    state = decode_class(answered(encode_class(3, wanted)))
    assert state is not None
    if wanted.burst and state.buffer_ticks < MOST:
        assert wanted.burst <= state.buffer_ticks * state.rate / 8 / TICKS_PER_SECOND + 1e-3
        assert state.burst <= wanted.burst + state.rate / 8 / TICKS_PER_SECOND


@given(st.integers(0, 2**64 - 1), st.integers(0, MOST), st.none() | st.integers(0, 2**64 - 1))
def test_counters_are_as_wide_as_the_kernel_makes_them(octets: int, packets: int, wide: int | None) -> None:
    body = encode_class(3, HtbClass(handle(1, 2), handle(1, 1), 8_000, 8_000))
    state = decode_class(answered(body, octets, packets, wide))
    assert state is not None
    assert (state.bytes, state.packets) == (octets, packets if wide is None else wide)
    assert (state.backlog_packets, state.backlog_bytes, state.drops, state.overlimits) == (3, 4, 5, 7)
    assert (state.lended, state.borrowed, state.giants) == (8, 9, 10)


def test_a_class_of_another_kind_is_not_read_as_htb() -> None:
    body = encode_class(3, HtbClass(handle(1, 2), handle(1, 1), 8_000, 8_000)).replace(b"htb\0", b"drr\0")
    assert decode_class(answered(body)) is None


@given(st.integers(1, 0xFFFE), st.integers(0, 0xFFFF), st.integers(1, 1000))
def test_the_root_is_read_back(major: int, default: int, divisor: int) -> None:
    state = decode_qdisc(answered(encode_root(3, major, default, divisor)))
    assert (state.handle, state.parent, state.kind) == (handle(major, 0), ROOT, "htb")
    assert state.default_minor == default


@given(HANDLES, st.sampled_from(["bfifo", "pfifo"]), st.integers(0, MOST))
def test_a_fifo_is_read_back(parent: int, kind: str, limit: int) -> None:
    state = decode_qdisc(answered(encode_leaf(3, parent, kind, limit)))
    assert (state.parent, state.kind, state.limit) == (parent, kind, limit)


@pytest.mark.parametrize(
    ("rate", "ceil", "words"),
    [(7, 8, "rate 7 bit/s is under 8"), (-1, 8, "rate -1"), (800, 799, "ceil 799 bit/s is below its rate 800")],
)
def test_a_class_that_makes_no_sense_is_named(rate: int, ceil: int, words: str) -> None:
    with pytest.raises(Problem, match=f"class 1:2a: {words}"):
        encode_class(3, HtbClass(handle(1, 0x2A), ROOT, rate, ceil))


def test_handles_are_shown_as_tc_writes_them() -> None:
    assert [shown(each) for each in (handle(1, 0x2A), handle(0x8001, 0), ROOT)] == ["1:2a", "8001:0", "root"]
