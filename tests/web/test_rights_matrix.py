"""Who may open which address: every address, API operation and live topic against `rights_matrix.csv`, line by line.

The matrix is made by hand and by thought; a draft is made by

    RIGHTS_DRAFT=1 python -m pytest tests/web/test_rights_matrix.py

which writes what the program does now into `rights_matrix.csv`. Then read `git diff` of that file: each new or
changed cell is either right, or a hole. What the names in a path stand for is said in `rights_walk.py`.

A cell is the status that the column gets: 200 or 302 it may; `login` it is sent to sign in; 403 it is told that its
roles do not allow this; 404 the object does not exist for it; 405 no such method; 400, 409 or 422 it may, but what
was sent (a form: nothing) is not enough or does not fit. What is answered before Django (`bare:`, `feed:`) leads
nobody to the sign-in page: 401 instead.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from web.rights_walk import COLUMNS, Row, World, build_world, rows

pytestmark = pytest.mark.django_db
MATRIX = Path(__file__).with_name("rights_matrix.csv")
DRAFT = bool(os.environ.get("RIGHTS_DRAFT"))
Key = tuple[str, str]


def written() -> dict[Key, dict[str, str]]:
    """(route, method) -> column -> status, as committed."""
    if not MATRIX.exists():
        return {}
    with MATRIX.open(encoding="utf-8", newline="") as file:
        return {(line["route"], line["method"]): line for line in csv.DictReader(file)}


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """The town, told once; taken back after the last address."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build_world()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def drafted() -> Iterator[list[dict[str, str]]]:
    """Lines of a draft; written down after the last address."""
    lines: list[dict[str, str]] = []
    yield lines
    if DRAFT:
        with MATRIX.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["route", "method", *COLUMNS], lineterminator="\n")
            writer.writeheader()
            writer.writerows(sorted(lines, key=lambda line: (line["route"], line["method"])))


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.method} {row.route}")
def test_an_address_answers_each_role_as_written(world: World, drafted: list[dict[str, str]], row: Row) -> None:
    line = {column: world.ask(row, column) for column in COLUMNS}
    broken = [column for column, status in line.items() if status >= "500" and status.isdigit()]
    assert not broken, f"{row.method} {world.path(row, broken[0])} breaks for {broken}"
    drafted.append({"route": row.route, "method": row.method, **line})
    if DRAFT:
        return
    expected = written().get((row.route, row.method))
    assert expected is not None, f"{row.route} is new. How to add it stands at the head of this file"
    assert line == {column: expected[column] for column in COLUMNS}


def test_the_matrix_names_no_address_that_is_gone() -> None:
    if not DRAFT:
        assert set(written()) == {(row.route, row.method) for row in rows()}


@pytest.mark.parametrize("key", written(), ids=" ".join)
def test_a_foreign_object_does_not_exist_instead_of_being_refused(key: Key) -> None:
    line = written()[key]
    for own, other in (("agency", "agency_other"), ("provider", "provider_other")):
        if line[own] in ("200", "302", "422") and line[other] != line[own]:
            assert line[other] == "404", f"{key}: {other}"


@pytest.mark.parametrize("key", written(), ids=" ".join)
def test_a_stranger_gets_nothing_that_somebody_signed_in_without_a_role_does_not_get(key: Key) -> None:
    line = written()[key]
    if line["anonymous"] == "200":
        assert line["public"] in ("200", "302"), key
