"""The story is told once, always the same, and never into somebody's own data."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import models, transaction

from simpul.kit.actor import Actor, Forbidden
from simpul.lab.story.telling import NotEmpty, tell
from simpul.people.logic.rights import Permission
from simpul.people.service import create_organisation
from simpul.register.models import Area, Handover, NetworkEvent, Site

TODAY = date(2026, 7, 1)
TELLER = Actor.system("test")
ROOMS = ("people", "register", "traffic")
# Filled by the clock or by chance, not by the story.
OTHERWISE = {"recorded_at", "date_joined", "since", "password"}


def rows() -> dict[str, list[dict[str, Any]]]:
    """All rows of people and register in their order, with codes in place of keys."""
    return {
        model._meta.label: [told(row) for row in model._default_manager.order_by("pk")]
        for room in ROOMS
        for model in apps.get_app_config(room).get_models()
    }


def told(row: models.Model) -> dict[str, Any]:
    """What the story says in a row; another row is named by its text, since keys differ from time to time."""
    values: dict[str, Any] = {}
    for column in row._meta.concrete_fields:
        if column.primary_key or column.name in OTHERWISE:
            continue
        value = getattr(row, column.name)
        values[column.name] = getattr(value, "code", None) or str(value) if column.is_relation else value
    return values


def tell_and_take_back() -> dict[str, list[dict[str, Any]]]:
    """The rows of one telling, which is then undone."""
    with transaction.atomic():
        tell(TELLER, TODAY)
        found = rows()
        transaction.set_rollback(True)
    return found


@pytest.mark.django_db
def test_an_interrupted_telling_is_finished_by_the_next_call_and_gives_the_same_rows() -> None:
    whole = tell_and_take_back()
    assert sum(map(len, whole.values())) > 1000
    clerk = Actor("user", "user:0", TELLER.name, frozenset(Permission) - {Permission.RECORD_ROLLOUT})
    with pytest.raises(Forbidden):
        tell(clerk, TODAY)
    assert Site.objects.exists()
    assert not NetworkEvent.objects.exists()
    tell(TELLER, TODAY)
    assert rows() == whole


@pytest.mark.django_db
def test_what_lies_after_today_is_not_told() -> None:
    tell(TELLER, date(2024, 6, 30))
    latest = [*NetworkEvent.objects.values_list("at", flat=True), *Handover.objects.values_list("at", flat=True)]
    assert max(latest) < datetime.fromisoformat("2024-07-01T00:00:00+07:00")


@pytest.mark.django_db
def test_a_folder_with_real_rows_is_left_alone() -> None:
    create_organisation(TELLER, code="DINAS", name="Dinas sungguhan", kind="agency")
    with pytest.raises(NotEmpty, match=r"own rows.*Set data\.folder"):
        tell(TELLER, TODAY)
    assert not Site.objects.exists()
    assert not Area.objects.exists()
