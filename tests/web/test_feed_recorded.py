"""Recorded streams: real sessions, the real bus, and a publisher that tells of everything there is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.test import Client

from api.regency import SYSTEM, Regency
from people.town import build_town
from simpul.engines.nats import Bus
from simpul.people.logic.rights import Role
from simpul.people.models import User
from simpul.people.service import deactivate, end_membership
from simpul.register.models import Link, Site, Uplink
from simpul.web.live.app import FeedApp
from simpul.web.live.feed import Config, Feed
from up.bus_server import PASSWORD, BusServer
from waiting import PATIENCE_SECONDS, becomes
from web.feed_stand import Stream

pytestmark = pytest.mark.django_db
ALARMS = [
    {"id": 1, "kind": "circuit_down", "refs": ["C-1", "L-1"], "sites": ["OPD-2"], "party": "PENYEDIA-A"},
    {"id": 2, "kind": "circuit_down", "refs": ["C-2", "L-2"], "sites": ["RP-1"], "party": "PENYEDIA-B"},
    {"id": 3, "kind": "device_down", "refs": ["R-1"], "sites": ["OPD-1", "OPD-2", "RP-1"], "party": "DISKOMINFO"},
]


@pytest.fixture
def town() -> Regency:
    """Two agencies and two providers, each with something of its own."""
    return build_town()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[BusServer]:
    """A bus of the test's own."""
    server = BusServer(tmp_path)
    server.start()
    yield server
    server.end()


@dataclass
class Live:
    """The application on the bus, and somebody who publishes."""

    app: FeedApp
    server: BusServer
    publisher: Bus

    async def tell(self, mark: str = "t") -> None:
        """One message of each topic, of every element of the register."""
        codes = {model: await sync_to_async(_codes)(model) for model in (Link, Site, Uplink)}
        values: dict[str, Any] = {
            "links": {code: {"ab": 1, "ba": 2, "state": "up"} for code in codes[Link]},
            "sites": {code: {"down": 1, "network": "up"} for code in codes[Site]},
            "uplinks": {code: {"down": 1, "alive": True} for code in codes[Uplink]},
        }
        for topic, rows in values.items():
            await self.publisher.publish(f"live.{topic}", {"at": mark, topic: rows})
        await self.publisher.publish("live.alarms", {"at": mark, "open": ALARMS})


def _codes(model: type[Link | Site | Uplink]) -> list[str]:
    return list(model._default_manager.values_list("code", flat=True))


def signed_in(user: User) -> str:
    """The session of a browser in which the person has signed in."""
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def on_the_bus(server: BusServer, scenario: Callable[[Live], Awaitable[None]], **config: float) -> None:
    """Run it; what it asks the database is asked in the test's own thread and transaction."""

    async def whole() -> None:
        live = Feed(Config(round_seconds=0.05, **config), Bus(server.config("simpul", PASSWORD)))  # type: ignore[arg-type]
        publisher = Bus(server.config("simpul", PASSWORD))
        app = FeedApp(lambda: live, settings.SESSION_COOKIE_NAME)
        await app.feed()
        await publisher.start()
        try:
            await publisher.connected(PATIENCE_SECONDS)
            await becomes(lambda: live.health().state == "up")
            await scenario(Live(app, server, publisher))
        finally:
            await publisher.stop()
            await live.stop()

    async_to_sync(whole)()


def test_a_recorded_feed_holds_each_ones_own_and_not_a_word_of_others(town: Regency, server: BusServer) -> None:
    sessions = {role: signed_in(town.users[role]) for role in Role}

    async def scenario(live: Live) -> None:
        async with AsyncExitStack() as stack:
            streams = {
                role: await stack.enter_async_context(Stream(live.app, session=session))
                for role, session in sessions.items()
            }
            assert streams[Role.PUBLIC].status == 403
            await live.tell()
            for role, stream in streams.items():
                if role is not Role.PUBLIC:
                    await stream.has("alarms")
            check(streams)

    on_the_bus(server, scenario)


