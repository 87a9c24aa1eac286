"""Nobody goes by the name of somebody else, and no name hides a character."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from simpul.kit.actor import Actor
from simpul.people.errors import NameOfAnother
from simpul.people.models import Organisation, User
from simpul.people.service import actor_for, update_organisation, update_profile, update_user

pytestmark = pytest.mark.django_db
ALL = Actor.system("test")


@pytest.fixture
def siti() -> User:
    """Somebody beside the administrator of the demonstration."""
    User.objects.create(username="admin", name="Administrator Contoh")
    User.objects.create(username="lama", name="Pegawai Lama", is_active=False)
    return User.objects.create(username="siti", name="Siti Contoh")


@pytest.mark.parametrize(
    "name",
    [
        "Administrator Contoh",
        "administrator  contoh",
        "ＡＤＭＩＮＩＳＴＲＡＴＯＲ Contoh",
        "Administrator",
        "operator",
        "auditor",
    ],
)
def test_nobody_takes_the_name_of_another_or_of_a_role(siti: User, name: str) -> None:
    with pytest.raises(NameOfAnother):
        update_profile(actor_for(siti), siti, name=name, language="id")
    assert User.objects.get(pk=siti.pk).name == "Siti Contoh"


def test_the_own_name_in_another_spelling_and_that_of_somebody_who_left_are_free(siti: User) -> None:
    for name in ("SITI CONTOH", "Pegawai Lama"):
        assert update_profile(actor_for(siti), siti, name=name, language="id").name == name


def test_an_administrator_may_give_two_people_one_name(siti: User) -> None:
    assert update_user(ALL, siti, name="Administrator Contoh", email="").name == "Administrator Contoh"


@pytest.mark.parametrize("name", ["Siti\u202e", "\u200bSiti", "Siti\nContoh"])
def test_a_hidden_character_in_a_name_is_refused(siti: User, name: str) -> None:
    with pytest.raises(ValidationError):
        update_profile(actor_for(siti), siti, name="x" + name + "x", language="id")
    body = Organisation.objects.create(code="DINAS", name="Dinas", kind="agency")
    with pytest.raises(ValidationError):
        update_organisation(ALL, body, name="x" + name + "x")
