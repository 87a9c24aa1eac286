"""Django's `flush`, which empties the whole database, in spite of the triggers that guard log and evidence."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import flush
from django.db import connections

from simpul.record import guards


class Command(flush.Command):
    """The guards are back when it returns. Tests with real transactions clean up by it."""

    def handle(self, **options: Any) -> None:
        """Empty every table."""
        connection = connections[options["database"]]
        guards.remove(connection)
        try:
            super().handle(**options)
        finally:
            guards.install(connection)
