"""How fast measurements go in, how much disk they take, how soon a chart has its points.

    python bench/samples.py [--sites 500] [--days 30] [--json]

A real store process on a folder of its own. Each site has four metrics, a sample each five minutes over the days and
each ten seconds over the last hour. The peer is SQLite (WITHOUT ROWID, WAL), which is what a small program would use:
the same rows of a tenth of the sites, the same question.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from simpul.store.logic.filters import Equal  # noqa: E402 (likewise)
from simpul.store.logic.query import Query, build  # noqa: E402 (likewise)
from simpul.store.note import read_note  # noqa: E402 (found by the line above)
from simpul.store.samples import Samples, chart  # noqa: E402 (likewise)
from simpul.store.spool import Spool, segments  # noqa: E402 (likewise)
from simpul.store.tables import DATASETS  # noqa: E402 (likewise)
from store.running import RunningStore  # noqa: E402 (likewise)

METRICS = ("site.down_bps", "site.up_bps", "site.share_down_bps", "site.share_up_bps")
DAY, COARSE, FINE = 86_400, 300, 10
END = int(time.time()) // 3600 * 3600
PEER_PART = 10


def main() -> None:
    """Write, wait, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sites", type=int, default=500)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    refs = [f"SITE-{number:04d}" for number in range(args.sites)]
    with tempfile.TemporaryDirectory(prefix="simpul-bench-") as folder:
        found = measure(Path(folder), refs, args.days)
        found |= peer(Path(folder) / "peer.sqlite3", refs[: max(1, args.sites // PEER_PART)], args.days)
    print(json.dumps(found) if args.json else "\n".join(f"{name:<44} {value:,.2f}" for name, value in found.items()))


def measure(folder: Path, refs: list[str], days: int) -> dict[str, float]:
    """All of the store."""
    store = RunningStore(folder)
    began, used = time.perf_counter(), time.process_time()
    rows = write(store, refs, days)
    found = {"rows": rows, "spool: rows/s of one core": rows / (time.process_time() - used)}
    found["spool: bytes a sample"] = sum(each.path.stat().st_size for each in segments(store.spool_folder)) / rows
    began = time.perf_counter()
    store.start()
    assert store.process is not None
    process = psutil.Process(store.process.pid)
    store.drained(3600)
    cpu = process.cpu_times()
    found["store: rows/s, wall"] = rows / (time.perf_counter() - began)
    found["store: rows/s of one core, roll-ups too"] = rows / (cpu.user + cpu.system)
    found["store: MB resident after all is in"] = process.memory_info().rss / 1e6
    found |= questions(store, refs)
    found["store: MB resident after the questions"] = process.memory_info().rss / 1e6
    time.sleep(32)
    note = read_note(folder / "store")
    assert note is not None
    found["disk: bytes a sample, all three tables"] = note.held / rows
    store.stop()
    return found


def write(store: RunningStore, refs: list[str], days: int) -> int:
    """Every site's days; values wander as rates do."""
    samples, rows = Samples(Spool(store.spool_folder, "bench", 10**11)), 0
    for day in range(days):
        moments = list(range(END - (days - day) * DAY, END - (days - day - 1) * DAY, COARSE))
        rows += _day(samples, refs, moments)
    rows += _day(samples, refs, list(range(END - 3600 + FINE, END, FINE)))
    return rows


def _day(samples: Samples, refs: list[str], moments: list[int]) -> int:
    chance = random.Random(moments[0])
    for ref in refs:
        for metric in METRICS:
            value, values = chance.uniform(1e6, 5e7), []
            for _ in moments:
                value = max(0.0, value + chance.gauss(0, 1e6))
                values.append(round(value, -3))
            samples.add_many(metric, ref, moments, values)
    return samples.flush()


def questions(store: RunningStore, refs: list[str]) -> dict[str, float]:
    """Milliseconds, the median of twenty; each of another site."""
    end = datetime.fromtimestamp(END, UTC)
    sites = iter(refs * 20)
    found = {}
    for name, length in (("24 hours", 1), ("7 days", 7), ("30 days", 30)):
        start = end - timedelta(days=length)

        def one(start: datetime = start) -> object:
            return chart(store.client, METRICS[::2], [next(sites)], start, end)

        found[f"chart of {name}, rate and share, ms"] = median_ms(one)
    day = end - timedelta(days=1)
    found["summary of all sites, 24 hours, ms"] = median_ms(lambda: summary(store, day))
    month = end - timedelta(days=30)
    found["summary of all sites, 30 days, ms"] = median_ms(lambda: summary(store, month))
    return found


def summary(store: RunningStore, start: datetime) -> object:
    """Mean, extremes, last value and number of samples of every site from `start` on."""
    asked = build(
        Query(
            dataset="samples",
            measures=("mean", "low", "high", "last", "count"),
            start=int(start.timestamp()),
            end=END,
            by=("ref",),
            where=(Equal("metric", METRICS[0]),),
        ),
        DATASETS,
    )
    return store.client.ask(asked.sql, asked.params)


def median_ms(what: Callable[[], Any], times: int = 20) -> float:
    """Of so many calls, one after the other."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        what()
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)


def peer(path: Path, refs: list[str], days: int) -> dict[str, float]:
    """SQLite with the rows of some of the sites."""
    base = sqlite3.connect(path)
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("CREATE TABLE s (metric TEXT, ref TEXT, at INT, v REAL, PRIMARY KEY (metric, ref, at)) WITHOUT ROWID")
    rows, spent = 0, 0.0
    for day in range(days):
        moments = range(END - (days - day) * DAY, END - (days - day - 1) * DAY, COARSE)
        chance = random.Random(day)
        made = [
            (metric, ref, at, round(chance.uniform(1e6, 5e7), -3))
            for ref in refs
            for metric in METRICS
            for at in moments
        ]
        began = time.process_time()
        with base:
            base.executemany("INSERT INTO s VALUES (?, ?, ?, ?)", made)
        spent += time.process_time() - began
        rows += len(made)
    base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    sites = iter(refs * 100)
    sql = (
        "SELECT at / 7200, avg(v), max(v) FROM s "
        "WHERE metric IN (?, ?) AND ref = ? AND at >= ? GROUP BY metric, at / 7200"
    )

    def one() -> object:
        return base.execute(sql, (METRICS[0], METRICS[2], next(sites), END - 30 * DAY)).fetchall()

    found = {"sqlite: rows/s of one core": rows / spent, "sqlite: chart of 30 days, ms": median_ms(one)}
    base.close()
    return found | {"sqlite: bytes a sample, no roll-ups": path.stat().st_size / rows}


if __name__ == "__main__":
    main()
