"""Who can sign in to the demonstration, and what a second start changes: nothing."""

from __future__ import annotations

from datetime import date

from django.contrib.auth import authenticate

from simpul.kit.actor import Actor
from simpul.lab.accounts import DEMO_PASSWORD
from simpul.lab.story.people import READABLE, one_time_password
from simpul.lab.story.telling import Told, tell
from simpul.people.logic.rights import Role
from simpul.people.models import Membership, User
from simpul.people.service import create_organisation
from simpul.record.models import LogEntry


def test_a_second_call_writes_nothing_and_does_not_know_the_one_time_password(regency: Told) -> None:
    written = LogEntry.objects.count()
    second = tell(Actor.system("test"), date(2026, 11, 1))
    assert (regency.new, second.new) == (True, False)
    assert LogEntry.objects.count() == written
    assert regency.region == second.region == "Barito Utara"
    assert second.accounts[1:] == regency.accounts[1:]
    assert second.accounts[0].password is None


def test_rows_added_while_trying_things_out_do_not_stop_the_next_start(regency: Told) -> None:
    create_organisation(Actor.system("test"), code="DINAS-BARU", name="Dinas Baru", kind="agency")
    assert not tell(Actor.system("test"), date(2026, 11, 1)).new


def test_every_role_can_be_tried(regency: Told) -> None:
    assert {account.role for account in regency.accounts} == set(Role) - {Role.PUBLIC}
    held = Membership.objects.values_list("user__username", "role", "organisation__code")
    assert set(held) == {(account.username, account.role, account.organisation) for account in regency.accounts}


def test_the_shared_password_opens_every_account_but_the_administrators(regency: Told) -> None:
    admin, *others = regency.accounts
    assert admin.role == "administrator"
    assert admin.password not in (None, DEMO_PASSWORD)
    assert {account.password for account in others} == {DEMO_PASSWORD}
    for account in (admin, others[0]):
        user = authenticate(username=account.username, password=account.password)
        assert isinstance(user, User)
        assert user.username == account.username
    assert authenticate(username=admin.username, password=DEMO_PASSWORD) is None


def test_a_one_time_password_is_new_each_time_and_can_be_read_aloud() -> None:
    first, second = one_time_password(), one_time_password()
    assert first != second
    assert [len(group) for group in first.split("-")] == [5, 5, 5]
    assert set(first) <= {*READABLE, "-"}
    assert not set(READABLE) & set("0O1lI")
