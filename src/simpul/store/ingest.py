"""Takes finished segments from the spool into the column store: one insert per segment, its name as token.

A segment's file is removed only after the engine has made its rows durable. Killed in between, the next life inserts
it again, and the token makes that count once. What the engine cannot read goes to `broken/` and blocks nothing.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import threading
import time
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from simpul.engines.chdb import Engine, EngineError
from simpul.engines.chdb_damage import damaged_part, remedy
from simpul.kit.component import Component
from simpul.kit.health import Health
from simpul.store import spool
from simpul.store.logic.jump import Doubt
from simpul.store.logic.need import Held, needed, shown
from simpul.store.note import Note, read_note, write_note
from simpul.store.spool import Segment
from simpul.store.tables import DATABASE, Table, statements

log = logging.getLogger(__name__)

# ClickHouse's numbers of errors that are about the bytes, not about this machine or this moment.
ABOUT_THE_DATA = frozenset({6, 8, 10, 16, 20, 27, 32, 33, 36, 38, 41, 43, 49, 50, 53, 70, 72, 117, 130, 349, 636})
# Those that say nothing of a segment: time, memory, room, too many parts, ended from outside.
ABOUT_THE_MACHINE = frozenset({74, 75, 76, 159, 202, 241, 243, 252, 394, 425, 1002})
ATTEMPTS = 5
# A store that could not be opened is tried again after so long, by a new process: the engine starts once in each.
AGAIN_SECONDS = 60.0
# What a disk may be short of before the numbers are looked at again.
MEASURE_EVERY = 30.0
CLOCK_JUMPED = "the clock has jumped since the last look: for a day nothing is forgotten for its age. Check the clock"
_PARTS = (
    "SELECT table, sum(rows), sum(bytes_on_disk), sumIf(rows, max_time >= now() - 86400), "
    "toUnixTimestamp(now()) - toUnixTimestamp(minIf(min_time, max_time >= now() - 86400)) "
    "FROM system.parts WHERE active AND database = {database:String} GROUP BY table"
)


_SET_ASIDE = (
    "SELECT table, name FROM system.detached_parts WHERE database = {database:String} AND startsWith(reason, 'broken')"
)
_AGES = "SELECT name, engine_full FROM system.tables WHERE database = {database:String}"


@dataclass(frozen=True)
class Config:
    """`guard_bytes` must stay free on the disk; `stop_within` is what a running insert is waited for."""

    spool: Path
    guard_bytes: int
    poll_seconds: float = 0.2
    stop_within: float = 1.8


@dataclass(slots=True)
class _Totals:
    """Since the start; read by the health, written by the one working thread."""

    segments: int = 0
    rows: int = 0
    broken: int = 0
    retries: int = 0
    slowest_ms: float = 0.0


class Ingest(Component):
    """Owns the engine: opens it, feeds it, closes it."""

    name = "store"

    def __init__(self, config: Config, engine: Engine, tables: Sequence[Table]) -> None:
        self.config = config
        self.engine = engine
        self.tables = {table.name: table for table in tables}
        # Whoever reads waits for this.
        self.opened = threading.Event()
        self._stopping = threading.Event()
        self._totals = _Totals()
        self._failures: dict[str, int] = {}
        self.trouble = ""
        self._damaged = ""
        self._set_aside: tuple[str, ...] = ()
        self._doubt = Doubt(None)
        self._keeps_all = False
        self._held = ""
        self._measured = -MEASURE_EVERY
        self._disk_full = False
        self._work: asyncio.Future[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ingest")

    async def start(self) -> None:
        """The engine opens in the background."""
        self._work = asyncio.get_running_loop().run_in_executor(self._thread, self._run)

    async def finished(self) -> None:
        """Ends by an error that was not foreseen, and some time after the store could not be opened."""
        if self._work is not None:
            await asyncio.shield(self._work)

    async def stop(self) -> None:
        """Let the running insert end; what is not inserted waits in the spool."""
        self._stopping.set()
        if self._work is not None:
            await asyncio.wait({self._work}, timeout=self.config.stop_within)
        self._thread.shutdown(wait=False, cancel_futures=True)

    def health(self) -> Health:
        """Down where measurements wait for a person: no room on the disk, or the engine refuses."""
        waiting = len(spool.segments(self.config.spool))
        lost = sum(spool.losses(self.config.spool).values())
        broken = spool.broken_files(self.config.spool)
        counters: dict[str, int | float] = {
            "segments": self._totals.segments,
            "rows": self._totals.rows,
            "retries": self._totals.retries,
            "waiting": waiting,
            "waiting_bytes": spool.waiting_bytes(self.config.spool),
            "broken": broken,
            "lost_rows": lost,
            "slowest_insert_ms": round(self._totals.slowest_ms, 1),
        }
        if self.trouble:
            return Health("down", f"{self.trouble}; {waiting} segments wait in the spool", counters)
        if not self.opened.is_set():
            return Health("starting", "the column store opens", counters)
        if self._damaged:
            why = f"{self._damaged} is damaged, and what asks for it fails: {remedy(self.engine.folder)}"
            return Health("down", why, counters)
        notes = [self._held] if self._held else []
        notes += [CLOCK_JUMPED] if self._keeps_all else []
        notes += [f"damaged and set aside, its measurements are missing: {part}" for part in self._set_aside[:3]]
        notes += [f"{broken} damaged segments in {self.config.spool / 'broken'}"] if broken else []
        notes += [f"{lost} measurements were lost while the spool was full"] if lost else []
        return Health("up", "; ".join(notes), counters)

    def met_damage(self, error: EngineError) -> str:
        """The part whose bytes an answer has failed at, which the health tells from then on; empty for none."""
        damaged = damaged_part(str(error), error.code)
        if damaged and not self._damaged:
            self._damaged = damaged
            log.error("the store in %s: %s is damaged. %s", self.engine.folder, damaged, remedy(self.engine.folder))
        return damaged

    def _open(self) -> bool:
        note = read_note(self.engine.folder.parent)
        self._doubt = Doubt(note.at if note else None)
        try:
            self.engine.open(statements(list(self.tables.values())), note.rows if note else {})
            self._doubt_the_clock()
            self._keep_as_told()
        except EngineError as error:
            folder = self.engine.folder
            self.trouble = f"the store in {folder} cannot be opened: {str(error)[:200]}. To mend it, {remedy(folder)}"
            log.error("%s. What is measured waits in the spool", self.trouble)
            return False
        return True

    def _run(self) -> None:
        try:
            if not self._open():
                self._stopping.wait(AGAIN_SECONDS)
                return
            self.opened.set()
            spool.remove_drafts(self.config.spool)
            while not self._stopping.is_set():
                self._measure()
                if not self._round():
                    self._stopping.wait(self.config.poll_seconds)
        finally:
            self.engine.close()

    def _keep_as_told(self) -> None:
        """Change the age of those tables only that were made for another one: it is work for the whole table."""
        found = dict(self.engine.rows(_AGES, {"database": DATABASE}))
        for table in self.tables.values():
            if f"TTL {table.ttl} " not in found[table.name]:
                self.engine.command(table.retention())
                log.info("%s is kept for %d days from now on", table.name, table.days)

    def _round(self) -> bool:
        """Insert what waits; whether there was anything."""
        waiting = spool.segments(self.config.spool)
        failed = 0
        for segment in waiting:
            if self._stopping.is_set() or not self._room():
                return False
            failed += not self._take(segment)
            # What fails for one reason now fails for the next one too: look again in a while.
            if failed >= ATTEMPTS:
                break
        if failed:
            self._stopping.wait(1.0)
        return bool(waiting)

    def _room(self) -> bool:
        """Whether the disk may be written to."""
        free = shutil.disk_usage(self.engine.folder).free
        full = free < self.config.guard_bytes
        if full != self._disk_full:
            self._disk_full = full
            if full:
                guard = shown(self.config.guard_bytes)
                self.trouble = f"only {shown(free)} free on the disk, store.guard_mb keeps {guard}: nothing is taken in"
                log.error("%s", self.trouble)
            else:
                self.trouble = ""
                log.info("the disk has room again: %s free", shown(free))
        return not full

    def _take(self, segment: Segment) -> bool:
        """Insert one segment; False when it must be tried again."""
        began = time.monotonic()
        try:
            data = self._read(segment)
        except FileNotFoundError:
            return True
        except (OSError, zlib.error, ValueError) as error:
            return self._put_aside(segment, str(error))
        try:
            self.engine.insert(segment.table, segment.token, data, segment.format)
        except EngineError as error:
            return self._refused(segment, error)
        segment.path.unlink(missing_ok=True)
        self._failures.pop(segment.token, None)
        if not self._disk_full:
            self.trouble = ""
        self._totals.segments += 1
        self._totals.rows += segment.rows
        self._totals.slowest_ms = max(self._totals.slowest_ms, (time.monotonic() - began) * 1000)
        return True

    def _read(self, segment: Segment) -> bytes:
        """The rows as the engine reads them. Raises ValueError when they are not what was written."""
        data = segment.path.read_bytes()
        if zlib.crc32(data) != segment.crc:
            raise ValueError("the bytes are not those that were written")
        if segment.table not in self.tables:
            raise ValueError(f"there is no table {segment.table}")
        return zlib.decompress(data) if segment.format == "native.z" else data

    def _refused(self, segment: Segment, error: EngineError) -> bool:
        if error.code in ABOUT_THE_DATA:
            return self._put_aside(segment, str(error))
        self._totals.retries += 1
        if error.code in ABOUT_THE_MACHINE:
            return self._hindered(error)
        failures = self._failures[segment.token] = self._failures.get(segment.token, 0) + 1
        # It is the segment and not the machine when others go in.
        if failures >= ATTEMPTS and not self.trouble:
            return self._put_aside(segment, str(error))
        if failures == 1:
            log.warning("%s was not inserted (attempt 1): %s", segment.token, error)
        return self._hindered(error)

    def _hindered(self, error: EngineError) -> bool:
        self.trouble = f"the column store refuses: {str(error)[:200]}"
        return False

    def _put_aside(self, segment: Segment, why: str) -> bool:
        spool.put_aside(segment)
        self._failures.pop(segment.token, None)
        self._totals.broken += 1
        log.error("%s cannot be read and was put aside (%d rows): %s", segment.token, segment.rows, why[:300])
        return True

    def _measure(self) -> None:
        """How much is held and will be: for the health, and for `simpul doctor`, which must not open the store."""
        now = time.monotonic()
        if now - self._measured < MEASURE_EVERY:
            return
        self._measured = now
        try:
            self._doubt_the_clock()
            self._note_need()
        except (EngineError, OSError) as error:
            log.warning("what the store needs could not be measured: %s", error)

    def _doubt_the_clock(self) -> None:
        """While the clock has only just jumped, nothing is forgotten for its age."""
        doubted = self._doubt.look(time.time(), time.monotonic())
        if doubted == self._keeps_all:
            return
        self.engine.command(f"SYSTEM {'STOP' if doubted else 'START'} TTL MERGES")
        self._keeps_all = doubted
        log.warning("%s", CLOCK_JUMPED if doubted else "what is too old is forgotten again")

    def _note_need(self) -> None:
        held = [
            Held(name, int(rows), int(size), int(recent), float(seconds), table.days, table.row_bytes)
            for name, rows, size, recent, seconds in self.engine.rows(_PARTS, {"database": DATABASE})
            if (table := self.tables.get(name))
        ]
        size, need = sum(table.size for table in held), needed(held)
        free = shutil.disk_usage(self.engine.folder).free
        told = (
            "what its retention needs is not known yet" if need is None else f"its retention needs about {shown(need)}"
        )
        self._held = f"holds {shown(size)}; {told}; {shown(free)} free"
        rows = {table.name: table.rows for table in held}
        self._look_for_damage()
        write_note(self.engine.folder.parent, Note(size, need, time.time(), rows, self._set_aside))

    def _look_for_damage(self) -> None:
        """The engine goes on without parts that it cannot read, and says so nowhere."""
        found = self.engine.rows(_SET_ASIDE, {"database": DATABASE})
        parts = tuple(sorted(f"part {name} of {DATABASE}.{table}" for table, name in found))
        for part in set(parts) - set(self._set_aside):
            log.error("%s was damaged and is set aside: its measurements are missing", part)
        self._set_aside = parts
