"""A damaged column store: what is broken is named with its remedy, and no measurement is lost meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from simpul.configuration import load
from simpul.store import spool
from simpul.store.client import QueryFailed, StoreAway
from simpul.up.check_measurements import measurements
from store.running import RunningStore, minute
from waiting import until


@pytest.fixture
def filled(own_store: RunningStore) -> RunningStore:
    """A store with a thousand measurements that has been stopped."""
    own_store.start()
    end = minute()
    own_store.write("kept", "R", list(range(end - 1000, end)), [1.0] * 1000)
    own_store.stop()
    # What it says of its disk, it says at its start.
    own_store.start()
    until(lambda: (own_store.folder / "store" / "need.json").exists() and own_store.health()["state"] == "up", 60)
    own_store.stop()
    return own_store


def parts(store: RunningStore) -> list[Path]:
    """The folders of the parts of `samples`, which are the ones by the day."""
    found = (path.parent for path in (store.folder / "store" / "engine" / "store").rglob("columns.txt"))
    return [path for path in found if path.name.startswith("2") and len(path.name.split("_")[0]) == 8]


def definition(store: RunningStore, table: str) -> Path:
    (found,) = (store.folder / "store" / "engine" / "store").rglob(f"{table}.sql")
    return found


def doctor(store: RunningStore) -> tuple[str, str]:
    """What `simpul doctor` says of the measurements."""
    check = measurements(load(environ={"SIMPUL_CONFIG": os.devnull, "SIMPUL_DATA_FOLDER": str(store.folder)}))
    return check.status, f"{check.what} -> {check.remedy}"


def test_a_damaged_definition_is_named_and_new_measurements_wait_in_the_spool(filled: RunningStore) -> None:
    damaged = definition(filled, "samples")
    damaged.write_bytes(b"\xff\xfe\x00" * 100)
    filled.put("waits", "R", [minute()], [1.0])
    filled.start(and_wait=False)
    until(lambda: filled.health()["state"] == "down", 60)
    told = filled.health()["detail"]
    assert f"cannot be opened: {damaged} is damaged. To mend it, stop Simpul and put " in told
    assert told.endswith("1 segments wait in the spool")
    with pytest.raises(StoreAway, match="it cannot be opened"):
        filled.client.ask("SELECT 1")
    assert doctor(filled)[0] == "fail"
    assert str(damaged) in doctor(filled)[1]
    assert len(spool.segments(filled.spool_folder)) == 1
    assert filled.stop() == 0


def test_a_definition_that_has_vanished_is_not_made_anew(filled: RunningStore) -> None:
    kept = definition(filled, "samples")
    text = kept.read_text()
    kept.unlink()
    filled.start(and_wait=False)
    until(lambda: filled.health()["state"] == "down", 60)
    assert "the definition of samples is missing" in filled.health()["detail"]
    filled.stop()
    kept.write_text(text)
    filled.start()
    assert filled.counted("kept") == (1000, 1000, 1000)


def test_a_part_that_was_cut_short_is_told_as_missing(filled: RunningStore) -> None:
    for part in parts(filled):
        os.truncate(part / "data.bin", 20)
    filled.start()
    until(lambda: "set aside" in filled.health()["detail"], 60)
    until(lambda: doctor(filled)[0] == "warn", 60)
    assert "damaged, so its measurements are missing: part " in doctor(filled)[1]
    assert "of simpul.samples" in doctor(filled)[1]


def test_a_part_full_of_garbage_fails_what_asks_for_it_by_name_and_the_rest_goes_on(filled: RunningStore) -> None:
    for part in parts(filled):
        file = part / "data.bin"
        file.write_bytes(os.urandom(file.stat().st_size))
    filled.start()
    with pytest.raises(QueryFailed, match=r"part \S+ of simpul.samples\S* is damaged") as failed:
        filled.client.ask("SELECT max(value) FROM samples WHERE value > 0.5")
    assert str(filled.folder) not in str(failed.value)
    until(lambda: filled.health()["state"] == "down", 60)
    assert "put " in filled.health()["detail"]
    filled.put("new", "R", [minute() + 86_400 * 3], [1.0])
    filled.drained()
    counted = filled.client.ask("SELECT count() FROM samples WHERE metric = {metric:String}", {"metric": "new"})
    assert counted.rows == [[1]]
