"""The group `store`: the one process that opens the column store, takes the spool in and answers questions."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence

from simpul.configuration import Configuration, load
from simpul.kit.component import Component, run_components
from simpul.store.door import Config as DoorConfig
from simpul.store.door import Door
from simpul.store.engine import Engine, Limits
from simpul.store.ingest import Config as IngestConfig
from simpul.store.ingest import Ingest
from simpul.store.tables import Retention, sample_tables

MB = 1_000_000


def register(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(_: argparse.Namespace) -> int:
    """Until SIGTERM; 1 when the store could not go on. Raises Problem where another process has it open."""
    configuration = load()
    engine = Engine(configuration.data.store / "engine")
    # Before the door, which would take the other one's place.
    engine.claim()
    return asyncio.run(run_components(store_components(configuration, engine), configuration.data.run, "store"))


def store_components(configuration: Configuration, engine: Engine) -> Sequence[Component]:
    """The door stands behind the engine's owner."""
    settings, data = configuration.store, configuration.data
    keep = Retention(settings.raw_days, settings.five_minute_days, settings.hour_days)
    ingest = Ingest(IngestConfig(data.spool, settings.guard_mb * MB), engine, sample_tables(keep))
    limits = Limits(seconds=settings.query_seconds, memory=settings.query_mb * MB)
    return [ingest, Door(DoorConfig(data.store_socket, limits), engine, ingest)]
