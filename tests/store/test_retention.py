"""What is too old goes, at each resolution in its time; what that needs of the disk is said; a full disk is spared."""

from __future__ import annotations

import json
import shutil
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.store import spool
from simpul.store.logic.need import HEADROOM, Held, needed, shown
from store.running import RunningStore, minute
from waiting import until

DAY = 86_400


def test_old_measurements_go_and_their_roll_ups_stay(own_store: RunningStore) -> None:
    own_store.settings |= {"SIMPUL_STORE_RAW_DAYS": "2", "SIMPUL_STORE_FIVE_MINUTE_DAYS": "20"}
    own_store.start()
    today = minute() // DAY * DAY
    for days in (0, 5, 60):
        start = today - days * DAY
        own_store.write("aged", f"D{days}", list(range(start, start + 3600, 10)), [1.0] * 360)
    until(lambda: own_store.counted("aged") == (360, 720, 1080), 180)


def test_a_shorter_retention_reaches_what_is_there_already(own_store: RunningStore) -> None:
    own_store.start()
    start = minute() // DAY * DAY - 10 * DAY
    own_store.write("shortened", "S", list(range(start, start + 600, 10)), [1.0] * 60)
    assert own_store.counted("shortened") == (60, 60, 60)
    own_store.stop()
    own_store.settings["SIMPUL_STORE_RAW_DAYS"] = "3"
    own_store.start()
    until(lambda: own_store.counted("shortened") == (0, 60, 60), 180)


def test_a_disk_without_room_is_spared_and_said_and_nothing_is_lost(own_store: RunningStore) -> None:
    most = 1_000_000
    assert shutil.disk_usage(own_store.folder).free < most * 1_000_000, "this disk is too large for the test"
    own_store.settings["SIMPUL_STORE_GUARD_MB"] = str(most)
    own_store.start()
    own_store.put("spared", "S", [minute()], [1.0])
    until(lambda: own_store.health()["state"] == "down", 120)
    time.sleep(1.0)
    told = own_store.health()
    assert "store.guard_mb keeps 1,000.0 GB" in told["detail"]
    assert len(spool.segments(own_store.spool_folder)) == 1
    own_store.stop()
    own_store.settings["SIMPUL_STORE_GUARD_MB"] = "0"
    own_store.start()
    own_store.drained()
    assert own_store.counted("spared") == (1, 1, 1)


def test_the_disk_that_the_retention_needs_is_noted_for_doctor(own_store: RunningStore) -> None:
    own_store.start()
    end = minute()
    # A day at one sample a second: 86,400 rows a day.
    own_store.write("paced", "S", list(range(end - DAY, end)), [1.0] * DAY)
    own_store.stop()
    own_store.start()
    path = own_store.folder / "store" / "need.json"
    began = time.time()
    until(lambda: path.exists() and json.loads(path.read_text())["at"] >= began - 1, 120)
    note = json.loads(path.read_text())
    # 4 bytes for each row of 30 days, 20 for each of 288 a day over 180 days and of 24 over 1,830; a third on top.
    expected = (DAY * 30 * 4 + 288 * 180 * 20 + 24 * 1830 * 20) * HEADROOM
    assert note["needed"] == pytest.approx(expected, rel=0.15)
    until(lambda: "its retention needs about" in own_store.health()["detail"], 60)


def _held(**changed: float) -> Held:
    usual = {"rows": 1_000_000, "size": 4_000_000, "recent_rows": 100_000, "recent_seconds": DAY, "days": 30}
    return Held(name="samples", usual_row_bytes=4.0, **(usual | changed))  # type: ignore[arg-type]


def test_the_need_is_rows_a_day_times_days_times_bytes_of_a_row() -> None:
    assert needed([_held()]) == round(100_000 * 30 * 4 * HEADROOM)
    assert needed([_held(), _held(days=60)]) == round(100_000 * 90 * 4 * HEADROOM)
    assert needed([_held(recent_seconds=DAY / 2)]) == round(200_000 * 30 * 4 * HEADROOM)


def test_few_rows_say_nothing_of_the_bytes_of_one() -> None:
    assert _held(rows=100, size=1_000_000).row_bytes == 4.0


def test_a_pace_of_a_few_minutes_is_no_pace() -> None:
    assert needed([_held(recent_seconds=60.0)]) is None
    assert needed([]) is None


@given(days=st.integers(1, 2000), more=st.integers(1, 2000))
def test_keeping_longer_never_needs_less(days: int, more: int) -> None:
    assert (needed([_held(days=days + more)]) or 0) > (needed([_held(days=days)]) or 0)


def test_sizes_are_shown_for_people() -> None:
    assert [shown(size) for size in (0, 812_000_000, 3_900_000_000, 1e15)] == [
        "0 MB",
        "812 MB",
        "3.9 GB",
        "1,000,000.0 GB",
    ]
