"""`GET /feed?topics=links,alarms`: server-sent events, one stream for each browser, answered without Django."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qs

from django.db import DatabaseError

from simpul.web.healthz import Receive, Scope, Send
from simpul.web.live.chunks import GZIP_HEADER, greeting
from simpul.web.live.feed import Feed
from simpul.web.live.hub import Viewer
from simpul.web.live.topics import TOPICS, Payload, Sight, allowed
from simpul.web.senders import cookie_of

log = logging.getLogger(__name__)

# Milliseconds; spread, so that after a restart not everybody comes in the same moment.
RETRY = (2000, 5000)


class Refused(Exception):
    """No stream, and why, as the answer says it."""

    def __init__(self, status: int, words: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.headers = headers


class FeedApp:
    """A bare ASGI application. `make` gives the component, which is started by its first visitor.

    The server runs no start-up of its own here, and a worker that nobody watches needs no bus.
    """

    def __init__(self, make: Callable[[], Feed], cookie_name: str) -> None:
        self._make = make
        self._cookie = cookie_name
        self._feed: Feed | None = None
        self._starting = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection, for as long as it lasts."""
        try:
            viewer, feed = await self._admitted(scope)
        except Refused as refused:
            await _refuse(send, refused)
            return
        try:
            await self._stream(viewer, feed, receive, send)
        finally:
            feed.hub.leave(viewer)

    async def feed(self) -> Feed:
        """The component, running."""
        async with self._starting:
            if self._feed is None:
                feed = self._make()
                await feed.start()
                self._feed = feed
        return self._feed

    async def newest(self, topic: str, sight: Sight) -> Payload | None:
        """What a sight leaves of a topic's newest message, for pages; the first who asks starts the component."""
        return (await self.feed()).hub.newest(topic, sight)

    async def _admitted(self, scope: Scope) -> tuple[Viewer, Feed]:
        if scope["method"] != "GET":
            raise Refused(405, "only GET", (b"allow", b"GET"))
        asked = _topics(scope["query_string"])
        headers = dict(scope["headers"])
        session = cookie_of(scope["headers"], self._cookie)
        if not session:
            raise Refused(401, "sign in first")
        feed = await self.feed()
        try:
            visitor = await feed.visitor(session)
            if visitor is None:
                raise Refused(401, "sign in first")
            topics = [topic for topic in allowed(visitor.scope) if topic in asked or not asked]
            if not topics:
                raise Refused(403, "your roles show you none of these topics")
            zipped = b"gzip" in headers.get(b"accept-encoding", b"")
            viewer = Viewer(session, visitor, frozenset(topics), zipped=zipped, now=feed.now())
            hello = {"at": datetime.now(UTC).isoformat(), "topics": topics}
            viewer.greeting = greeting(random.randint(*RETRY), hello)  # noqa: S311 (only to spread)
            if not await feed.admit(viewer):
                raise Refused(429, "too many streams are open", (b"retry-after", b"60"))
        except DatabaseError:
            log.exception("nobody can be let into the live feed while the database does not answer")
            raise Refused(503, "the database does not answer", (b"retry-after", b"10")) from None
        return viewer, feed

    async def _stream(self, viewer: Viewer, feed: Feed, receive: Receive, send: Send) -> None:
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            # nginx would hold the events back until its buffer is full.
            (b"x-accel-buffering", b"no"),
        ]
        if viewer.zipped:
            headers.append((b"content-encoding", b"gzip"))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        viewer.task = asyncio.current_task()
        gone = asyncio.create_task(_gone(receive, viewer))
        try:
            await _pump(viewer, feed, send)
        except asyncio.CancelledError:
            # A line that takes nothing any more is given up by the rounds.
            if not viewer.over:
                raise
        finally:
            gone.cancel()


async def _pump(viewer: Viewer, feed: Feed, send: Send) -> None:
    # Alone: it differs from viewer to viewer, what follows does not.
    first = (GZIP_HEADER if viewer.zipped else b"") + viewer.greeting.body(zipped=viewer.zipped)
    await send({"type": "http.response.body", "body": first, "more_body": True})
    while body := await viewer.take():
        viewer.sent_at = viewer.sending_since = feed.now()
        # The server takes it when the line does, so a slow line holds up this stream and no other.
        await send({"type": "http.response.body", "body": body, "more_body": True})
        viewer.sending_since = None
    await send({"type": "http.response.body", "body": b""})


async def _gone(receive: Receive, viewer: Viewer) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    viewer.end()


def _topics(query: bytes) -> frozenset[str]:
    asked = ",".join(parse_qs(query.decode("latin-1")).get("topics", []))
    names = frozenset(filter(None, asked.split(",")))
    if unknown := sorted(names - TOPICS.keys()):
        # Not the name itself: what somebody else has put into an address is not repeated.
        raise Refused(400, f"topics: {len(unknown)} of them unknown; there are {', '.join(TOPICS)}")
    return names


async def _refuse(send: Send, refused: Refused) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), *refused.headers]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{refused.words}\n".encode()})
