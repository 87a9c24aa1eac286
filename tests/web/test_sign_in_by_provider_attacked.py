"""An identity provider that is forged, broken or hostile: nobody comes in, and each answer is a page that says so."""

from __future__ import annotations

import base64
import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from simpul.people.service import create_user, deactivate
from simpul.web import identity
from web.identity_provider import CLIENT, Provider
from web.test_sign_in_by_provider import LOGIN, SYSTEM, by_email, may_enter, provider, running

__all__ = ["provider", "running"]
DISCOVERY = "/.well-known/openid-configuration"
STRANGER = rsa.generate_private_key(65537, 2048)


@pytest.fixture(autouse=True)
def honest_again(provider: Provider) -> Iterator[None]:
    """Siti is invited; after the test the provider is itself again."""
    create_user(SYSTEM, username="siti", name="Siti Rahma")
    yield
    provider.sign, provider.told = None, None
    provider.instead.clear()
    provider.drips.clear()


def go_there(client: Client, start: str = LOGIN) -> HttpResponse:
    """The way to the provider."""
    return client.post(start)  # type: ignore[return-value]


def come_back(client: Client, there: HttpResponse) -> HttpResponse:
    """The way back, as a browser goes it."""
    back = urlsplit(httpx.get(there.headers["Location"]).headers["Location"])
    return client.get(f"{back.path}?{back.query}")  # type: ignore[return-value]


def attempt(client: Client) -> HttpResponse:
    """There and back, or as far as it goes."""
    there = go_there(client)
    return come_back(client, there) if there.status_code == 302 else there


def stays_outside(client: Client, answer: HttpResponse) -> None:
    """The page says that the sign-in failed; nobody is signed in and nobody was linked."""
    assert answer.status_code in (200, 401, 403), answer.status_code
    assert "Penyedia identitas" in answer.content.decode()
    assert not may_enter(client)
    assert not SocialAccount.objects.exists()


def forged(part: dict[str, Any], algorithm: str) -> Callable[[dict[str, Any]], str]:
    """Signs as somebody who has only what the provider shows to all."""

    def sign(claims: dict[str, Any]) -> str:
        claims = claims | part
        if algorithm == "none":
            return jwt.encode(claims, None, algorithm="none", headers={"kid": "1"})  # type: ignore[arg-type]
        if algorithm == "own key":
            return jwt.encode(claims, STRANGER, algorithm="RS256", headers={"kid": "1"})
        if algorithm == "public key as secret":
            return jwt.encode(claims, b"x" * 64, algorithm="HS256", headers={"kid": "1"})
        head = {"alg": algorithm, "kid": "1", "jku": "http://127.0.0.1:1/keys"}
        parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in (head, claims)]
        return b".".join([*parts, b"c2lnbmVk"]).decode()

    return sign


@pytest.mark.parametrize("algorithm", ["none", "NONE", "own key", "public key as secret", "RS256", "ES256", "", "XX1"])
def test_a_token_that_the_provider_did_not_sign_opens_nothing(provider: Provider, algorithm: str) -> None:
    provider.sign = forged({}, algorithm)
    client = Client()
    stays_outside(client, attempt(client))


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://sso.other.example.org"},
        {"aud": "another-program"},
        {"aud": [CLIENT, "another-program"], "azp": "another-program"},
        {"exp": int(time.time()) - 3600},
        {"exp": "never"},
        {"exp": None},
        {"nbf": int(time.time()) + 3600},
        {"nonce": "of another browser"},
        {"nonce": None},
        {"sub": ""},
        {"sub": None},
        {"sub": ["17"]},
        {"sub": "17\x00"},
        {"sub": "x" * 5000},
    ],
)
def test_a_signed_token_of_another_time_place_or_person_opens_nothing(
    provider: Provider, wrong: dict[str, Any]
) -> None:
    provider.sign = lambda claims: provider.honest({k: v for k, v in (claims | wrong).items() if v is not None})
    provider.told = provider.claims
    client = Client()
    stays_outside(client, attempt(client))


def test_userinfo_cannot_speak_of_somebody_else(provider: Provider) -> None:
    provider.told = {"sub": "99", "preferred_username": "siti"}
    client = Client()
    stays_outside(client, attempt(client))


@pytest.mark.parametrize("name", [["siti"], {"siti": 1}, 17, "siti\x00", "x" * 3000, "\u202eitis"])
def test_a_name_of_another_kind_is_nobody_s(provider: Provider, name: Any) -> None:
    provider.claims = {"sub": "17", "preferred_username": name, "email": ["a@example.org"], "name": {}}
    client = Client()
    answer = attempt(client)
    assert answer.status_code < 500
    assert not may_enter(client)
    assert not SocialAccount.objects.exists()


def test_an_answer_opens_the_door_only_once_and_only_to_the_browser_that_asked(provider: Provider) -> None:
    browser, thief = Client(), Client()
    there = go_there(browser)
    back = urlsplit(httpx.get(there.headers["Location"]).headers["Location"])
    stays_outside(thief, thief.get(f"{back.path}?{back.query}"))  # type: ignore[arg-type]
    assert browser.get(f"{back.path}?{back.query}").headers["Location"] == "/"
    browser.post("/account/logout/")
    replayed = browser.get(f"{back.path}?{back.query}")
    assert replayed.status_code in (200, 401, 403)
    assert not may_enter(browser)


