"""A thread that does one thing over and over, with its own database connection, until it is told to stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from django.db import connections

log = logging.getLogger(__name__)
LONGEST_PAUSE = 30.0


class Worker:
    """Calls `step` again at once while it returns True, and after `pause` seconds when it returns False.

    An exception does not end the thread: it is logged, shown as `trouble`, and the pause doubles (up to 30 s) until
    a step succeeds. The thread never keeps the program from ending.
    """

    def __init__(self, name: str, step: Callable[[], bool], pause: float, stopping: threading.Event) -> None:
        self.trouble = ""
        self._failures = 0
        self._step = step
        self._pause = pause
        self._stopping = stopping
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def join(self, seconds: float) -> bool:
        """Wait for the end of the thread; whether it came. Set the `stopping` event first."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._stopping.wait(self._once())
        finally:
            connections.close_all()

    def _once(self) -> float:
        """One step; the seconds to wait after it."""
        try:
            more = self._step()
        except Exception as error:
            log.exception("%s: a round failed; it is tried again", self._thread.name)
            # The connection may be what broke: the next round makes a new one.
            connections.close_all()
            self._failures = min(self._failures + 1, 16)
            self.trouble = f"{type(error).__name__}: {error}".splitlines()[0]
            return min(self._pause * float(1 << self._failures), LONGEST_PAUSE)
        for connection in connections.all(initialized_only=True):
            # Somebody's statement failed and was survived; see whether it was the connection that broke.
            if connection.errors_occurred:
                connection.close_if_unusable_or_obsolete()
        self._failures = 0
        self.trouble = ""
        return 0.0 if more else self._pause
