"""The group `store`: the one process that opens the column store, takes the spool in and answers queries."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence

from simpul.configuration import Configuration, load
from simpul.engines.chdb import Engine, Limits
from simpul.kit.component import Component, run_components
from simpul.store.ingest import Config as IngestConfig
from simpul.store.ingest import Ingest
from simpul.store.query_server import Config as QueryConfig
from simpul.store.query_server import QueryServer
from simpul.store.tables import DATABASE, Retention, sample_tables

MB = 1_000_000


def register(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(_: argparse.Namespace) -> int:
    """Until SIGTERM; 1 when the store could not go on. Raises Problem where another process has it open."""
    configuration = load()
    engine = Engine(configuration.data.store / "engine", DATABASE)
    # Before the query server, which would take the other one's socket.
    engine.claim()
    return asyncio.run(run_components(store_components(configuration, engine), configuration.data.run, "store"))


def store_components(configuration: Configuration, engine: Engine) -> Sequence[Component]:
    """The ingest owns the engine; the query server starts after it."""
    settings, data = configuration.store, configuration.data
    keep = Retention(settings.raw_days, settings.five_minute_days, settings.hour_days)
    ingest = Ingest(IngestConfig(data.spool, settings.guard_mb * MB), engine, sample_tables(keep))
    limits = Limits(seconds=settings.query_seconds, memory=settings.query_mb * MB)
    return [ingest, QueryServer(QueryConfig(data.store_socket, limits), engine, ingest)]
