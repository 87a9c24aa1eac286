"""Keeps the own bus's certificate from ending while Simpul runs; at a start the bus itself sees to it."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from simpul.configuration import Configuration
from simpul.engines.certificate_store import Store
from simpul.engines.certificates import ends, ensure
from simpul.engines.nats_server import running
from simpul.kit.clock import Clock, SystemClock
from simpul.kit.component import Component
from simpul.kit.health import Health
from simpul.kit.problem import Problem
from simpul.up.bus_access import certificate_names, server_file

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Config:
    """`server_settings` is the running server's configuration file."""

    store: Store
    names: tuple[str, ...]
    server_settings: Path
    every_seconds: float = 6 * 3600.0


def renewals(configuration: Configuration) -> list[Renewal]:
    """One for the own bus; none where another is used."""
    if configuration.bus.url:
        return []
    config = Config(
        Store(configuration.data.folder),
        tuple(certificate_names(configuration)),
        server_file(configuration),
    )
    return [Renewal(config)]


class Renewal(Component):
    """Looks a few times a day; a new certificate is shown to whoever connects from then on."""

    name = "bus-certificate"

    def __init__(self, config: Config, clock: Clock | None = None) -> None:
        self.config = config
        self._clock = clock or SystemClock()
        self._task: asyncio.Task[None] | None = None
        self._health = Health("starting")

    async def start(self) -> None:
        """Begin to look; the first time a while from now, since the bus itself has just looked."""
        self._health = self._seen()
        self._task = asyncio.create_task(self._look())

    async def stop(self) -> None:
        """End looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    def health(self) -> Health:
        """Until when the certificate is valid."""
        return self._health

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(self.config.every_seconds)
            try:
                renewed = await asyncio.to_thread(ensure, self.config.store, self.config.names, self._clock.now())
            except (Problem, OSError) as error:
                log.warning("the certificate of the bus cannot be renewed: %s", error)
                self._health = Health("down", str(error))
                continue
            if renewed:
                self._tell_server()
            self._health = self._seen()

    def _tell_server(self) -> None:
        pid = running(self.config.server_settings)
        if pid is not None:
            os.kill(pid, signal.SIGHUP)
            log.info("the bus shows a new certificate")

    def _seen(self) -> Health:
        try:
            found = ends(self.config.store)
        except (Problem, OSError) as error:
            return Health("down", str(error))
        return Health("up", f"valid until {_day(found.server)}" if found else "made when the bus starts")


def _day(at: datetime) -> str:
    return at.date().isoformat()
