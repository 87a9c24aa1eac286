"""Sign-in through an identity provider: it proves who somebody is; who was invited comes in, strangers do not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from simpul.configuration import Configuration, ConfigurationError, load
from simpul.kit.actor import Actor
from simpul.people.models import User
from simpul.people.service import create_user, deactivate
from simpul.record.models import LogEntry
from web.identity_provider import CLIENT, SECRET, Provider, serve

SYSTEM = Actor.system("test")
PASSWORD = "gajah makan kacang"
LOGIN = "/account/oidc/oidc/login/"


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    """The provider, for the tests of this file."""
    provider, server = serve()
    yield provider
    server.shutdown()
    server.server_close()


@pytest.fixture
def provider(running: Provider, settings: Settings, db: None) -> Provider:
    """The provider, set up here as `oidc.*` does."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "oidc",
                    "name": "SSO Kabupaten",
                    "client_id": CLIENT,
                    "secret": SECRET,
                    "settings": {"server_url": running.url},
                }
            ]
        }
    }
    cache.clear()
    running.claims = {"sub": "17", "preferred_username": "siti"}
    return running


def come_from(provider: Provider, client: Client, start: str = LOGIN) -> str:
    """Go to the provider and back, as a browser does; returns where the browser ends up."""
    there = client.post(start)
    assert there.status_code == 302, there.content
    assert there.headers["Location"].startswith(f"{provider.url}/authorize?")
    back = urlsplit(httpx.get(there.headers["Location"]).headers["Location"])
    assert back.path == "/account/oidc/oidc/login/callback/"
    answer = client.get(f"{back.path}?{back.query}")
    return answer.headers.get("Location", "") or answer.content.decode()


def by_email() -> Configuration:
    """Settings in which people are recognised by their address too."""
    return replace(load(), oidc=replace(load().oidc, link_by_email=True))


def may_enter(client: Client) -> bool:
    """Whether the browser is somebody's."""
    return client.get("/account/").status_code == 200


def test_who_was_invited_comes_in_by_the_same_user_name(provider: Provider) -> None:
    siti = create_user(SYSTEM, username="siti", name="Siti Rahma")
    client = Client()
    assert come_from(provider, client) == "/"
    assert may_enter(client)
    assert SocialAccount.objects.get().user == siti
    newest = LogEntry.objects.order_by("-seq").first()
    assert newest is not None
    assert (newest.verb, newest.ref, newest.after) == ("signed_in", "siti", '{"means":["socialaccount"]}')


def test_a_linked_person_is_known_by_the_provider_s_number_not_by_name(provider: Provider) -> None:
    create_user(SYSTEM, username="siti", name="Siti Rahma")
    come_from(provider, Client())
    provider.claims = {"sub": "17", "preferred_username": "siti.rahma"}  # renamed there
    renamed = Client()
    assert come_from(provider, renamed) == "/"
    provider.claims = {"sub": "99", "preferred_username": "siti"}  # the name was given to somebody else
    other = Client()
    come_from(provider, other)
    assert (may_enter(renamed), may_enter(other)) == (True, False)


def test_a_verified_address_recognises_the_person_and_an_unverified_one_does_not(
    provider: Provider, settings: Settings
) -> None:
    settings.CONFIGURATION = by_email()
    create_user(SYSTEM, username="ani", name="Ani", email="ani@example.org")
    outcomes = []
    for verified in (False, True):
        provider.claims = {"sub": "5", "email": "ANI@example.org", "email_verified": verified}
        client = Client()
        come_from(provider, client)
        outcomes.append(may_enter(client))
    assert outcomes == [False, True]


def test_a_stranger_stays_outside_and_no_account_is_made(provider: Provider) -> None:
    provider.claims = {"sub": "66", "preferred_username": "orang-asing"}
    client = Client()
    page = come_from(provider, client)
    assert "Diskominfo" in page
    assert not may_enter(client)
    assert not User.objects.exists()
    refused = LogEntry.objects.get(verb="refused")
    assert refused.ref.startswith("unknown name, 11 characters")


def test_an_account_in_use_is_not_handed_over_by_name(provider: Provider) -> None:
    create_user(SYSTEM, username="siti", name="Siti Rahma", password=PASSWORD)
    client = Client()
    come_from(provider, client)
    assert not may_enter(client)
    assert not SocialAccount.objects.exists()


def test_its_owner_links_it_from_the_page_of_the_account(provider: Provider) -> None:
    create_user(SYSTEM, username="siti", name="Siti Rahma", password=PASSWORD)
    owner = Client()
    owner.post("/account/login/", {"login": "siti", "password": PASSWORD})
    owner.post("/account/reauthenticate/", {"password": PASSWORD})
    assert come_from(provider, owner, f"{LOGIN}?process=connect") == "/account/3rdparty/"
    assert LogEntry.objects.filter(ref="siti", after='{"sign_in":"identity provider linked"}').exists()
    fresh = Client()
    assert come_from(provider, fresh) == "/"


def test_a_deactivated_person_stays_outside(provider: Provider) -> None:
    siti = create_user(SYSTEM, username="siti", name="Siti Rahma")
    come_from(provider, Client())
    deactivate(SYSTEM, siti)
    client = Client()
    assert come_from(provider, client) == "/account/inactive/"
    assert not may_enter(client)


def test_an_answer_that_was_not_asked_for_leads_nowhere(provider: Provider) -> None:
    create_user(SYSTEM, username="siti", name="Siti Rahma")
    client = Client()
    answer = client.get(f"/account/oidc/oidc/login/callback/?code={provider.code({})}&state=invented")
    assert answer.status_code in (200, 401, 403)
    assert not may_enter(client)


def test_the_sign_in_page_offers_the_provider_by_its_name(provider: Provider) -> None:
    assert "SSO Kabupaten" in Client().get("/account/login/").content.decode()


@pytest.mark.parametrize(
    ("issuer", "allowed"),
    [
        ("https://sso.contoh.go.id/realms/kab", True),
        ("http://127.0.0.1:8080", True),
        ("http://sso.contoh.go.id", False),
    ],
)
def test_a_provider_without_encryption_is_refused_at_the_start(issuer: str, allowed: bool, tmp_path: Path) -> None:
    given = {"SIMPUL_OIDC_ISSUER": issuer, "SIMPUL_DATA_FOLDER": str(tmp_path)}
    if allowed:
        assert load(environ=given).oidc.issuer == issuer
    else:
        with pytest.raises(ConfigurationError, match="Write https://"):
            load(environ=given)
