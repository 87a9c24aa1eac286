"""Guessing is slow, and nobody can lock everybody else out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from simpul.kit.actor import Actor
from simpul.people.models import User
from simpul.people.service import create_user
from simpul.record.models import LogEntry
from simpul.web.sign_in_limits import COOKIE

SYSTEM = Actor.system("test")
PASSWORD = "gajah makan kacang"
LOCAL = "127.0.0.1"  # what everybody has behind the relay
ELSEWHERE = "203.0.113.7"


@pytest.fixture(autouse=True)
def fresh(settings: Settings) -> Iterator[None]:
    """Counters start at nothing; the hash costs no time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def people(db: None) -> list[User]:
    """Two people with the same password."""
    return [create_user(SYSTEM, username=name, name=name, password=PASSWORD) for name in ("siti", "budi")]


def comes_in(client: Client, username: str, password: str = PASSWORD, address: str = LOCAL) -> bool:
    """Whether the attempt succeeds; the browser is signed out again."""
    data = {"login": username, "password": password}
    answer = client.post("/account/login/", data, REMOTE_ADDR=address)
    client.post("/account/logout/")
    return answer.status_code == 302


def guess(times: int, username: str, address: str = LOCAL) -> None:
    """A stranger tries wrong passwords, each time from a new browser."""
    for number in range(times):
        assert not comes_in(Client(), username.format(number), f"tebakan {number}", address)


def test_after_five_wrong_guesses_even_the_right_password_waits(people: list[User]) -> None:
    guess(5, "siti")
    assert not comes_in(Client(), "siti")
    assert not comes_in(Client(), "SITI ")  # the same account, however it is typed


def test_another_account_is_not_touched(people: list[User]) -> None:
    guess(5, "siti")
    assert comes_in(Client(), "budi")


def test_a_right_password_does_not_count(people: list[User]) -> None:
    assert [comes_in(Client(), "siti") for _ in range(12)] == [True] * 12


def test_right_passwords_do_not_win_back_wrong_guesses(people: list[User]) -> None:
    guess(4, "siti")
    assert comes_in(Client(), "siti")
    guess(1, "siti")
    assert not comes_in(Client(), "siti")


def test_the_usual_browser_goes_on_while_a_stranger_guesses(people: list[User]) -> None:
    desk = Client()
    assert comes_in(desk, "siti")
    guess(8, "siti")
    assert not comes_in(Client(), "siti")
    assert comes_in(desk, "siti")


def test_who_sprays_names_closes_the_door_for_new_browsers_only(people: list[User]) -> None:
    desk = Client()
    assert comes_in(desk, "siti")
    guess(61, "nama-{}")
    assert not comes_in(Client(), "budi")
    assert comes_in(desk, "siti")
    assert not comes_in(desk, "budi")  # this desk is known for Siti alone


def test_a_known_browser_does_not_guess_for_ever_either(people: list[User]) -> None:
    desk = Client()
    comes_in(desk, "siti")
    assert [comes_in(desk, "siti", f"tebakan {number}") for number in range(10)] == [False] * 10
    assert not comes_in(desk, "siti")


def test_a_forged_or_foreign_mark_makes_no_browser_known(people: list[User]) -> None:
    desk = Client()
    comes_in(desk, "budi")
    guess(5, "siti")
    thief = Client()
    thief.cookies[COOKIE] = desk.cookies[COOKIE].value
    assert not comes_in(thief, "siti")
    thief.cookies[COOKIE] = "eyJzaXRpIjoxfQ:1abc:forged"
    assert not comes_in(thief, "siti")


def test_a_known_address_is_slowed_before_the_others_are(people: list[User]) -> None:
    guess(20, "nama-{}", ELSEWHERE)
    assert not comes_in(Client(), "siti", address=ELSEWHERE)
    assert comes_in(Client(), "siti", address="198.51.100.9")


def test_the_address_of_a_relay_is_nobodys_own(people: list[User]) -> None:
    guess(25, "nama-{}", LOCAL)
    assert comes_in(Client(), "siti", address=LOCAL)


def test_refusals_at_full_speed_do_not_fill_the_log(people: list[User]) -> None:
    guess(30, "siti")
    reasons = [entry.after for entry in LogEntry.objects.filter(verb="refused", ref="siti")]
    assert reasons.count('{"reason":"wrong name or password"}') == 5
    assert reasons.count('{"reason":"too many attempts"}') == 1


def test_the_person_is_told_what_helps(people: list[User]) -> None:
    guess(5, "siti")
    page = Client().post("/account/login/", {"login": "siti", "password": PASSWORD}).content.decode()
    assert "Terlalu banyak percobaan" in page
    assert "kunci sandi" in page
