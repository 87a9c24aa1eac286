"""A clock that jumps ahead does not make the store forget what it holds."""

from __future__ import annotations

import json
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from simpul.store.logic.jump import BELIEVED_AFTER_SECONDS, JUMP_SECONDS, Doubt
from store.running import RunningStore, minute
from waiting import until

DAY = 86_400.0
START = 1_795_000_000.0


def test_a_clock_that_runs_on_is_believed() -> None:
    doubt = Doubt(START)
    assert not any(doubt.look(START + 30 * n + 5, 30.0 * n) for n in range(10_000))


def test_a_jump_is_doubted_for_a_day_and_then_believed() -> None:
    doubt = Doubt(START)
    assert not doubt.look(START, 0.0)
    assert doubt.look(START + 40 * DAY, 30.0)
    assert doubt.look(START + 41 * DAY, 30.0 + DAY - 1)
    assert not doubt.look(START + 41 * DAY + 60, 30.0 + BELIEVED_AFTER_SECONDS)


def test_a_jump_while_it_did_not_run_is_doubted_as_well() -> None:
    assert Doubt(START).look(START + 2 * DAY, 7.0)
    assert Doubt(START).look(START - DAY, 7.0)
    assert not Doubt(None).look(START, 7.0)


@settings(deadline=None)
@given(steps=st.lists(st.floats(-40 * DAY, 40 * DAY), min_size=1, max_size=30))
def test_no_jump_passes_unnoticed(steps: list[float]) -> None:
    doubt, wall = Doubt(START), START
    doubt.look(wall, 0.0)
    for number, step in enumerate(steps, 1):
        wall += 30 + step
        assert doubt.look(wall, 30.0 * number) or abs(step) <= JUMP_SECONDS + 1


def test_after_a_jump_what_seems_too_old_is_kept_and_said(own_store: RunningStore) -> None:
    own_store.settings |= {"SIMPUL_STORE_RAW_DAYS": "2"}
    own_store.start()
    until((own_store.folder / "store" / "need.json").exists, 60)
    own_store.stop()
    path = own_store.folder / "store" / "need.json"
    note = json.loads(path.read_text())
    # As if the clock stood three days earlier when the store looked at it last.
    path.write_text(json.dumps({**note, "at": note["at"] - 3 * DAY}))
    own_store.start()
    start = minute() - 5 * int(DAY)
    own_store.write("jumped", "J", list(range(start, start + 3600, 10)), [1.0] * 360)
    until(lambda: "the clock has jumped" in own_store.health()["detail"], 60)
    assert own_store.counted("jumped")[0] == 360
    own_store.stop()
    note = json.loads(path.read_text())
    path.write_text(json.dumps({**note, "at": time.time()}))
    own_store.start()
    until(lambda: own_store.counted("jumped")[0] == 0, 180)
