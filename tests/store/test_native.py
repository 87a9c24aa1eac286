"""What is written as ClickHouse's `Native` is what the engine reads: the engine is the judge."""

from __future__ import annotations

import itertools
import struct
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simpul.store.logic.native import block
from simpul.store.samples import as_segment
from simpul.store.spool import Spool
from store.running import CAP, RunningStore

_names = itertools.count()
_texts = st.text(max_size=300).filter(lambda text: "\x00" not in text)
_rows = st.lists(
    st.tuples(_texts, st.integers(0, 2**31 - 1), st.floats(allow_nan=False, allow_infinity=False)),
    min_size=1,
    max_size=200,
)


@settings(max_examples=12)
@given(rows=_rows)
def test_every_text_moment_and_number_comes_back_as_it_was(
    store: RunningStore, rows: list[tuple[str, int, float]]
) -> None:
    metric = f"native-{next(_names)}"
    # Within one month: a segment reaches over so many partitions only.
    moments = array("I", [1_793_491_200 + at % 2_000_000 for _, at, _ in rows])
    values = array("d", [value for _, _, value in rows])
    data = as_segment([metric] * len(rows), [ref for ref, _, _ in rows], moments, values)
    assert Spool(store.spool_folder, "native", CAP).put("samples", len(rows), data, "native.z")
    store.drained()
    sql = (
        "SELECT hex(ref), toUnixTimestamp(at), toString(reinterpretAsUInt64(value)) FROM samples "
        "WHERE metric = {m:String}"
    )
    found = [(bytes.fromhex(ref), at, int(bits)) for ref, at, bits in store.client.ask(sql, {"m": metric}).rows]
    made = [
        (ref.encode(), at, struct.unpack("<Q", struct.pack("<d", value))[0])
        for (ref, _, _), at, value in zip(rows, moments, values, strict=True)
    ]
    assert sorted(found) == sorted(made)


@pytest.mark.parametrize("length", [0, 127, 128, 16_383, 16_384, 300_000])
def test_texts_of_any_length_are_measured_as_the_engine_measures_them(store: RunningStore, length: int) -> None:
    metric = f"length-{length}"
    store.write(metric, "é" * length, [1_793_491_200], [1.0])
    assert store.number("SELECT lengthUTF8(ref) FROM samples WHERE metric = {m:String}", m=metric) == length


def test_columns_of_unlike_length_or_type_are_refused() -> None:
    with pytest.raises(ValueError, match="lengths"):
        block({"a": ("String", ["x"]), "b": ("Float64", array("d", [1.0, 2.0]))})
    with pytest.raises(TypeError, match="array\\('d'\\)"):
        block({"b": ("Float64", array("f", [1.0]))})