def test_a_code_stolen_on_its_way_is_worth_nothing_in_another_browser(provider: Provider) -> None:
    owner, thief = Client(), Client()
    stolen = urlsplit(httpx.get(go_there(owner).headers["Location"]).headers["Location"]).query
    own = urlsplit(httpx.get(go_there(thief).headers["Location"]).headers["Location"])
    code = dict(pair.split("=") for pair in stolen.split("&"))["code"]
    state = dict(pair.split("=") for pair in own.query.split("&"))["state"]
    stays_outside(thief, thief.get(f"{own.path}?code={code}&state={state}"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "next_page",
    ["https://evil.example.org/", "//evil.example.org", "/\\evil.example.org", "javascript:alert(1)", "\t//e"],
)
def test_signing_in_leads_to_no_other_place(provider: Provider, next_page: str) -> None:
    client = Client()
    there = client.post(f"{LOGIN}?next={next_page}")
    assert come_back(client, there).headers["Location"] == "/"  # type: ignore[arg-type]


@pytest.mark.parametrize("path", [DISCOVERY, "/token", "/keys", "/userinfo"])
@pytest.mark.parametrize(
    "answer",
    [
        (500, b"{}"),
        (302, b""),
        (404, b"not here"),
        (200, b""),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b"null"),
        (200, b'{"keys": 7, "access_token": 7, "id_token": 7, "sub": 7, "issuer": 7}'),
        (200, b"[" * 100_000),
        (200, b'{"a": "' + b"x" * 2_000_000 + b'"}'),
    ],
    ids=lambda given: f"{given[0]}-{given[1][:12]!r}",
)
def test_garbage_from_the_provider_is_a_page(provider: Provider, path: str, answer: tuple[int, bytes]) -> None:
    provider.instead[path] = answer
    client = Client()
    stays_outside(client, attempt(client))


def test_a_provider_that_is_down_is_a_page_and_a_line_for_the_operator(
    provider: Provider, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = "http://127.0.0.1:1"
    client = Client()
    stays_outside(client, attempt(client))
    assert "cannot be reached" in caplog.text


@pytest.mark.parametrize("path", [DISCOVERY, "/token", "/userinfo"])
def test_a_provider_that_never_ends_its_answer_is_given_up(
    provider: Provider, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "WHOLE_SECONDS", 0.3)
    provider.drips.add(path)
    client = Client()
    stays_outside(client, attempt(client))


def test_a_slow_provider_holds_only_a_few_threads(provider: Provider) -> None:
    held = [identity._talks.acquire(blocking=False) for _ in range(identity.TALKS_AT_ONCE)]
    try:
        assert all(held)
        client = Client()
        stays_outside(client, go_there(client))
    finally:
        for _ in held:
            identity._talks.release()
    assert attempt(Client()).headers["Location"] == "/"


def test_no_secret_of_the_talk_is_logged(provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    provider.instead["/token"] = (400, b'{"error": "x", "refresh_token": "rahasia-provider"}')
    client = Client()
    there = go_there(client)
    stays_outside(client, come_back(client, there))
    assert "rahasia-provider" not in caplog.text


def test_an_address_alone_opens_no_account_unless_the_settings_say_so(provider: Provider, settings: Settings) -> None:
    create_user(SYSTEM, username="ani", name="Ani", email="ani@example.org")
    provider.claims = {"sub": "5", "email": "ani@example.org", "email_verified": True}
    client = Client()
    attempt(client)
    assert not may_enter(client)
    settings.CONFIGURATION = by_email()
    attempt(client)
    assert may_enter(client)


@pytest.mark.parametrize("verified", [False, "false", "no", 0, 2, None, [], ["true"], "True "])
def test_an_address_counts_only_where_the_provider_says_plainly_that_it_is_verified(
    provider: Provider, settings: Settings, verified: Any
) -> None:
    settings.CONFIGURATION = by_email()
    create_user(SYSTEM, username="ani", name="Ani", email="ani@example.org")
    provider.claims = {"sub": "5", "email": "ani@example.org", "email_verified": verified}
    client = Client()
    attempt(client)
    assert not may_enter(client)


def test_an_account_with_a_passkey_is_not_handed_over_by_name(provider: Provider) -> None:
    siti = SocialAccount._meta.get_field("user").related_model.objects.get(username="siti")
    Authenticator.objects.create(user=siti, type="webauthn", data={})
    client = Client()
    attempt(client)
    assert not may_enter(client)


def test_a_locked_person_who_never_came_by_the_provider_stays_outside(provider: Provider) -> None:
    siti = SocialAccount._meta.get_field("user").related_model.objects.get(username="siti")
    deactivate(SYSTEM, siti)
    client = Client()
    assert attempt(client).status_code < 500
    assert not may_enter(client)
