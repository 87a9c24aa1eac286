"""The one way in which tests wait: for a state, with a limit that a busy machine does not reach.

How long a state took is no test's verdict; what must be quick is measured by a program of bench/.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

PATIENCE_SECONDS = 120.0


def until(
    condition: Callable[[], Any],
    seconds: float = PATIENCE_SECONDS,
    *,
    otherwise: Callable[[], object] | str = "what was waited for did not happen",
    pause: Callable[[], object] = lambda: time.sleep(0.02),
) -> Any:
    """What `condition()` returns, as soon as that is true. Raises AssertionError with `otherwise` after `seconds`.

    `pause` lets something else happen between two looks: a browser's page, for one, lives only while it is waited for.
    """
    end = time.monotonic() + seconds
    while True:
        late = time.monotonic() > end  # before the look: whoever was not given a processor has one look left
        if found := condition():
            return found
        if late:
            raise AssertionError(_words(otherwise, seconds))
        pause()


async def becomes(
    condition: Callable[[], Any],
    seconds: float = PATIENCE_SECONDS,
    *,
    otherwise: Callable[[], object] | str = "what was waited for did not happen",
) -> Any:
    """`until` by the time of the running event loop; the condition may be a coroutine function."""
    clock = asyncio.get_running_loop()
    end = clock.time() + seconds
    while True:
        late = clock.time() > end
        found = condition()
        if inspect.isawaitable(found):
            found = await found
        if found:
            return found
        if late:
            raise AssertionError(_words(otherwise, seconds))
        await asyncio.sleep(0.01)


def _words(otherwise: Callable[[], object] | str, seconds: float) -> str:
    return f"{otherwise() if callable(otherwise) else otherwise} (within {seconds:g} s)"
