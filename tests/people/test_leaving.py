"""Who leaves is out at once, everywhere; what they did stays."""

from __future__ import annotations

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client

from api.regency import SYSTEM, Regency
from people.town import PASSWORD
from simpul.people.errors import Inactive, InvitationUnknown
from simpul.people.logic.rights import Role
from simpul.people.models import User
from simpul.people.service import (
    actor_for,
    deactivate,
    end_sessions,
    find_invitation,
    invite,
    issue_token,
    reactivate,
    set_password,
    user_for_api_token,
)


@pytest.fixture
def officer(town: Regency) -> User:
    """Agency staff with a password."""
    user = town.users[Role.AGENCY]
    set_password(SYSTEM, user, PASSWORD)
    return user


def signed_in(user: User) -> Client:
    """A browser in which the person has signed in by password."""
    client = Client()
    answer = client.post("/account/login/", {"login": user.username, "password": PASSWORD})
    assert answer.status_code == 302, answer.content
    return client


def may_enter(client: Client) -> bool:
    """Whether the browser still is somebody's."""
    return client.get("/account/").status_code == 200


def test_deactivation_ends_every_session(officer: User) -> None:
    browsers = [signed_in(officer), signed_in(officer)]
    deactivate(SYSTEM, officer)
    assert [may_enter(browser) for browser in browsers] == [False, False]
    assert not UserSession.objects.filter(user=officer).exists()
    assert not Session.objects.exists()


def test_a_deactivated_person_cannot_sign_in_and_can_after_reactivation(officer: User) -> None:
    deactivate(SYSTEM, officer)
    client = Client()
    answer = client.post("/account/login/", {"login": officer.username, "password": PASSWORD})
    assert answer.headers["Location"] == "/account/inactive/"
    assert not may_enter(client)
    reactivate(SYSTEM, officer)
    assert may_enter(signed_in(officer))


def test_deactivation_stops_tokens_and_links_for_good(officer: User) -> None:
    token = issue_token(SYSTEM, officer, label="laporan", days=30).secret
    link = invite(SYSTEM, officer).secret
    deactivate(SYSTEM, officer)
    reactivate(SYSTEM, officer)
    assert user_for_api_token(token) is None
    with pytest.raises(InvitationUnknown):
        find_invitation(link)


def test_nothing_new_is_made_for_somebody_who_left(officer: User) -> None:
    deactivate(SYSTEM, officer)
    with pytest.raises(Inactive):
        invite(SYSTEM, officer)
    with pytest.raises(Inactive):
        issue_token(SYSTEM, officer, label="laporan", days=30)
    assert actor_for(officer).permissions == frozenset()


def test_a_new_password_set_by_somebody_else_ends_every_session(officer: User) -> None:
    browser = signed_in(officer)
    set_password(SYSTEM, officer, "sungai barito tenang")
    assert not may_enter(browser)


def test_all_sessions_can_be_ended_without_touching_the_account(officer: User) -> None:
    browser = signed_in(officer)
    assert end_sessions(SYSTEM, officer) == 1
    assert not may_enter(browser)
    assert may_enter(signed_in(officer))
