"""A token is its person, with at most that person's rights of the moment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from api.regency import SYSTEM, Regency
from simpul.kit.actor import Forbidden
from simpul.people.errors import DaysOutOfRange
from simpul.people.logic.rights import READING, Permission, Role
from simpul.people.models import ApiToken
from simpul.people.service import actor_for, end_membership, issue_token, revoke_token, user_for_api_token


def test_a_token_for_reading_holds_no_permission_to_change(town: Regency) -> None:
    engineer = town.users[Role.ENGINEER]
    user = user_for_api_token(issue_token(SYSTEM, engineer, label="laporan", days=30).secret)
    assert user == engineer
    actor = actor_for(user)
    assert actor.permissions == actor_for(engineer).permissions & READING
    assert actor.key == engineer.key
    assert actor.name.endswith("(laporan)")
    with pytest.raises(Forbidden):
        actor.require(Permission.EDIT_REGISTER)


def test_a_token_that_may_change_data_holds_what_its_person_holds(town: Regency) -> None:
    engineer = town.users[Role.ENGINEER]
    user = user_for_api_token(issue_token(SYSTEM, engineer, label="impor", days=30, may_write=True).secret)
    assert user is not None
    assert actor_for(user).permissions == actor_for(engineer).permissions


def test_a_token_loses_what_its_person_loses(town: Regency) -> None:
    crew = town.users[Role.CREW]
    secret = issue_token(SYSTEM, crew, label="lapangan", days=30, may_write=True).secret
    end_membership(SYSTEM, crew.memberships.get())
    user = user_for_api_token(secret)
    assert user is not None
    assert actor_for(user).permissions == frozenset()


def test_a_token_ends_when_revoked_and_when_its_days_are_over(town: Regency) -> None:
    crew = town.users[Role.CREW]
    first, second = (issue_token(SYSTEM, crew, label="x", days=1) for _ in range(2))
    revoke_token(SYSTEM, first.token)
    assert user_for_api_token(first.secret) is None
    ApiToken.objects.filter(pk=second.token.pk).update(expires_at=timezone.now())
    assert user_for_api_token(second.secret) is None
    assert user_for_api_token("simpul_unknown") is None


def test_no_token_lives_longer_than_a_year(town: Regency) -> None:
    crew = town.users[Role.CREW]
    token = issue_token(SYSTEM, crew, label="x", days=366).token
    assert token.expires_at - token.created_at == timedelta(days=366)
    for days in (367, 10_000, 0, -5):
        with pytest.raises(DaysOutOfRange):
            issue_token(SYSTEM, crew, label="x", days=days)
    assert crew.tokens.count() == 1


def test_a_token_needs_a_purpose(town: Regency) -> None:
    with pytest.raises(ValidationError):
        issue_token(SYSTEM, town.users[Role.CREW], label=" ", days=1)


def test_people_make_and_stop_their_own_tokens_and_nobody_elses(town: Regency) -> None:
    crew, agency = town.users[Role.CREW], town.users[Role.AGENCY]
    mine = issue_token(actor_for(crew), crew, label="x", days=1).token
    with pytest.raises(Forbidden):
        issue_token(actor_for(crew), agency, label="x", days=1)
    with pytest.raises(Forbidden):
        revoke_token(actor_for(agency), mine)
    revoke_token(actor_for(crew), mine)
    revoke_token(actor_for(crew), mine)  # once more changes nothing


def test_reading_through_a_token_writes_its_last_use_once_in_a_while(town: Regency) -> None:
    issued = issue_token(SYSTEM, town.users[Role.CREW], label="x", days=1)
    user_for_api_token(issued.secret)
    issued.token.refresh_from_db()
    first = issued.token.last_used_at
    assert first is not None
    user_for_api_token(issued.secret)
    issued.token.refresh_from_db()
    assert issued.token.last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=6))
    user_for_api_token(issued.secret)
    issued.token.refresh_from_db()
    assert issued.token.last_used_at >= first
