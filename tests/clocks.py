"""A clock that stands still until a test moves it; for components and everything else that is handed a clock."""

from __future__ import annotations

import asyncio
import math
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import Any


class HeldClock:
    """Begins on a Tuesday morning. `move` turns wall time and the monotonic count together, `jump` wall time alone."""

    def __init__(self, at: datetime = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)) -> None:
        self._at = at
        self._passed = timedelta(0)

    def now(self) -> datetime:
        """UTC."""
        return self._at

    def monotonic(self) -> float:
        """Seconds since the clock was made."""
        return self._passed.total_seconds()

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self._passed += timedelta(seconds=seconds)
        self.jump(seconds)

    def jump(self, seconds: float) -> None:
        """Set the wall clock; no time passes."""
        self._at += timedelta(seconds=seconds)


def play(clock: HeldClock, scene: Coroutine[Any, Any, None]) -> None:
    """Run the scene in an event loop that lives by `clock`: where all only wait, the clock moves to the next timer.

    So minutes of waiting take no time, and a busy machine changes nothing. Work in threads is waited for as it is.
    """
    with asyncio.Runner(loop_factory=lambda: _HeldLoop(clock)) as runner:
        runner.run(scene)


class _HeldLoop(asyncio.SelectorEventLoop):
    """Its time is the clock's."""

    def __init__(self, clock: HeldClock) -> None:
        self._clock, self._in_threads = clock, 0
        super().__init__(_MovingSelector(self._move))

    def time(self) -> float:
        return self._clock.monotonic()

    def run_in_executor(self, executor: Executor | None, func: Callable[..., Any], *args: Any) -> Any:  # type: ignore[override]
        work = super().run_in_executor(executor, func, *args)
        self._in_threads += 1
        work.add_done_callback(self._thread_is_done)
        return work

    def _thread_is_done(self, _: object) -> None:
        self._in_threads -= 1

    def _move(self, seconds: float) -> bool:
        """Whether the clock was moved: not while a thread works, whose end is the next thing that happens."""
        if self._in_threads:
            return False
        # The clock counts microseconds; rounded down, the timer would never be reached.
        self._clock.move(math.ceil(seconds * 1e6) / 1e6)
        return True


class _MovingSelector(selectors.DefaultSelector):
    """Hands out what is there; in place of waiting for a timer it lets the clock be moved."""

    def __init__(self, move: Callable[[float], bool]) -> None:
        super().__init__()
        self._move_clock = move

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is not None and self._move_clock(timeout):
            return []
        return super().select(None)
