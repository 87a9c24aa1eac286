"""Roles are given and ended, never deleted; somebody can always manage people."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from api.regency import SYSTEM, Regency
from simpul.kit.actor import Actor, Forbidden
from simpul.people.errors import AlreadyEnded, AlreadyGranted, Inactive, LastAdministrator, RoleDoesNotFit
from simpul.people.logic.rights import GRANTS, Role
from simpul.people.models import Membership, Organisation, User
from simpul.people.service import (
    actor_for,
    create_organisation,
    create_user,
    deactivate,
    end_membership,
    grant,
    update_organisation,
    update_profile,
    update_user,
)
from simpul.record.models import LogEntry, OutboxEvent


@pytest.fixture
def agency(db: None) -> Organisation:
    """Where roles are held."""
    return create_organisation(SYSTEM, code="DINKES", name="Dinas Kesehatan", kind="agency")


@pytest.fixture
def siti(db: None) -> User:
    """Somebody without a role."""
    return create_user(SYSTEM, username="Siti", name="Siti Rahma")


def test_a_user_name_is_kept_in_small_letters_and_unique(siti: User) -> None:
    assert siti.username == "siti"
    with pytest.raises(ValidationError):
        create_user(SYSTEM, username="SITI", name="Another")


@pytest.mark.parametrize("name", ["si ti", "+siti", "sіti", "si\nti", "", "si/ti"])  # the third has a Cyrillic i
def test_a_user_name_that_looks_like_another_or_breaks_an_address_is_refused(db: None, name: str) -> None:
    with pytest.raises(ValidationError):
        create_user(SYSTEM, username=name, name="Siti")


def test_two_people_never_share_an_address(siti: User) -> None:
    update_user(SYSTEM, siti, name="Siti", email="siti@example.org")
    with pytest.raises(ValidationError):
        create_user(SYSTEM, username="budi", name="Budi", email="SITI@example.org")
    for username in ("ani", "cici"):  # none at all may be shared
        create_user(SYSTEM, username=username, name=username)


def test_a_role_gives_its_permissions_until_it_ends(siti: User, agency: Organisation) -> None:
    assert actor_for(siti).permissions == frozenset()
    membership = grant(SYSTEM, siti, agency, Role.OPERATOR)
    assert actor_for(siti).permissions == {permission.value for permission in GRANTS[Role.OPERATOR]}
    end_membership(SYSTEM, membership)
    membership.refresh_from_db()
    assert actor_for(User.objects.get(pk=siti.pk)).permissions == frozenset()
    assert membership.until is not None
    with pytest.raises(AlreadyEnded):
        end_membership(SYSTEM, membership)


def test_a_role_that_has_ended_may_be_given_again(siti: User, agency: Organisation) -> None:
    end_membership(SYSTEM, grant(SYSTEM, siti, agency, Role.AGENCY))
    grant(SYSTEM, siti, agency, Role.AGENCY)
    assert Membership.objects.filter(user=siti).count() == 2
    with pytest.raises(AlreadyGranted):
        grant(SYSTEM, siti, agency, Role.AGENCY)


def test_a_role_that_does_not_fit_the_organisation_is_refused(siti: User, agency: Organisation) -> None:
    with pytest.raises(RoleDoesNotFit, match="provider staff"):
        grant(SYSTEM, siti, agency, Role.PROVIDER)
    with pytest.raises(RoleDoesNotFit):
        grant(SYSTEM, siti, agency, Role.PUBLIC)


def test_a_deactivated_person_gets_no_role(siti: User, agency: Organisation) -> None:
    deactivate(SYSTEM, siti)
    with pytest.raises(Inactive):
        grant(SYSTEM, siti, agency, Role.CREW)


def test_the_last_administrator_keeps_role_and_account(siti: User, agency: Organisation) -> None:
    membership = grant(SYSTEM, siti, agency, Role.ADMINISTRATOR)
    with pytest.raises(LastAdministrator):
        end_membership(SYSTEM, membership)
    with pytest.raises(LastAdministrator):
        deactivate(SYSTEM, siti)
    siti.refresh_from_db()
    membership.refresh_from_db()
    assert siti.is_active
    assert membership.until is None


def test_one_of_two_administrators_may_leave(siti: User, agency: Organisation) -> None:
    budi = create_user(SYSTEM, username="budi", name="Budi")
    first = grant(SYSTEM, siti, agency, Role.ADMINISTRATOR)
    grant(SYSTEM, budi, agency, Role.ADMINISTRATOR)
    end_membership(SYSTEM, first)
    with pytest.raises(LastAdministrator):
        deactivate(SYSTEM, budi)


def test_a_deactivated_administrator_does_not_count(siti: User, agency: Organisation) -> None:
    budi = create_user(SYSTEM, username="budi", name="Budi")
    membership = grant(SYSTEM, siti, agency, Role.ADMINISTRATOR)
    grant(SYSTEM, budi, agency, Role.ADMINISTRATOR)
    deactivate(SYSTEM, budi)
    with pytest.raises(LastAdministrator):
        end_membership(SYSTEM, membership)


def test_people_change_their_own_name_and_nobody_elses(town: Regency) -> None:
    agency, crew = town.users[Role.AGENCY], town.users[Role.CREW]
    update_profile(actor_for(agency), agency, name="Nama Baru", language="en")
    agency.refresh_from_db()
    assert (agency.name, agency.language) == ("Nama Baru", "en")
    with pytest.raises(Forbidden):
        update_profile(actor_for(agency), crew, name="Bukan Saya", language="")


def test_every_change_is_in_the_log_with_its_author_and_no_secret(siti: User, agency: Organisation) -> None:
    boss = Actor("user", "user:9", "Pak Bos", frozenset({"people.manage", "organisations.edit"}))
    before = LogEntry.objects.count()
    user = create_user(boss, username="ani", name="Ani", password="gajah makan kacang")
    grant(boss, user, agency, Role.CREW)
    update_organisation(boss, agency, phone="0513")
    written = list(LogEntry.objects.order_by("seq")[before:])
    assert [(entry.verb, entry.ref) for entry in written] == [
        ("created", "ani"),
        ("created", "ani/crew@DINKES"),
        ("changed", "DINKES"),
    ]
    assert {entry.actor_name for entry in written} == {"Pak Bos"}
    assert not [entry for entry in written if "gajah" in entry.after or "pbkdf2" in entry.after or "md5" in entry.after]


def test_open_pages_are_told_that_rights_have_changed(siti: User, agency: Organisation) -> None:
    end_membership(SYSTEM, grant(SYSTEM, siti, agency, Role.CREW))
    assert OutboxEvent.objects.filter(name="people.AccessChanged").count() == 2
