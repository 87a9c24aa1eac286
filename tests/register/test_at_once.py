"""Much work in one transaction, and a change that gets in its way."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, connections

from simpul.kit.actor import Actor
from simpul.record.change import Change, change
from simpul.record.models import LogEntry
from simpul.register.imports.at_once import at_once
from simpul.register.models import Site

pytestmark = pytest.mark.django_db(transaction=True)


def test_work_and_entry_hold_together_or_not_at_all(clerk: Actor, site: Site) -> None:
    def tell(this: Change, done: int) -> None:
        this.did(LogEntry.Verb.IMPORTED, "x", str(done))
        raise KeyError

    with pytest.raises(KeyError):
        at_once(clerk, lambda: Site.objects.update(note="x"), tell)
    assert not Site.objects.filter(note="x").exists()
    assert not LogEntry.objects.filter(verb="imported").exists()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one write at a time")
def test_a_change_that_waits_for_one_of_our_rows_passes_first(clerk: Actor, site: Site) -> None:
    head_is_theirs = threading.Event()
    tries: list[int] = []

    def theirs() -> None:
        with change(clerk):
            head_is_theirs.set()
            Site.objects.filter(pk=site.pk).update(note="theirs")
        connections.close_all()

    other = threading.Thread(target=theirs)

    def work() -> None:
        Site.objects.filter(pk=site.pk).update(address="ours")
        tries.append(1)
        if len(tries) == 1:
            other.start()
            assert head_is_theirs.wait(5)

    at_once(clerk, work, lambda this, _: this.did(LogEntry.Verb.IMPORTED, "x", "y"))
    other.join()
    assert Site.objects.values_list("note", "address").get() == ("theirs", "ours")
    assert len(tries) == 2
    assert LogEntry.objects.filter(verb="imported").count() == 1
