"""Files made to break the reader: memory stays bounded, cancel is heard, and every import ends with a reason."""

from __future__ import annotations

import io
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil
import pytest
from django.utils import translation

from register.hostile import all_files
from register.importing import Run, problems
from simpul.kit.actor import Actor
from simpul.people.models import Organisation
from simpul.record.jobs import WRITE_SECONDS, Cancelled
from simpul.record.runner import Config, JobRunner
from simpul.register import text
from simpul.register.imports import steps
from simpul.register.models import ImportBatch
from simpul.register.service.imports import prepare_import, settle_abandoned, start_import

MOST_MORE = 1 << 30
# Cancel is heard within two seconds; a test's verdict leaves room for a busy machine, the figure is printed.
PATIENCE = 30.0
FILES = all_files()
# One of each kind that takes little time; all of them are long.
SLICE = [
    "xlsx: xl/styles.xml of 3 MB", "xlsx: xl/unknown.bin of 3 MB", "xlsx: 2 MB of short texts",
    "xlsx: entities in xl/sharedStrings.xml", "xlsx: the number 999999 of 5000 signs", "xlsx: overlapping",
    "xlsx: encrypted", "xlsx: sheet said to have 10 bytes", "xlsx: 100000 elements in each other", "xlsx: 3000 parts",
    "xlsx: escaped nulls", "xlsx: workbook cut at 55 %", "csv: 1 MB of b','", "csv: a null", "csv: an open quote",
    "csv: a coordinate of 401 digits", "csv: half of UTF-16", "csv: too many columns",
    "geojson: 1000000 lists in each other", "geojson: the value b'1e999'", "geojson: coordinates 6",
    "geojson: too many properties", "geojson: the value b'{\"a\":1,\"a'",
]  # fmt: skip

pytestmark = pytest.mark.django_db


class Tree:
    """The memory of this process and its children while something is done, in bytes above what it was before."""

    def __init__(self) -> None:
        self.more = 0
        self._before = self._now()
        self._end = threading.Event()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look twenty times a second."""
        watcher = threading.Thread(target=self._watch)
        watcher.start()
        try:
            yield
        finally:
            self._end.set()
            watcher.join()

    def _watch(self) -> None:
        while not self._end.wait(0.05):
            self.more = max(self.more, self._now() - self._before)

    def _now(self) -> int:
        total = 0
        own = psutil.Process()
        for process in (own, *own.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
        return total


class CalledOff(Run):
    """A run that somebody calls off after some seconds; it looks as often as a job does."""

    def __init__(self, actor: Actor, batch: ImportBatch, seconds: float) -> None:
        super().__init__(actor, batch)
        self.at = time.monotonic() + seconds
        self._look_at = time.monotonic() + WRITE_SECONDS

    def progress(self, done: int, total: int = 0, step: str = "") -> None:
        """Raises Cancelled."""
        super().progress(done, total, step)
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + WRITE_SECONDS
            if now >= self.at:
                raise Cancelled


def reasons(batch: ImportBatch) -> list[str]:
    """What its importer reads, in the language of the moment."""
    return [text.problem_of(batch)] if batch.problem else problems(batch)


def survived(clerk: Actor, what: str) -> tuple[int, str]:
    """Read the file as an import; bytes of memory it took, and the state it came to, which has a reason in words."""
    name, data = FILES[what]()
    batch = start_import(clerk, "sites", name, io.BytesIO(data))
    tree = Tree()
    with tree.watched():
        JobRunner(Config(), steps.JOBS, settle=[settle_abandoned]).run_one()
    batch.refresh_from_db()
    with translation.override("id"):
        indonesian = reasons(batch)
    with translation.override("en"):
        english = reasons(batch)
    assert batch.state in ("failed", "staged"), what
    if batch.state == "failed" or batch.wrong:
        assert english, what
        assert english != indonesian, what
    assert tree.more < MOST_MORE, what
    assert not psutil.Process().children(), what
    return tree.more, batch.problem.get("code", batch.state)


def seconds_to_call_off(clerk: Actor, what: str, seconds: float) -> float | None:
    """How long the reading goes on after it was called off; None if it was over before."""
    name, data = FILES[what]()
    batch = prepare_import(clerk, "sites", name, io.BytesIO(data))
    run = CalledOff(clerk, batch, seconds)
    try:
        steps.stage(run)
    except Cancelled:
        took = time.monotonic() - run.at
        batch.refresh_from_db()
        assert (batch.state, batch.problem["code"]) == ("discarded", "cancelled")
        assert took < PATIENCE, what
        assert not psutil.Process().children()
        return took
    return None


@pytest.mark.parametrize("what", SLICE)
def test_a_hostile_file_ends_with_a_reason_and_takes_little_memory(
    clerk: Actor, office: Organisation, what: str
) -> None:
    survived(clerk, what)


def test_a_reading_that_says_nothing_is_called_off_at_once(clerk: Actor, office: Organisation) -> None:
    assert seconds_to_call_off(clerk, "xlsx: 100 MB of short texts", 0.5) is not None


@pytest.mark.long
def test_two_hundred_hostile_files_end_with_a_reason(
    clerk: Actor, office: Organisation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(FILES) >= 200
    dice = random.Random(9)
    told: list[tuple[float, int, str, str]] = []
    called_off: list[float] = []
    for what in FILES:
        begin = time.monotonic()
        memory, end = survived(clerk, what)
        took = time.monotonic() - begin
        told.append((took, memory >> 20, end, what))
        if took > 3:
            heard = seconds_to_call_off(clerk, what, dice.uniform(0.2, min(took, 10)))
            called_off += [] if heard is None else [heard]
    with capsys.disabled():
        print(f"\n{len(FILES)} files; most memory {max(each[1] for each in told)} MB more")
        print(f"{len(called_off)} called off, the slowest after {max(called_off, default=0):.2f} s")
        for end in sorted({each[2] for each in told}):
            print(f"  {sum(each[2] == end for each in told):4} {end}")
        for took, memory, end, what in sorted(told, reverse=True)[:12]:
            print(f"  {took:6.1f} s {memory:5} MB {end:24} {what}")
