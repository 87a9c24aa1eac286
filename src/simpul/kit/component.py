"""What every daemon of the program is: inert until started, stopped in reverse, healthy or not at any time."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from simpul.kit.health import Health, write_report

log = logging.getLogger(__name__)


class Component(ABC):
    """A part that runs by itself. Its constructor only keeps a frozen `Config` and its dependencies.

    `start` returns soon: what may take long (a peer that is not there yet) goes on in the background while
    `health` says "starting". Which process a component runs in is decided elsewhere.
    """

    name: str

    @abstractmethod
    async def start(self) -> None:
        """Begin to work. An exception ends the group process; the supervisor tries again later."""

    @abstractmethod
    async def stop(self) -> None:
        """End within two seconds; called once, also after a failed start of a later component."""

    @abstractmethod
    def health(self) -> Health:
        """How it is now; quick, never raises."""

    async def finished(self) -> None:
        """Return or raise only when the component cannot go on; its group process is then restarted."""
        await asyncio.Event().wait()


async def run_components(
    components: Sequence[Component],
    run_dir: Path,
    group: str,
    *,
    report_every: float = 1.0,
    stop_within: float = 2.0,
) -> int:
    """Start in order, report health, stop in reverse order on SIGTERM or SIGINT. Returns the exit status.

    1 means that a component did not start or could not go on.
    """
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    started: list[Component] = []
    reporter = asyncio.create_task(_report(components, started, run_dir, group, report_every))
    try:
        for component in components:
            # Kept before the start, so that a half-started component is stopped as well.
            started.append(component)
            await component.start()
        return await _until_asked_or_broken(components, asked)
    except Exception:
        log.exception("%s: component %s did not start", group, started[-1].name)
        return 1
    finally:
        for component in reversed(started):
            await _stop(component, stop_within)
        reporter.cancel()
        write_report(run_dir, group, {component.name: Health("off", "stopped") for component in components})


async def _until_asked_or_broken(components: Sequence[Component], asked: asyncio.Event) -> int:
    waits = {asyncio.create_task(component.finished()): component for component in components}
    stop = asyncio.create_task(asked.wait())
    done, pending = await asyncio.wait({stop, *waits}, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    broken = [(component, task) for task, component in waits.items() if task in done]
    for component, task in broken:
        log.error("component %s could not go on", component.name, exc_info=task.exception())
    return 1 if broken else 0


async def _stop(component: Component, within: float) -> None:
    try:
        await asyncio.wait_for(component.stop(), within)
    except Exception:
        log.exception("component %s did not stop in order", component.name)


async def _report(
    components: Sequence[Component], started: Sequence[Component], run_dir: Path, group: str, every: float
) -> None:
    while True:
        waiting = Health("starting", "waits for the components before it")
        healths = {each.name: _health_of(each) if each in started else waiting for each in components}
        try:
            write_report(run_dir, group, healths)
        except Exception:
            log.exception("the health of %s could not be written", group)
        await asyncio.sleep(every)


def _health_of(component: Component) -> Health:
    """How it says it is. One that cannot say so is down, and the others are still heard."""
    try:
        health = component.health()
        json.dumps(dict(health.counters))
        return Health(health.state, str(health.detail), health.counters)
    except Exception as error:
        log.debug("the health of %s could not be read", component.name, exc_info=True)
        return Health("down", f"its health could not be read: {type(error).__name__}: {error}"[:300])
