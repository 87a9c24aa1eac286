"""Behind a proxy: who the visitor is, what can be invented, and that limits by address cannot be dodged."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterator, Sequence

import httpx
import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from simpul.kit.actor import Actor
from simpul.kit.valid import check_proxies
from simpul.people.service import create_user
from simpul.web.entrance import DjangoApp, Entrance
from simpul.web.proxies import counted_as, networks, visitor

OURS = networks(["127.0.0.1", "::1", "198.51.100.0/28"])
SYSTEM = Actor.system("test")


@pytest.mark.parametrize(
    ("said", "who"),
    [
        (["203.0.113.9"], "203.0.113.9"),
        (["192.0.2.66, 203.0.113.9"], "203.0.113.9"),
        (["192.0.2.66", "203.0.113.9"], "203.0.113.9"),
        (["192.0.2.66, 203.0.113.9, 198.51.100.3"], "203.0.113.9"),
        (["203.0.113.9:51034"], "203.0.113.9"),
        (["[2001:db8::9]:51034"], "2001:db8::9"),
        (["2001:db8::9"], "2001:db8::9"),
        (["::ffff:203.0.113.9"], "203.0.113.9"),
        (["192.0.2.66, unknown"], "127.0.0.1"),
        (["192.0.2.66, 999.1.1.1"], "127.0.0.1"),
        (["192.0.2.66, , 198.51.100.3"], "198.51.100.3"),
        (["198.51.100.3"], "198.51.100.3"),
        ([""], "127.0.0.1"),
        (["\x00\r\n"], "127.0.0.1"),
    ],
)
def test_the_visitor_is_the_last_one_whom_a_proxy_of_ours_has_seen(said: list[str], who: str) -> None:
    assert visitor("127.0.0.1", said, OURS) == who


@settings(deadline=None)
@given(invented=st.lists(st.text(max_size=40), max_size=4), seen=st.ip_addresses())
def test_whatever_a_visitor_invents_the_address_is_what_the_proxy_saw(
    invented: list[str], seen: ipaddress.IPv4Address | ipaddress.IPv6Address
) -> None:
    alone = visitor("127.0.0.1", [str(seen)], OURS)
    if any(seen in network for network in OURS):
        return
    assert visitor("127.0.0.1", [*invented, str(seen)], OURS) == alone
    assert visitor("127.0.0.1", [", ".join([*invented, str(seen)])], OURS) == alone


def test_one_owner_of_many_ipv6_addresses_counts_as_one() -> None:
    assert counted_as("2001:db8:1:2::1") == counted_as("2001:db8:1:2:ffff::9") != counted_as("2001:db8:1:3::1")
    assert counted_as("::ffff:203.0.113.9") == counted_as("203.0.113.9") != counted_as("203.0.113.10")


def test_a_proxy_in_the_settings_is_an_address_or_a_network() -> None:
    assert check_proxies(("127.0.0.1", "2001:db8::/32")) is None
    assert "neither" in (check_proxies(("proxy.example.org",)) or "")
    assert "neither" in (check_proxies(("192.0.2.1/24",)) or "")


@pytest.fixture
def siti(db: None, settings: object) -> Iterator[None]:
    """Somebody with a password; counters start at nothing."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]
    cache.clear()
    create_user(SYSTEM, username="siti", name="Siti", password="gajah makan kacang")
    yield
    cache.clear()


def guesses_until_refused(addresses: Sequence[str]) -> int:
    """How many wrong passwords these addresses may try, each at another account, until they are refused."""
    for number, address in enumerate(addresses):
        data = {"login": f"nama{number}", "password": "salah sekali"}
        page = Client().post("/account/login/", data, REMOTE_ADDR=address).content.decode()
        if "Terlalu banyak" in page:
            return number
    return len(addresses)


def test_a_guesser_with_a_network_of_ipv6_is_one_address(siti: None) -> None:
    assert guesses_until_refused([f"2001:db8:0:1::{number:x}" for number in range(1, 40)]) == 20


def ask(path: str, headers: list[tuple[str, str]], *, peer: str = "", method: str = "GET") -> httpx.Response:
    """One request to the application behind a proxy, from the socket or from an address."""

    async def call() -> httpx.Response:
        application = Entrance(DjangoApp(2), {"/who": who}, trust_headers=True, trusted=OURS)
        transport = httpx.ASGITransport(app=application, client=(peer, 0))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as browser:
            return await browser.request(method, path, headers=headers)

    return asyncio.run(call())


async def who(scope: object, _: object, send: object) -> None:
    """Says who the visitor is, and how it came."""
    body = f"{scope['client'][0]} {scope['scheme']}".encode()  # type: ignore[index]
    await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": body})  # type: ignore[operator]


@pytest.mark.parametrize(
    ("peer", "said"),
    [
        ("", "203.0.113.9 https"),
        ("127.0.0.1", "203.0.113.9 https"),
        ("198.51.100.3", "203.0.113.9 https"),
        ("192.0.2.5", "192.0.2.5 http"),
    ],
)
def test_who_comes_past_the_proxy_is_believed_nothing(peer: str, said: str) -> None:
    answer = ask("/who", [("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", "https")], peer=peer)
    assert answer.text == said


@pytest.mark.parametrize("proto", ["https, http", "javascript", "", "HTTPS", "wss"])
def test_a_malformed_protocol_is_not_believed(proto: str) -> None:
    answer = ask("/who", [("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", proto)])
    assert answer.text == "203.0.113.9 http"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "host", ["evil.example.org", "localhost@evil.example.org", "localhost:x", "localhost, evil.example.org", "a" * 300]
)
def test_a_foreign_host_name_is_refused_by_a_page(host: str) -> None:
    answer = ask("/account/login/", [("Host", host)])
    assert answer.status_code == 400
    assert host not in answer.text


@pytest.mark.django_db(transaction=True)
def test_other_headers_change_no_link_and_no_host() -> None:
    invented = [("X-Forwarded-Host", "evil.example.org"), ("Forwarded", "host=evil.example.org;for=192.0.2.1")]
    invented += [("X-Real-IP", "192.0.2.1"), ("X-Original-URL", "/people/"), ("X-Rewrite-URL", "/people/")]
    answer = ask("/account/login/", invented)
    assert answer.status_code == 200
    assert "evil.example.org" not in answer.text


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("origin", "passes"),
    [
        ("https://localhost", True),
        ("http://localhost", False),  # the proxy says that the visitor speaks https
        ("https://evil.example.org", False),
        ("https://localhost.evil.example.org", False),
        ("null", False),
    ],
)
def test_a_form_is_only_taken_from_the_own_origin(origin: str, passes: bool) -> None:
    token = "a" * 32
    headers = [("X-Forwarded-Proto", "https"), ("Origin", origin), ("X-CSRFToken", token)]
    headers.append(("Cookie", f"{django_settings.CSRF_COOKIE_NAME}={token}"))
    answer = ask("/account/login/", headers, method="POST")
    assert (answer.status_code != 403) == passes
