"""Many processes write at once; none is told that the database is locked, and no line of the log is lost."""

from __future__ import annotations

import json

import pytest

from record.nursery import Nursery
from simpul.record import service as record
from simpul.record.models import Credential

WRITERS = 6


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seconds", [5, pytest.param(60, marks=pytest.mark.long)])
def test_six_writers_at_once_never_meet_a_locked_database(seconds: int) -> None:
    with Nursery() as nursery:
        for number in range(WRITERS):
            nursery.begin("writer", seconds, f"writer-{number}")
        told = [json.loads(nursery.hear("told", seconds + 30)) for _ in range(WRITERS)]
    writes = sum(each["writes"] for each in told)
    verdict = record.verify_chain()
    print(f"{writes / seconds:.0f} writes/s, longest wait {max(each['longest'] for each in told):.2f} s")
    assert sum(each["locked"] for each in told) == 0
    assert (verdict.fault, verdict.entries, Credential.objects.count()) == (None, writes, writes)
    assert min(each["writes"] for each in told) > 0, "a writer was starved"
