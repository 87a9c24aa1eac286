"""The log, for who may read it."""

from __future__ import annotations

from django.db.models import QuerySet

from simpul.kit.actor import Actor
from simpul.record.models import LogEntry
from simpul.record.permissions import SEE_AUDIT


def entries(actor: Actor) -> QuerySet[LogEntry]:
    """All entries, newest first; filter by `kind` and `ref`, `actor_key` or `at`: these have indexes.

    Raises Forbidden.
    """
    actor.require(SEE_AUDIT)
    return LogEntry.objects.all()
