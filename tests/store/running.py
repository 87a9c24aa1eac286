"""A real store: the process `simpul run store` on a folder of its own, and what tests ask of it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simpul.kit.problem import Problem
from simpul.store import spool
from simpul.store.client import Client
from simpul.store.samples import Samples
from simpul.store.spool import Spool
from up.processes import environment
from waiting import until

CAP = 200_000_000


class RunningStore:
    """One data folder and at most one store process on it."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.spool_folder = folder / "spool"
        self.client = Client(folder / "run" / "store.sock")
        self.settings = dict(settings or {})
        self.process: subprocess.Popen[bytes] | None = None
        (folder / "run" / "health").mkdir(parents=True, exist_ok=True)
        # As the process tree has it: what a killed engine leaves lies in its own folder.
        (folder / "tmp").mkdir(exist_ok=True)

    def start(self, *, and_wait: bool = True) -> None:
        """Open the folder; with `and_wait` until questions are answered."""
        environ = (
            environment(SIMPUL_DATA_FOLDER=str(self.folder), SIMPUL_STORE_GUARD_MB="0", TMPDIR=str(self.folder / "tmp"))
            | self.settings
        )
        self.process = subprocess.Popen([sys.executable, "-m", "simpul", "run", "store"], env=environ)
        if and_wait:
            until(self.answers, 120)

    def answers(self) -> bool:
        """Whether the query server answers."""
        try:
            return self.client.ask("SELECT 1").rows == [[1]]
        except Problem:
            return False

    def kill(self) -> None:
        """As a power cut ends a process."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """In order. Returns the exit status."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(60)

    def write(self, metric: str, ref: str, moments: list[int], values: list[float]) -> None:
        """Put one segment into the spool and wait until it is in the store."""
        self.put(metric, ref, moments, values)
        self.drained()

    def put(self, metric: str, ref: str, moments: list[int], values: list[float]) -> None:
        """Put one segment into the spool."""
        samples = Samples(Spool(self.spool_folder, "test", CAP))
        samples.add_many(metric, ref, moments, values)
        assert samples.flush() == len(values)

    def drained(self, seconds: float = 120.0) -> None:
        """Wait until nothing is left in the spool."""
        until(lambda: not spool.segments(self.spool_folder), seconds)

    def number(self, sql: str, **params: Any) -> float:
        """The one number that the question asks for."""
        return self.client.ask(sql, params).rows[0][0] or 0

    def counted(self, metric: str) -> tuple[float, float, float]:
        """How many samples of the metric the three tables know of."""
        raw = self.number("SELECT count() FROM samples WHERE metric = {m:String}", m=metric)
        five, hour = (
            self.number(f"SELECT sum(count) FROM {table} WHERE metric = {{m:String}}", m=metric)
            for table in ("samples_5m", "samples_1h")
        )
        return raw, five, hour

    def summed(self, metric: str) -> tuple[float, float, float]:
        """The sum of the metric's values in the three tables."""
        raw = self.number("SELECT sum(value) FROM samples WHERE metric = {m:String}", m=metric)
        five, hour = (
            self.number(f"SELECT sum(total) FROM {table} WHERE metric = {{m:String}}", m=metric)
            for table in ("samples_5m", "samples_1h")
        )
        return raw, five, hour

    def health(self) -> dict[str, Any]:
        """What it says of itself, from its health file."""
        path = self.folder / "run" / "health" / "store.json"
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["components"]["store"]
        return found


def minute() -> int:
    """The begin of this minute, in Unix seconds."""
    return int(time.time()) // 60 * 60
