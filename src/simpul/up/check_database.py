"""What `simpul doctor` must ask Django: is the database there, are its tables up to date."""

from __future__ import annotations

import argparse
import json

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor


def register(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(_: argparse.Namespace) -> int:
    """Print `{"vendor", "version", "pending"}` or `{"error"}`; never creates anything."""
    connection = connections[DEFAULT_DB_ALIAS]
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        print(json.dumps({"error": str(error).strip()}))
        return 1
    names = [f"{migration.app_label}.{migration.name}" for migration, _ in pending]
    print(json.dumps({"vendor": connection.vendor, "pending": names}))
    return 0
