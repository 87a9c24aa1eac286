"""A segment counts once in every table, however often it is inserted; what cannot be read blocks nothing."""

from __future__ import annotations

from pathlib import Path

import httpx

from simpul.store import spool
from simpul.store.samples import Samples
from simpul.store.spool import Spool
from store.running import CAP, RunningStore, minute
from waiting import until


def _put(store: RunningStore, metric: str, rows: int) -> tuple[str, bytes]:
    """One segment, and a copy of it as it was: what is left when the store is killed after its insert."""
    held = store.folder / "held"
    samples = Samples(Spool(held, "test", CAP))
    start = minute() - rows
    samples.add_many(metric, "S", range(start, start + rows), [float(value) for value in range(rows)])
    samples.flush()
    [segment] = spool.segments(held)
    data = segment.path.read_bytes()
    segment.path.unlink()
    return segment.token, data


def _place(store: RunningStore, name: str, data: bytes) -> None:
    draft = store.spool_folder / "placed"
    (store.spool_folder / "ready").mkdir(parents=True, exist_ok=True)
    draft.write_bytes(data)
    draft.rename(store.spool_folder / "ready" / name)
    store.drained()


def test_a_segment_inserted_twice_counts_once_in_the_roll_ups_too(store: RunningStore) -> None:
    name, data = _put(store, "twice", 1000)
    for _ in range(3):
        _place(store, name, data)
    assert store.counted("twice") == (1000, 1000, 1000)
    assert store.summed("twice") == (499_500,) * 3


def test_it_counts_once_over_a_restart_as_well(own_store: RunningStore) -> None:
    own_store.start()
    name, data = _put(own_store, "restarted", 500)
    _place(own_store, name, data)
    own_store.kill()
    own_store.start()
    _place(own_store, name, data)
    assert own_store.counted("restarted") == (500, 500, 500)


def test_a_stream_of_arrow_counts_as_well(store: RunningStore) -> None:
    store.write("arrow-made", "A", [minute()], [2.5])
    # The engine is the one writer of Arrow here: what it wrote, it reads.
    columns = "{m:String} AS metric, ref, toUnixTimestamp(samples.at) AS at, value"
    sql = f"SELECT {columns} FROM samples CROSS JOIN numbers(3) AS n WHERE samples.metric = {{made:String}}"
    stream = _as_arrow(store, sql, m="arrow", made="arrow-made")
    Spool(store.spool_folder, "test", CAP).put("samples", 3, stream, "arrow")
    store.drained()
    assert store.counted("arrow") == (3, 3, 3)
    assert store.summed("arrow") == (7.5,) * 3


def _as_arrow(store: RunningStore, sql: str, **params: str) -> bytes:
    given = {"default_format": "ArrowStream"} | {f"param_{name}": value for name, value in params.items()}
    transport = httpx.HTTPTransport(uds=str(store.client.where))
    with httpx.Client(transport=transport) as client:
        return client.post("http://store/", params=given, content=sql.encode()).raise_for_status().content


def test_equal_rows_of_two_segments_count_twice(store: RunningStore) -> None:
    at = minute()
    for _ in range(2):
        store.write("equal", "S", [at], [7.0])
    assert store.counted("equal") == (2, 2, 2)


def test_damaged_bytes_are_put_aside_and_told_and_the_next_segment_goes_in(own_store: RunningStore) -> None:
    own_store.start()
    name, data = _put(own_store, "damaged", 10)
    _place(own_store, name, data[:-1] + b"?")
    own_store.write("after", "S", [minute()], [1.0])
    assert own_store.counted("damaged") == (0, 0, 0)
    assert own_store.counted("after") == (1, 1, 1)
    assert spool.broken_files(own_store.spool_folder) == 1
    until(lambda: "1 damaged segments" in own_store.health()["detail"])


def test_bytes_that_the_engine_cannot_read_are_put_aside(own_store: RunningStore) -> None:
    own_store.start()
    writer = Spool(own_store.spool_folder, "test", CAP)
    writer.put("samples", 1, b"no zlib", "native.z")
    writer.put("samples", 1, b"no arrow", "arrow")
    writer.put("nowhere", 1, b"x", "native.z")
    own_store.drained()
    assert len(list((own_store.spool_folder / "broken").iterdir())) == 3


def test_only_one_store_may_have_the_folder(own_store: RunningStore, tmp_path: Path) -> None:
    own_store.start()
    second = RunningStore(tmp_path)
    second.start(and_wait=False)
    assert second.process is not None
    try:
        assert second.process.wait(120) == 2
    finally:
        if second.process.poll() is None:
            second.kill()
    assert own_store.answers(), "the first one is not disturbed"
