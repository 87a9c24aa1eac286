"""The log, for who may read it."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from simpul.kit.actor import Actor
from simpul.record.models import LogEntry
from simpul.record.permissions import SEE_AUDIT


def entries(actor: Actor) -> QuerySet[LogEntry]:
    """All entries, newest first; filter by `of`, `actor_key` or `at`: these have indexes.

    Raises Forbidden.
    """
    actor.require(SEE_AUDIT)
    return LogEntry.objects.all()


def of(ref: str, kind: str = "") -> Q:
    """Entries of the object, and of what belongs to it: a site's devices and roll-out steps with the site's own."""
    if kind:
        return Q(kind=kind, ref=ref) | Q(about_kind=kind, about_ref=ref)
    return Q(ref=ref) | Q(about_ref=ref)
