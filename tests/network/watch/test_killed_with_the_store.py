"""Watch and store of a living region are killed under load, over and over: what was put away is counted once."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from network.watch.region import Region
from simpul.kit.problem import Problem
from simpul.store import spool
from simpul.store.client import Client
from simpul.store.spool import Segment
from store.writing import METRIC as LOAD
from up.processes import SOURCE, environment
from waiting import until

KILLS = 20
TESTS = Path(__file__).resolve().parents[2]
LONG_AGO = 1_793_491_200


class Looking:
    """Looks into the spool all the time; `rows` are those of all segments of the watch that it saw there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.found = folder, set[Segment]()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Looking:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.02):
            self.found.update(each for each in spool.segments(self.folder) if each.writer == "watch")

    @property
    def rows(self) -> int:
        return sum(each.rows for each in self.found)


@contextmanager
def load(folder: Path) -> Iterator[None]:
    """Another writer that puts away 100,000 measurements a second."""
    argv = [sys.executable, "-m", "store.writing", str(folder), "load", str(LONG_AGO)]
    environ = environment(PYTHONPATH=f"{SOURCE}:{TESTS}")
    writer = subprocess.Popen(argv, env=environ, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        writer.kill()
        writer.wait()


def of_the_watch(client: Client) -> tuple[int, int, int, int]:
    """Its rows in the three tables, and how many of them are not each other's double."""

    def number(what: str) -> int:
        return int(client.ask(f"SELECT {what} WHERE metric != {{load:String}}", {"load": LOAD}, seconds=60).rows[0][0])

    return (
        number("count() FROM samples"),
        number("sum(count) FROM samples_5m"),
        number("sum(count) FROM samples_1h"),
        number("uniqExact(metric, ref, at) FROM samples"),
    )


def answers(client: Client) -> bool:
    """Whether the store's door is open."""
    with suppress(Problem):
        return client.ask("SELECT 1").rows == [[1]]
    return False


@pytest.mark.long
def test_killed_twenty_times_with_the_store_each_measurement_put_away_counts_once() -> None:
    chance = random.Random(20)
    with tempfile.TemporaryDirectory(prefix="simpul-watch-", dir="/tmp") as temporary:
        region = Region(Path(temporary) / "data", by_hand=["store", "watch"])
        client, waiting = Client(region.run / "store.sock"), region.folder / "spool"
        try:
            region.start()
            until(lambda: answers(client), 240)
            with Looking(waiting) as looking:
                with load(waiting):
                    for _ in range(KILLS):
                        # Long enough for a span of the watch or none, short enough to hit an opening store.
                        time.sleep(chance.uniform(4, 18))
                        for group in chance.sample(["store", "watch"], 2):
                            region.kill(group)
                            time.sleep(chance.uniform(0, 0.5))
                            region.begin(group)
                until(lambda: answers(client), 240)
                until(lambda: not spool.segments(waiting), 240)
            # The watch goes on: while it adds something, the tables may be one segment apart.
            until(lambda: len(set(of_the_watch(client))) == 1, 60)
            counted = of_the_watch(client)[0]
            print(f"{KILLS} kills, {looking.rows} seen in the spool, {counted} counted")
            assert looking.rows > 50 * KILLS
            assert looking.rows <= counted < 1.1 * looking.rows
            assert spool.losses(waiting) == {}
            assert spool.broken_files(waiting) == 0
        finally:
            print(region.words())
            region.end()
