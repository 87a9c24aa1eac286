"""Each request knows who asks, also under the asynchronous server; who may not is told what is missing."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from api.regency import SYSTEM, Regency, build
from simpul.people.logic.rights import Role
from simpul.people.service import create_user, grant, issue_token
from simpul.web.entrance import DjangoApp, Entrance


@pytest.fixture
def regency(db: None) -> Regency:
    """People with every role."""
    cache.clear()
    return build()


def signed_in(regency: Regency, role: Role) -> Client:
    """A browser of somebody with that role."""
    client = Client()
    client.force_login(regency.users[role])
    return client


def test_a_stranger_is_sent_to_sign_in_and_back(regency: Regency) -> None:
    answer = Client().get("/people/?role=crew")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/login/?next=%2Fpeople%2F%3Frole%3Dcrew")


def test_a_form_sent_by_a_stranger_is_not_taken_up_again(regency: Regency) -> None:
    assert Client().post("/people/+new/", {"name": "x"}).headers["Location"] == "/account/login/"


def test_the_refusal_names_roles_and_administrators(regency: Regency) -> None:
    answer = signed_in(regency, Role.CREW).get("/people/")
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "administrator, auditor" in page
    assert "Pegawai administrator" in page


def test_an_administrator_who_is_not_one_any_more_is_not_named(regency: Regency) -> None:
    former = create_user(SYSTEM, username="lama", name="Administrator Lama")
    grant(SYSTEM, former, regency.diskominfo, Role.ADMINISTRATOR)
    former.memberships.update(until=timezone.now())
    assert "Administrator Lama" not in signed_in(regency, Role.CREW).get("/people/").content.decode()


def test_every_answer_carries_the_strict_policy(regency: Regency) -> None:
    for path in ("/account/login/", "/people/", "/no/such/page/"):
        policy = Client().get(path).headers["Content-Security-Policy"]
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert rules["default-src"] == rules["connect-src"] == "'self'"
        assert rules["object-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
        assert "unsafe" not in policy
        assert "http" not in policy


def test_reading_pages_writes_the_session_s_last_use_once_in_five_minutes(regency: Regency) -> None:
    client = signed_in(regency, Role.CREW)
    client.get("/account/")
    seen = UserSession.objects.get(user=regency.users[Role.CREW]).last_seen_at
    client.get("/account/")
    assert UserSession.objects.get(user=regency.users[Role.CREW]).last_seen_at == seen


def test_a_token_opens_no_page(regency: Regency) -> None:
    secret = issue_token(SYSTEM, regency.users[Role.ADMINISTRATOR], label="x", days=1).secret
    assert Client().get("/people/", headers={"authorization": f"Bearer {secret}"}).status_code == 302


def ask_together(method: str, path: str, cookies: list[str], **headers: str) -> list[httpx.Response]:
    """Many browsers at once ask the asynchronous application, as granian does, through a proxy that speaks https."""
    proxy = {"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9"}

    async def ask() -> list[httpx.Response]:
        application = Entrance(DjangoApp(4), {}, trust_headers=True)
        transport = httpx.ASGITransport(app=application, client=("", 0))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as browser:
            calls = [browser.request(method, path, headers={**proxy, **headers, "cookie": each}) for each in cookies]
            return await asyncio.gather(*calls)

    return asyncio.run(ask())


def session_of(client: Client) -> str:
    """The Cookie header of a browser."""
    name = django_settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


@pytest.mark.django_db(transaction=True)
def test_requests_at_the_same_time_never_mix_up_who_asks() -> None:
    cache.clear()
    regency = build()
    roles = [role for role in Role if role is not Role.PUBLIC]
    cookies = [session_of(signed_in(regency, role)) for role in roles]
    answers = ask_together("GET", "/account/", cookies * 3)
    shown = [re.findall(r"<p>(u-[a-z]+)</p>", answer.text) for answer in answers]
    assert shown == [[f"u-{role.value}"] for role in roles] * 3
    assert set(UserSession.objects.values_list("ip", flat=True)) == {"203.0.113.9"}


@pytest.mark.django_db(transaction=True)
def test_a_form_behind_an_https_proxy_is_taken_and_links_begin_with_https() -> None:
    cache.clear()
    token = "a" * 32
    cookie = f"{session_of(signed_in(build(), Role.ADMINISTRATOR))}; {django_settings.CSRF_COOKIE_NAME}={token}"
    sent = {"origin": "https://localhost", "x-csrftoken": token, "referer": "https://localhost/people/u-crew/"}
    answer = ask_together("POST", "/people/u-crew/link/", [cookie], **sent)[0]
    assert answer.status_code == 200, answer.text
    assert 'value="https://localhost/invitation/' in answer.text
