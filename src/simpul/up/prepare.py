"""What must be done once before the tree starts: tables, static files, and the demonstration's data."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Sequence

from django.conf import settings
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, Error, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from simpul.configuration import Configuration, load
from simpul.kit.problem import Problem
from simpul.up.instance import explain

log = logging.getLogger(__name__)
PrepareDemo = Callable[[Configuration], Sequence[str]]


def register(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(_: argparse.Namespace, provide: Callable[[], PrepareDemo]) -> int:
    """Print what people must read once (a one-time password); it never becomes a line of the log."""
    configuration = load()
    try:
        if configuration.database.migrate or configuration.demo.on:
            migrate()
        try_to_write()
    except Error as error:
        raise Problem(explain(error, configuration)) from None
    collect_static_files()
    if configuration.demo.on:
        for line in provide()(configuration):
            print(line, flush=True)
    return 0


def migrate() -> None:
    """Apply what is pending; quick when nothing is."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        call_command("migrate", interactive=False, verbosity=0)
        log.info("brought the tables of the database up to date: %d changes", len(pending))


def try_to_write() -> None:
    """Raise DatabaseError where the database can only be read: pages would open, and every change would fail."""
    connection = connections[DEFAULT_DB_ALIAS]
    recorder = MigrationRecorder(connection)
    if recorder.has_table():
        with transaction.atomic():
            recorder.migration_qs.filter(pk=-1).update(name="")


def collect_static_files() -> None:
    """Copy all apps' static files to the one folder that the web server serves by itself."""
    if settings.STATIC_ROOT:
        call_command("collectstatic", interactive=False, verbosity=0)
