"""The page of a job: for who asked for it, and a way to stop it."""

from __future__ import annotations

import pytest

from api.conftest import Caller
from api.regency import Regency
from simpul.people.logic.rights import Role
from simpul.people.service import actor_for
from simpul.record import checking
from simpul.record.jobs import enqueue
from simpul.record.models import Job, JobState
from simpul.record.runner import Config, JobRunner


@pytest.fixture
def asked(regency: Regency) -> Job:
    """A check of the log that the auditor asked for."""
    return enqueue(actor_for(regency.users[Role.AUDITOR]), "record.verify", {})


def test_who_asked_follows_it_to_its_end(as_role: Caller, asked: Job) -> None:
    client = as_role(Role.AUDITOR)
    waiting = client.get(f"/jobs/{asked.pk}/", headers={"X-Fragment": "1"}).content.decode()
    assert f'data-follow="/jobs/{asked.pk}/"' in waiting
    JobRunner(Config(), checking.JOBS).run_one()
    ended = client.get(f"/jobs/{asked.pk}/", headers={"X-Fragment": "1"}).content.decode()
    assert "data-follow" not in ended
    assert "Rantai utuh sampai #" in ended


def test_it_can_be_stopped_by_who_asked(as_role: Caller, asked: Job) -> None:
    client = as_role(Role.AUDITOR)
    assert client.get(f"/jobs/{asked.pk}/cancel/").status_code == 405
    assert client.post(f"/jobs/{asked.pk}/cancel/").status_code == 302
    asked.refresh_from_db()
    assert asked.state == JobState.CANCELLED
    assert "Dihentikan sebelum selesai" in client.get(f"/jobs/{asked.pk}/").content.decode()


@pytest.mark.parametrize("role", [Role.AGENCY, Role.ENGINEER, Role.PROVIDER, Role.HEAD])
def test_it_does_not_exist_for_others(as_role: Caller, asked: Job, role: Role) -> None:
    client = as_role(role)
    assert client.get(f"/jobs/{asked.pk}/").status_code == 404
    assert client.post(f"/jobs/{asked.pk}/cancel/").status_code == 404
    asked.refresh_from_db()
    assert not asked.cancel
