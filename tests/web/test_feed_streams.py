"""Streams as browsers have them, with a bus and people that the test makes up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.db.models.signals import post_delete

from clocks import HeldClock
from simpul.people.logic.rights import Scope
from simpul.web.live.app import FeedApp
from simpul.web.live.feed import Config, Feed
from simpul.web.live.topics import Sight
from simpul.web.live.viewers import WHOLE, Visitor
from web.feed_stand import StandInBus, Stream

HEALTH = Scope(agencies=frozenset({2}))
SCHOOL = Scope(agencies=frozenset({3}))
LINKS = {"at": "t1", "links": {"L-1": {"ab": 1}, "L-2": {"ab": 2}}}
SITES = {"at": "t1", "sites": {"OPD-1": {"down": 1}, "OPD-2": {"down": 2}}}
QUICK = Config(round_seconds=0.01, gather_seconds=0.01, sight_pause_seconds=0)


class Stand:
    """A feed with its surroundings; sessions and sights are what the test says."""

    def __init__(self, config: Config = QUICK) -> None:
        self.bus = StandInBus()
        self.clock = HeldClock()
        self.people: dict[str, Visitor] = {
            "rina": Visitor(1, WHOLE),
            "budi": Visitor(4, WHOLE),
            "dinkes": Visitor(2, HEALTH),
            "disdik": Visitor(3, SCHOOL),
            "nobody": Visitor(5, Scope()),
        }
        self.sights = {
            WHOLE: Sight(whole=True),
            HEALTH: Sight(sites=frozenset({"OPD-1"}), links=frozenset({"L-1"})),
            SCHOOL: Sight(sites=frozenset({"OPD-2"}), links=frozenset({"L-2"})),
        }
        self.asked: list[str] = []
        self.broken = False
        self.live = Feed(config, self.bus, who=self.who, what=self.sights.__getitem__, clock=self.clock)  # type: ignore[arg-type]
        self.app = FeedApp(lambda: self.live, "simpul_session")

    def who(self, session: str) -> Visitor | None:
        """Counts the questions."""
        if self.broken:
            raise OperationalError("gone")
        self.asked.append(session)
        return self.people.get(session)

    def open(self, session: str = "rina", query: str = "", **more: Any) -> Stream:
        """A browser."""
        return Stream(self.app, query, session, **more)


def run(scenario: Callable[[Stand], Awaitable[None]], config: Config = QUICK) -> Stand:
    """One scenario in a loop of its own."""

    async def whole() -> Stand:
        stand = Stand(config)
        await scenario(stand)
        await stand.live.stop()
        return stand

    return asyncio.run(whole())


def test_a_stream_says_hello_and_brings_each_message() -> None:
    async def scenario(stand: Stand) -> None:
        async with stand.open(query="topics=links,alarms") as stream:
            await stream.has("hello")
            assert (stream.status, stream.headers[b"content-type"]) == (200, b"text/event-stream; charset=utf-8")
            assert stream.headers[b"cache-control"] == b"no-store"
            assert stream.of("hello")[0]["topics"] == ["links", "alarms"]
            assert 2000 <= int(stream.text.split("\n")[0].removeprefix("retry: ")) <= 5000
            await stand.bus.tell("live.sites", SITES)
            await stand.bus.tell("live.links", LINKS)
            await stream.has("links")
            assert stream.of("links") == [LINKS]
            assert not stream.of("sites")

    run(scenario)


def test_a_newcomer_gets_the_newest_message_of_each_topic_at_once() -> None:
    async def scenario(stand: Stand) -> None:
        async with stand.open() as first:
            await stand.bus.tell("live.links", LINKS)
            await stand.bus.tell("live.links", LINKS | {"at": "t2"})
            await first.until(lambda: first.of("links")[-1:] == [LINKS | {"at": "t2"}])
        async with stand.open() as late:
            await late.has("links")
            assert late.of("links") == [LINKS | {"at": "t2"}]

    run(scenario)


def test_two_agencies_get_each_its_own() -> None:
    async def scenario(stand: Stand) -> None:
        async with stand.open("dinkes") as health, stand.open("disdik") as school, stand.open() as staff:
            await stand.bus.tell("live.links", LINKS)
            await stand.bus.tell("live.uplinks", {"at": "t1", "uplinks": {"U-1": {}}})
            await stand.bus.tell("live.sites", SITES)
            for stream in (health, school, staff):
                await stream.has("sites")
            assert health.of("links") == [{"at": "t1", "links": {"L-1": {"ab": 1}}}]
            assert school.of("sites") == [{"at": "t1", "sites": {"OPD-2": {"down": 2}}}]
            assert "L-2" not in health.text
            assert "OPD-1" not in school.text
            assert not health.of("uplinks")
            assert staff.of("sites") == [SITES]
            assert staff.of("uplinks")

    run(scenario)


def test_a_message_is_encoded_once_however_many_see_the_same() -> None:
    async def scenario(stand: Stand) -> None:
        async with stand.open("rina") as first, stand.open("budi", gzip=True) as second, stand.open("dinkes") as third:
            await stand.bus.tell("live.links", LINKS)
            for stream in (first, second, third):
                await stream.has("links")
            assert stand.live.hub.encoded == 2

    run(scenario)


def test_a_compressed_stream_says_the_same() -> None:
    async def scenario(stand: Stand) -> None:
        async with stand.open() as plain, stand.open(gzip=True) as small:
            for number in range(20):
                await stand.bus.tell("live.links", LINKS | {"at": f"t{number}", "long": "x" * 5000})
                await plain.has("links", number + 1)
            await small.has("links", 20)
            assert small.headers[b"content-encoding"] == b"gzip"
            assert b"content-encoding" not in plain.headers
            assert small.of("links") == plain.of("links")
            assert len(small.raw) < len(plain.raw) / 20

    run(scenario)


@pytest.mark.parametrize(
    ("session", "query", "method", "status"),
    [
        ("", "", "GET", 401),
        ("forged", "", "GET", 401),
        ("rina", "topics=links,linkz", "GET", 400),
        ("dinkes", "topics=uplinks", "GET", 403),
        ("nobody", "", "GET", 403),
        ("rina", "", "POST", 405),
    ],
)
def test_who_gets_no_stream_is_told_why(session: str, query: str, method: str, status: int) -> None:
    async def scenario(stand: Stand) -> None:
        async with stand.open(session, query, method=method) as stream:
            assert stream.status == status
            assert stream.text.endswith("\n")
            assert b"location" not in stream.headers
        await stand.app.feed()

    run(scenario)


def test_an_agency_that_asks_for_everything_gets_what_it_may() -> None:
    async def scenario(stand: Stand) -> None:
        async with stand.open("dinkes", "topics=links,sites,uplinks,alarms") as stream:
            await stream.has("hello")
            assert stream.of("hello")[0]["topics"] == ["links", "sites", "alarms"]

    run(scenario)


def test_the_bus_is_joined_by_the_first_viewer_and_once() -> None:
    async def scenario(stand: Stand) -> None:
        async with stand.open("", ""):
            assert stand.bus.started == 0
        async with stand.open(), stand.open("budi"):
            assert stand.bus.started == 1

    run(scenario)


def test_a_session_is_asked_for_once_and_again_after_a_minute() -> None:
    async def scenario(stand: Stand) -> None:
        async with stand.open() as stream:
            await stand.bus.tell("live.links", LINKS)
            await stream.has("links")
            stand.clock.move(59)
            await asyncio.sleep(0.1)
            assert stand.asked == ["rina"]
            stand.clock.move(1)
            await stream.until(lambda: len(stand.asked) == 2)
            assert not stream.ended

    run(scenario)


@pytest.mark.parametrize("change", ["ended", "other-role"])
def test_a_stream_ends_within_a_minute_of_its_session_or_role(change: str) -> None:
    async def scenario(stand: Stand) -> None:
        async with stand.open() as stream:
            await stream.has("hello")
            if change == "ended":
                del stand.people["rina"]
            else:
                stand.people["rina"] = Visitor(1, HEALTH)
            stand.clock.move(60)
            await stream.until(lambda: stream.ended)
            sent = stream.sent
            await stand.bus.tell("live.links", LINKS)
            await asyncio.sleep(0.05)
            assert stream.sent == sent

    run(scenario)


def test_a_stream_ends_at_once_when_the_bus_tells_that_access_has_changed() -> None:
    async def scenario(stand: Stand) -> None:
        async with stand.open() as stream, stand.open("budi") as other:
            await stream.has("hello")
            del stand.people["rina"]
            await stand.bus.tell("changed.people.AccessChanged", {"user": 1, "may_sign_in": False})
            await stream.until(lambda: stream.ended)
            assert not other.ended

    run(scenario, replace(QUICK, round_seconds=3600))


def test_a_stream_ends_at_once_when_its_session_is_deleted_in_any_thread() -> None:
    async def scenario(stand: Stand) -> None:
        async with stand.open() as stream, stand.open("budi") as other:
            await stream.has("hello")
            gone = Session(session_key="rina")
            await asyncio.to_thread(post_delete.send, Session, instance=gone)
            await stream.until(lambda: stream.ended)
            assert not other.ended

    run(scenario, replace(QUICK, round_seconds=3600))


def test_an_element_that_changes_hands_is_gone_from_the_old_owners_stream() -> None:
    async def scenario(stand: Stand) -> None:
        async with stand.open("dinkes") as stream:
            await stand.bus.tell("live.sites", SITES)
            await stream.has("sites")
            stand.sights[HEALTH] = Sight(sites=frozenset({"OPD-2"}))
            await stand.bus.tell("changed.register.ElementChanged", {"kind": "site", "code": "OPD-1"})
            await stream.has("sites", 2)
            assert [list(data["sites"]) for data in stream.of("sites")] == [["OPD-1"], ["OPD-2"]]

    run(scenario)


def test_what_a_viewer_sees_is_looked_up_again_without_being_told() -> None:
    async def scenario(stand: Stand) -> None:
        async with stand.open("dinkes") as stream:
            await stand.bus.tell("live.sites", SITES)
            await stream.has("sites")
            stand.sights[HEALTH] = Sight()
            stand.clock.move(30)
            await stream.has("sites", 2)
            assert stream.of("sites")[-1]["sites"] == {}

    run(scenario)


def test_a_quiet_stream_gives_a_sign_of_life_every_ten_seconds() -> None:
    async def scenario(stand: Stand) -> None:
        async with stand.open() as stream:
            await stream.has("hello")
            stand.clock.move(10)
            await stream.until(lambda: stream.text.count(":\n\n") == 1)
            stand.clock.move(10)
            await stream.until(lambda: stream.text.count(":\n\n") == 2)
            await asyncio.sleep(0.05)
            assert stream.text.count(":\n\n") == 2

    run(scenario)


def test_a_slow_line_gets_the_newest_of_each_topic_and_nothing_piles_up() -> None:
    async def scenario(stand: Stand) -> None:
        async with stand.open() as slow, stand.open("budi") as quick:
            await slow.has("hello")
            slow.clear.clear()
            for number in range(50):
                await stand.bus.tell("live.links", LINKS | {"at": number})
                await stand.bus.tell("live.sites", SITES | {"at": number})
                await quick.has("sites", number + 1)
            assert len(quick.of("links")) == 50
            slow.clear.set()
            await slow.until(lambda: slow.of("sites")[-1:] == [SITES | {"at": 49}])
            # One was on its way when the line stopped; of the 49 behind it only the last came.
            assert len(slow.of("links")) <= 2
            assert stand.live.health().counters["missed"] >= 90

    run(scenario)


def test_a_line_that_takes_nothing_for_a_minute_is_given_up() -> None:
    async def scenario(stand: Stand) -> None:
        async with stand.open() as stream:
            await stream.has("hello")
            stream.clear.clear()
            await stand.bus.tell("live.links", LINKS)
            await asyncio.sleep(0.05)
            stand.clock.move(61)
            await stream.until(lambda: stream.ended)
            assert stand.live.health().counters["viewers"] == 0

    run(scenario)


def test_of_too_many_streams_of_one_person_the_oldest_goes_unless_it_has_just_come() -> None:
    async def scenario(stand: Stand) -> None:
        async with stand.open() as first:
            stand.clock.move(1)
            async with stand.open() as second:
                async with stand.open() as third:
                    assert third.status == 429
                stand.clock.move(60)
                async with stand.open() as fourth, stand.open("budi") as another:
                    await first.until(lambda: first.ended)
                    assert (fourth.status, another.status, second.ended) == (200, 200, False)

    run(scenario, replace(QUICK, most_per_person=2, round_seconds=3600))


def test_beyond_the_most_streams_of_all_nobody_is_let_in() -> None:
    async def scenario(stand: Stand) -> None:
        async with stand.open(), stand.open("budi") as last, stand.open("dinkes") as late:
            assert (last.status, late.status) == (200, 429)

    run(scenario, replace(QUICK, most=2))


def test_without_the_database_nobody_is_let_in_and_nobody_stays_unchecked() -> None:
    async def scenario(stand: Stand) -> None:
        async with stand.open() as stream:
            await stream.has("hello")
            stand.broken = True
            async with stand.open("budi") as late:
                assert late.status == 503
            stand.clock.move(60)
            await stream.until(lambda: stream.ended)

    run(scenario)


def test_who_leaves_is_forgotten() -> None:
    async def scenario(stand: Stand) -> None:
        for _ in range(30):
            async with stand.open("dinkes"):
                pass
        assert stand.live.health().counters["viewers"] == 0
        assert stand.live.hub.scopes() == []

    run(scenario)