def check(streams: dict[Role, Stream]) -> None:
    """`agency` belongs to the clinic's agency (OPD-2, L-1), `provider` to PENYEDIA-A (L-1, U-1)."""
    agency, provider = streams[Role.AGENCY], streams[Role.PROVIDER]
    assert list(agency.of("sites")[0]["sites"]) == ["OPD-2"]
    assert list(agency.of("links")[0]["links"]) == ["L-1"]
    assert [(alarm["id"], alarm["sites"]) for alarm in agency.of("alarms")[0]["open"]] == [
        (1, ["OPD-2"]),
        (3, ["OPD-2"]),
    ]
    assert not agency.of("uplinks")
    for foreign in ("L-2", "U-1", "U-2", "RP-1", "OPD-1", "POP-1", "R-1", "C-2", "PENYEDIA-B"):
        assert foreign not in agency.text
    assert list(provider.of("links")[0]["links"]) == ["L-1"]
    assert list(provider.of("uplinks")[0]["uplinks"]) == ["U-1"]
    assert [alarm["id"] for alarm in provider.of("alarms")[0]["open"]] == [1]
    for foreign in ("L-2", "U-2", "OPD-", "RP-1", "POP-1", "R-1", "C-2", "PENYEDIA-B"):
        assert foreign not in provider.text
    for role in (Role.ADMINISTRATOR, Role.OPERATOR, Role.ENGINEER, Role.CREW, Role.HEAD, Role.AUDITOR):
        assert set(streams[role].of("sites")[0]["sites"]) == {"POP-1", "OPD-1", "OPD-2", "RP-1"}
        assert streams[role].of("alarms")[0]["open"] == ALARMS


def test_signing_out_ends_the_streams_of_that_browser_only(town: Regency, server: BusServer) -> None:
    user = town.users[Role.OPERATOR]
    browser, other = Client(), signed_in(user)
    browser.force_login(user)
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value

    async def scenario(live: Live) -> None:
        async with Stream(live.app, session=session) as stream, Stream(live.app, session=other) as kept:
            await stream.has("hello")
            await sync_to_async(browser.post)("/account/logout/")
            await stream.until(lambda: stream.ended)
            await live.tell()
            await kept.has("sites")
            assert not stream.of("sites")
            async with Stream(live.app, session=session) as again:
                assert again.status == 401

    on_the_bus(server, scenario)


def test_who_is_locked_out_hears_nothing_more(town: Regency, server: BusServer) -> None:
    user = town.users[Role.OPERATOR]
    session = signed_in(user)

    async def scenario(live: Live) -> None:
        async with Stream(live.app, session=session) as stream:
            await stream.has("hello")
            await sync_to_async(deactivate)(SYSTEM, user)
            await live.publisher.publish("changed.people.AccessChanged", {"user": user.pk, "may_sign_in": False})
            await stream.until(lambda: stream.ended)
            async with Stream(live.app, session=session) as again:
                assert again.status == 401

    on_the_bus(server, scenario)


def test_who_loses_a_role_gets_the_rest_after_coming_again(town: Regency, server: BusServer) -> None:
    user = town.users[Role.AGENCY]
    session = signed_in(user)

    async def scenario(live: Live) -> None:
        async with Stream(live.app, session=session) as stream:
            await stream.has("hello")
            await sync_to_async(lambda: end_membership(SYSTEM, user.memberships.get()))()
            await live.publisher.publish("changed.people.AccessChanged", {"user": user.pk, "may_sign_in": True})
            await stream.until(lambda: stream.ended)
            async with Stream(live.app, session=session) as again:
                assert again.status == 403

    on_the_bus(server, scenario)


def test_a_new_password_ends_the_streams_of_old_sessions(town: Regency, server: BusServer) -> None:
    user = town.users[Role.OPERATOR]
    session = signed_in(user)

    async def scenario(live: Live) -> None:
        async with Stream(live.app, session=session) as stream:
            await stream.has("hello")
            await sync_to_async(User.objects.filter(pk=user.pk).update)(password="!other")
            await stream.until(lambda: stream.ended)

    on_the_bus(server, scenario, check_seconds=0.2)


def test_a_site_that_moves_to_another_agency_leaves_the_feed_of_the_old_one(town: Regency, server: BusServer) -> None:
    session = signed_in(town.users[Role.AGENCY])

    async def scenario(live: Live) -> None:
        async with Stream(live.app, session=session) as stream:
            await live.tell()
            await stream.has("sites")
            await sync_to_async(Site.objects.filter(code="OPD-2").update)(organisation=town.school)
            await live.publisher.publish("changed.register.ElementChanged", {"kind": "site", "code": "OPD-2"})
            await stream.has("sites", 2)
            assert stream.of("sites")[1]["sites"] == {}

    on_the_bus(server, scenario, sight_pause_seconds=0.0)


def test_a_bus_that_was_away_brings_values_again(town: Regency, server: BusServer) -> None:
    session = signed_in(town.users[Role.OPERATOR])

    async def scenario(live: Live) -> None:
        async with Stream(live.app, session=session) as stream:
            await live.tell("before")
            await stream.has("links")
            server.end()
            server.start()
            async with asyncio.timeout(PATIENCE_SECONDS):
                while stream.of("links")[-1]["at"] != "after":
                    await live.tell("after")
                    await asyncio.sleep(0.1)

    on_the_bus(server, scenario)
