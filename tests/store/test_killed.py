"""Store and writer are killed under load, over and over: what was made is counted, nothing twice, but for what the
writer had in its hands."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simpul.store import spool
from store.running import RunningStore
from store.writing import METRIC, ROWS
from up.processes import SOURCE, environment
from waiting import until

TESTS = Path(__file__).resolve().parents[1]
# Midnight of some day, and how far the lives' samples lie apart: none reaches the next one's.
FIRST, APART = 1_793_491_200, 2_000_000


class Writer:
    """One life of a writer. `made` and `safe` are known once it was killed."""

    def __init__(self, store: RunningStore, number: int) -> None:
        environ = environment() | {"PYTHONPATH": f"{SOURCE}:{TESTS}"}
        argv = [
            sys.executable,
            "-m",
            "store.writing",
            str(store.spool_folder),
            f"w{number}",
            str(FIRST + number * APART),
        ]
        self.process = subprocess.Popen(argv, env=environ, stdout=subprocess.PIPE, text=True)
        self.made = self.safe = 0

    def kill(self) -> None:
        """End it, and read what it had said."""
        self.process.kill()
        told, _ = self.process.communicate()
        for line in told.splitlines(keepends=True):
            what, _, rows = line.strip().partition(" ")
            if line.endswith("\n"):
                self.made += int(rows) * (what == "made")
                self.safe += int(rows) * (what == "safe")


@pytest.mark.parametrize("kills", [5, pytest.param(20, marks=pytest.mark.long)])
def test_killed_over_and_over_nothing_is_lost_that_was_safe_and_nothing_counts_twice(
    own_store: RunningStore, kills: int
) -> None:
    chance = random.Random(4)
    writers = []
    own_store.start(and_wait=False)
    for number in range(kills):
        writers.append(Writer(own_store, number))
        # Also while it opens, and in the middle of an insert.
        time.sleep(chance.uniform(0.3, 4.0))
        own_store.kill()
        own_store.start(and_wait=False)
        time.sleep(chance.uniform(0.0, 0.6))
        writers[-1].kill()
    own_store.stop()
    own_store.start()
    own_store.drained(120)
    made, safe = sum(writer.made for writer in writers), sum(writer.safe for writer in writers)
    counted = own_store.counted(METRIC)
    distinct = sum(
        own_store.number(
            "SELECT uniqExact(at) FROM samples WHERE metric = {m:String} AND ref = {r:String}", m=METRIC, r=ref
        )
        for ref in (f"w{number}" for number in range(kills))
    )
    print(f"{kills} kills, {made} made, {safe} known to be safe, {counted[0]:.0f} counted")
    assert made > 1000 * kills
    # Of each life one block may have died in memory, or have been put away without its writer having said so.
    assert safe <= counted[0] <= made
    assert made - counted[0] <= ROWS * kills
    assert counted == (counted[0],) * 3, "the roll-ups know of as many"
    assert distinct == counted[0], "none double"
    assert own_store.summed(METRIC) == (counted[0],) * 3
    assert spool.losses(own_store.spool_folder) == {}
    assert spool.broken_files(own_store.spool_folder) == 0


def test_what_a_full_spool_could_not_take_is_exactly_what_is_missing(own_store: RunningStore) -> None:
    writer = Writer(own_store, 0)
    time.sleep(1.0)
    writer.kill()
    waiting = spool.waiting_bytes(own_store.spool_folder)
    samples_kept = writer.safe
    small = spool.Spool(own_store.spool_folder, "late", waiting)
    assert not small.put("samples", 77, b"no room", "native.z")
    own_store.start()
    own_store.drained()
    counted = own_store.counted(METRIC)
    assert samples_kept <= counted[0] <= writer.made
    assert spool.losses(own_store.spool_folder) == {"late": 77}
    until(lambda: "77 measurements were lost" in own_store.health()["detail"])
    assert own_store.health()["counters"]["lost_rows"] == 77
