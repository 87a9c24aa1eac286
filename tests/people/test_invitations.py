"""An invitation works once, for a while, and only its fingerprint is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from api.regency import SYSTEM
from simpul.people.errors import InvitationUnknown, PasswordRefused
from simpul.people.models import Invitation, User
from simpul.people.service import ANONYMOUS, accept_invitation, create_user, find_invitation, invite
from simpul.record.models import LogEntry


@pytest.fixture
def siti(db: None) -> User:
    """Somebody who has not come yet."""
    return create_user(SYSTEM, username="siti", name="Siti Rahma")


def test_who_holds_the_link_sets_the_password_once(siti: User) -> None:
    secret = invite(SYSTEM, siti).secret
    assert accept_invitation(ANONYMOUS, secret, "gajah makan kacang") == siti
    siti.refresh_from_db()
    assert siti.check_password("gajah makan kacang")
    with pytest.raises(InvitationUnknown):
        accept_invitation(ANONYMOUS, secret, "sungai barito tenang")


def test_a_weak_password_is_refused_and_the_link_still_works(siti: User) -> None:
    secret = invite(SYSTEM, siti).secret
    with pytest.raises(PasswordRefused):
        accept_invitation(ANONYMOUS, secret, "1234567890")
    assert find_invitation(secret).user == siti
    assert not User.objects.get(pk=siti.pk).has_usable_password()


def test_a_newer_link_stops_the_older_one(siti: User) -> None:
    old, new = invite(SYSTEM, siti).secret, invite(SYSTEM, siti).secret
    with pytest.raises(InvitationUnknown):
        find_invitation(old)
    assert find_invitation(new).user == siti


def test_a_link_runs_out(siti: User) -> None:
    issued = invite(SYSTEM, siti, hours=2)
    assert issued.invitation.expires_at - issued.invitation.created_at == timedelta(hours=2)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(InvitationUnknown):
        find_invitation(issued.secret)


def test_the_secret_is_nowhere_in_the_database(siti: User) -> None:
    secret = invite(SYSTEM, siti).secret
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            assert secret not in str(cursor.fetchall()), table


def test_the_log_says_who_invited_and_that_the_link_was_used(siti: User) -> None:
    accept_invitation(ANONYMOUS, invite(SYSTEM, siti).secret, "gajah makan kacang")
    entries = LogEntry.objects.filter(kind="people.invitation").order_by("seq")
    assert [(entry.verb, entry.actor_name) for entry in entries] == [("created", "test"), ("changed", "Siti Rahma")]
