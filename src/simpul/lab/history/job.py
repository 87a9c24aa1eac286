"""The job that writes the history: a segment of the spool for each span, the latest first, always the same segments.

It reads nothing that a visitor can change before it is done (the seed and the end stand in the job's row), so that a
run that was killed is repeated from its start, and the store counts what it has already once.
"""

from __future__ import annotations

import logging
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zlib import crc32
from zoneinfo import ZoneInfo

import numpy as np

from simpul.kit.actor import Actor
from simpul.kit.problem import Problem
from simpul.lab.csv_tables import rows
from simpul.lab.history.model import DAY, Series, Span, measured
from simpul.lab.history.outages import read_outages
from simpul.lab.history.region import Region, region_on
from simpul.record.jobs import JobRun, enqueue
from simpul.record.models import Job, JobState, LogEntry
from simpul.store.samples import as_segment
from simpul.store.spool import Spool, segments

log = logging.getLogger(__name__)

KIND = "lab.history"
SEED = 2018
# The last hours as finely as the watch measures, what is older as the store's roll-ups would have it.
FINE_STEP, COARSE_STEP, HOUR = 10, 300, 3600
# No more than so many segments wait: what is measured meanwhile is not to stand behind the past.
MOST_WAITING = 2


@dataclass(frozen=True)
class Config:
    """`first_pause`: the tree comes up first. After each segment it rests as long as the segment took, times `rest`."""

    spool: Path
    cap_bytes: int
    zone: ZoneInfo
    fine_hours: int = 24
    first_pause: float = 8.0
    rest: float = 0.5
    poll_seconds: float = 0.1


def ask(actor: Actor, days: int) -> Job | None:
    """Ask for `days` of history up to the data folder's first moment; None where that was done or is under way."""
    first = LogEntry.objects.order_by("seq").first()
    there = Job.objects.filter(kind=KIND).exclude(state__in=[JobState.FAILED, JobState.CANCELLED])
    if not days or first is None or there.exists():
        return None
    return enqueue(actor, KIND, {"until": first.at.isoformat(), "days": days, "seed": SEED})


class Historian:
    """The handler of the job."""

    def __init__(self, config: Config, sleep: Callable[[float], None] = time.sleep) -> None:
        self.config = config
        self._sleep = sleep

    def __call__(self, run: JobRun) -> dict[str, object]:
        """`{"rows", "segments", "seconds"}`. Raises Problem when the spool takes nothing."""
        until = datetime.fromisoformat(run.arguments["until"]).astimezone(self.config.zone)
        seed = int(run.arguments["seed"])
        # Two histories with different ends never have a segment in common.
        life = f"{crc32(f'{seed}:{until.isoformat()}'.encode()):08x}"
        spool = Spool(self.config.spool, "made", self.config.cap_bytes, life)
        spans = spans_until(until, int(run.arguments["days"]), self.config.fine_hours)
        outages = read_outages(rows("outages"), until)
        self._wait(self.config.first_pause, lambda: run.progress(0, len(spans)))
        began, written = time.monotonic(), 0
        log.info("history: %d days until %s begin to be written", run.arguments["days"], until.isoformat())
        regions: dict[int, Region] = {}
        for done, span in enumerate(spans):
            tell = partial(
                run.progress, done, len(spans), str(datetime.fromtimestamp(span.start, self.config.zone).date())
            )
            tell()
            begun = time.monotonic()
            region = _kept(regions, span.start // DAY)
            written += self._write(spool, list(measured(region, outages, span, self.config.zone, seed)), span.start)
            self._wait((time.monotonic() - begun) * self.config.rest, tell)
            while len(segments(self.config.spool)) > MOST_WAITING:
                self._wait(self.config.poll_seconds, tell)
        seconds = round(time.monotonic() - began, 1)
        log.info("history: %d measurements of %d days were written in %.1f s", written, run.arguments["days"], seconds)
        return {"rows": written, "segments": len(spans), "seconds": seconds}

    def _write(self, spool: Spool, series: Sequence[Series], start: int) -> int:
        if not series:
            return 0
        metrics = [each.metric for each in series for _ in range(len(each.values))]
        refs = [each.ref for each in series for _ in range(len(each.values))]
        moments = array("I", np.concatenate([each.moments for each in series]).astype(np.uint32).tobytes())
        # Thousands of bits, thousandths of milliseconds: nobody reads more, and it takes half the room.
        rounded = [np.round(each.values, -3 if each.metric.endswith("_bps") else 3) for each in series]
        values = array("d", np.concatenate(rounded).tobytes())
        if not spool.put("samples", len(values), as_segment(metrics, refs, moments, values), "native.z", start * 10**9):
            raise Problem("the spool takes nothing more, so the history ends here. Make room, then start again")
        return len(values)

    def _wait(self, seconds: float, tell: Callable[[], None]) -> None:
        """Sleep, and hear in time that the job is called off."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            tell()
            self._sleep(min(left, 0.25))


def spans_until(until: datetime, days: int, fine_hours: int) -> list[Span]:
    """The last hours one by one, then days of UTC, the latest first; together they cover `days` days without a gap."""
    end = int(until.timestamp()) // FINE_STEP * FINE_STEP
    fine = end // HOUR * HOUR - fine_hours * HOUR
    first = int((until - timedelta(days=days)).timestamp()) // COARSE_STEP * COARSE_STEP
    hours = [_span(max(start, first), min(start + HOUR, end), FINE_STEP) for start in range(fine, end, HOUR)]
    whole = range(first // DAY * DAY, fine, DAY)
    coarse = [_span(max(start, first), min(start + DAY, fine), COARSE_STEP) for start in whole]
    return [span for span in [*reversed(hours), *reversed(coarse)] if span.count > 0]


def _span(start: int, end: int, step: int) -> Span:
    return Span(start, step, (end - start) // step)


def _kept(regions: dict[int, Region], day: int) -> Region:
    """The network of that UTC day's noon, read once."""
    if day not in regions:
        regions.clear()
        regions[day] = region_on(datetime.fromtimestamp(day * DAY + DAY // 2, UTC))
    return regions[day]
