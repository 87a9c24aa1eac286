"""Real processes on the test's database: begun by role, killed by pid, none left over."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from django.db import connection

from waiting import PATIENCE_SECONDS

TESTS = Path(__file__).resolve().parents[1]
# The database is named before Django looks, and the roles are read once Django is there.
START = """
import logging, sys, django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
logging.disable(logging.CRITICAL)
from record import life
life.main()
"""


class Nursery:
    """A process that forks others. Lines that any of them writes are read with `hear`."""

    def __enter__(self) -> Self:
        self._lines: queue.Queue[str] = queue.Queue()
        self._process = subprocess.Popen(
            [sys.executable, "-c", START, str(connection.settings_dict["NAME"])],
            env={**os.environ, "PYTHONPATH": f"{TESTS.parent / 'src'}:{TESTS}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Its lives die with it.
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                stream.close()

    def begin(self, *role: object) -> int:
        """Start a life; its pid."""
        self._tell(*role)
        return int(self.hear("born"))

    def kill(self, pid: int, number: signal.Signals = signal.SIGKILL) -> None:
        """Signal a life and wait until it is gone."""
        os.kill(pid, number)
        self._tell("reap", pid)
        self.hear("dead")

    def hear(self, word: str, seconds: float = PATIENCE_SECONDS) -> str:
        """What follows in the next line that begins with `word`; lines before it are passed over."""
        until = time.monotonic() + seconds
        while True:
            said, _, rest = self._lines.get(timeout=max(0.01, until - time.monotonic())).partition(" ")
            if said == word:
                return rest

    def _tell(self, *words: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(str(word) for word in words) + "\n")
        self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.strip())
