"""Signing in: by password and code, by link; who comes in is logged, who is refused too, and no password is."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import struct
import time

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client, TestCase
from pytest_django.fixtures import Settings

from api.regency import Regency
from people.town import PASSWORD, build_town
from simpul.people.logic.rights import Role
from simpul.people.models import User
from simpul.people.service import actor_for, deactivate, invite, set_password
from simpul.record.models import LogEntry


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """The real hash is meant to be slow, and counters start at nothing."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@pytest.fixture
def town(db: None) -> Regency:
    """A town whose people all have the same password."""
    town = build_town()
    for user in town.users.values():
        set_password(actor_for(user), user, PASSWORD)
    return town


@pytest.fixture
def officer(town: Regency) -> User:
    """Agency staff."""
    return town.users[Role.AGENCY]


def sign_in(client: Client, username: str, password: str = PASSWORD) -> str:
    """Where the sign-in page sends the browser; empty if it stays."""
    answer = client.post("/account/login/", {"login": username, "password": password})
    return answer.headers.get("Location", "")


def code_of(secret: str, at: float | None = None) -> str:
    """The six digits that an authenticator app shows (RFC 6238 over RFC 4226, SHA-1, 30 s)."""
    counter = struct.pack(">Q", int((time.time() if at is None else at) // 30))
    digest = hmac.new(base64.b32decode(secret + "=" * (-len(secret) % 8)), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def last_entries(count: int) -> list[tuple[str, str, str]]:
    """(verb, ref, after) of the newest entries of the log, oldest first."""
    newest = list(LogEntry.objects.order_by("-seq")[:count])[::-1]
    return [(entry.verb, entry.ref, entry.after) for entry in newest]


def test_the_code_is_that_of_the_standard() -> None:
    # RFC 6238, appendix B: the secret "12345678901234567890" at 59 s gives 94287082, of which six digits are shown.
    assert code_of(base64.b32encode(b"12345678901234567890").decode(), at=59) == "287082"


def test_a_right_password_leads_in_whatever_the_case_of_the_name(officer: User) -> None:
    assert sign_in(Client(), officer.username.upper()) == "/"
    assert last_entries(1) == [("signed_in", officer.username, '{"means":["password"]}')]


def test_who_was_sent_away_comes_back_to_the_page_asked_for(officer: User) -> None:
    client = Client()
    away = client.get("/people/?q=siti").headers["Location"]
    assert away == "/account/login/?next=%2Fpeople%2F%3Fq%3Dsiti"
    answer = client.post(
        "/account/login/", {"login": officer.username, "password": PASSWORD, "next": "/people/?q=siti"}
    )
    assert answer.headers["Location"] == "/people/?q=siti"


def test_the_way_back_never_leads_to_another_host(officer: User) -> None:
    answer = Client().post(
        "/account/login/", {"login": officer.username, "password": PASSWORD, "next": "https://example.org/"}
    )
    assert answer.headers["Location"] == "/"


def test_a_refused_sign_in_is_logged_without_the_password(officer: User) -> None:
    assert sign_in(Client(), officer.username, "bukan kata sandinya") == ""
    assert last_entries(1) == [("refused", officer.username, '{"reason":"wrong name or password"}')]
    assert not [entry for entry in LogEntry.objects.all() if "bukan" in entry.after + entry.ref + entry.note]


def test_a_password_typed_as_user_name_is_not_logged(town: Regency) -> None:
    for _ in range(2):
        sign_in(Client(), PASSWORD, "x")
    first, second = last_entries(2)
    assert first == second  # the same name typed twice can be told
    assert re.fullmatch(r"unknown name, 18 characters, #[0-9a-f]{8}", first[1])
    sign_in(Client(), "siapa lagi ini", "x")
    assert last_entries(1)[0][1] != first[1]


def test_the_answer_does_not_tell_whether_a_person_exists(officer: User) -> None:
    pages = [
        Client().post("/account/login/", {"login": name, "password": "bukan ini"}).content.decode()
        for name in (officer.username, "tidak-ada")
    ]
    said = [re.findall(r'<ul class="errors.*?</ul>', page, re.DOTALL) for page in pages]
    assert said[0] == said[1] != []


def test_a_deactivated_person_is_refused_and_that_is_logged(officer: User) -> None:
    deactivate(actor_for(User.objects.get(username="u-administrator")), officer)
    assert sign_in(Client(), officer.username) == "/account/inactive/"
    assert last_entries(1) == [("refused", officer.username, '{"reason":"deactivated"}')]


def turn_on_codes(client: Client) -> tuple[str, list[str]]:
    """Set an authenticator app up as the page asks; returns its key and the recovery codes."""
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    page = client.get("/account/2fa/totp/activate/").content.decode()
    found = re.search(r'id="totp-key">([A-Z2-7]+)<', page)
    assert found, page
    with TestCase.captureOnCommitCallbacks(execute=True):
        answer = client.post("/account/2fa/totp/activate/", {"code": code_of(found.group(1))})
    assert answer.status_code == 302, answer.content
    codes = re.findall(r"<li>(\d{8})</li>", client.get("/account/2fa/recovery-codes/").content.decode())
    return found.group(1), codes


def test_the_second_step_asks_for_the_code_of_the_app(officer: User) -> None:
    client = Client()
    sign_in(client, officer.username)
    secret, codes = turn_on_codes(client)
    assert len(codes) == 10
    assert ("changed", officer.username, '{"sign_in":"totp added"}') in last_entries(2)

    fresh = Client()
    assert sign_in(fresh, officer.username) == "/account/2fa/authenticate/"
    assert fresh.get("/account/").status_code == 302  # not in yet
    assert fresh.post("/account/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert last_entries(1) == [("refused", officer.username, '{"reason":"wrong code"}')]
    # The code that set the app up has been used and does not work again; a step later there is another.
    cache.clear()
    assert fresh.post("/account/2fa/authenticate/", {"code": code_of(secret, time.time())}).headers["Location"] == "/"
    assert last_entries(1) == [("signed_in", officer.username, '{"means":["password","totp"]}')]


def test_a_recovery_code_works_once(officer: User) -> None:
    client = Client()
    sign_in(client, officer.username)
    _, codes = turn_on_codes(client)
    outcomes = []
    for _ in range(2):
        fresh = Client()
        sign_in(fresh, officer.username)
        outcomes.append(fresh.post("/account/2fa/authenticate/", {"code": codes[0]}).status_code)
    assert outcomes == [302, 200]


def test_keys_of_the_second_step_are_sealed_in_the_database(officer: User) -> None:
    client = Client()
    sign_in(client, officer.username)
    secret, codes = turn_on_codes(client)
    kept = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    assert not [code for code in codes if code in kept]


def test_a_wrong_code_locks_the_account_for_a_while_after_five(officer: User) -> None:
    client = Client()
    sign_in(client, officer.username)
    secret, _ = turn_on_codes(client)
    cache.clear()
    fresh = Client()
    sign_in(fresh, officer.username)
    for _ in range(5):
        fresh.post("/account/2fa/authenticate/", {"code": "000000"})
    assert fresh.post("/account/2fa/authenticate/", {"code": code_of(secret)}).status_code == 200


def test_an_invitation_link_sets_the_password_and_leads_in(town: Regency) -> None:
    boss = actor_for(town.users[Role.ADMINISTRATOR])
    link = f"/invitation/{invite(boss, town.users[Role.CREW]).secret}/"
    client = Client()
    assert "u-crew" in client.get(link).content.decode()
    weak = client.post(link, {"password1": "1234567890", "password2": "1234567890"})
    assert (weak.status_code, sign_in(Client(), "u-crew", "1234567890")) == (422, "")
    new = "sungai barito tenang"
    assert client.post(link, {"password1": new, "password2": new}).headers["Location"] == "/"
    assert client.get("/account/").status_code == 200
    assert client.get(link).status_code == 404
    assert sign_in(Client(), "u-crew", new) == "/"
    assert sign_in(Client(), "u-crew", PASSWORD) == ""


def test_a_link_does_not_get_around_the_second_step(town: Regency) -> None:
    officer = town.users[Role.AGENCY]
    client = Client()
    sign_in(client, officer.username)
    turn_on_codes(client)
    link = f"/invitation/{invite(actor_for(town.users[Role.ADMINISTRATOR]), officer).secret}/"
    fresh = Client()
    new = {"password1": "sungai barito tenang", "password2": "sungai barito tenang"}
    assert fresh.post(link, new).headers["Location"] == "/account/2fa/authenticate/"
    assert fresh.get("/account/").status_code == 302


def test_a_changed_password_ends_the_other_sessions_and_keeps_this_one(officer: User) -> None:
    here, there = Client(), Client()
    sign_in(here, officer.username)
    sign_in(there, officer.username)
    new = "sungai barito tenang"
    answer = here.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert answer.headers.get("Location") == "/account/", answer.content.decode()
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302
    assert last_entries(1) == [("changed", officer.username, '{"password":"set"}')]


def test_the_session_list_ends_all_other_sessions(officer: User) -> None:
    here, there = Client(HTTP_USER_AGENT="Here"), Client(HTTP_USER_AGENT="There")
    sign_in(here, officer.username)
    sign_in(there, officer.username)
    page = here.get("/account/sessions/").content.decode()
    assert "Here" in page
    assert "There" in page
    here.post("/account/sessions/")
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302


def test_nobody_signs_up(db: None) -> None:
    for path in ("signup", "password/reset", "email", "confirm-email", "3rdparty/signup"):
        for answer in (Client().get(f"/account/{path}/"), Client().post(f"/account/{path}/", {"username": "x"})):
            assert answer.status_code == 404, path
    assert not User.objects.exists()


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_sign_in_page_speaks_both_languages(db: None, language: str) -> None:
    client = Client()
    client.cookies["django_language"] = language
    page = client.get("/account/login/").content.decode()
    assert {"id": "Kata sandi", "en": "Password"}[language] in page
    assert f'<html lang="{language}"' in page
