"""The component behind `/feed`: listens to the bus, hands on to the viewers, and sees that none stays who may not.

It lives in the web worker's event loop and asks the database in one thread of its own, however many viewers there are.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.db import DatabaseError
from django.db.models.signals import post_delete

from simpul.engines.nats import Bus
from simpul.kit.clock import Clock, SystemClock
from simpul.kit.component import Component
from simpul.kit.health import Health
from simpul.people.logic.rights import Scope
from simpul.web.live.chunks import HEARTBEAT
from simpul.web.live.hub import Hub, Viewer
from simpul.web.live.topics import SUBJECTS, TOPICS, Sight
from simpul.web.live.viewers import Visitor, sight_of, visitor_of

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Config:
    """All in seconds, but for the numbers of streams at once.

    A browser needs one stream, whatever is open in it; where it cannot share one, each page has its own. The whole
    number stays below what the server takes (`web/serve.py`), so that pages always find room.
    """

    check_seconds: float = 60
    sight_seconds: float = 30
    sight_pause_seconds: float = 2
    heartbeat_seconds: float = 10
    stalled_seconds: float = 60
    round_seconds: float = 1
    gather_seconds: float = 0.05
    most_per_person: int = 12
    most: int = 4000


class Feed(Component):
    """Inert until the first viewer comes. `who` and `what` ask the database: whose session, which elements."""

    name = "feed"

    def __init__(
        self,
        config: Config,
        bus: Bus,
        *,
        who: Callable[[str], Visitor | None] = visitor_of,
        what: Callable[[Scope], Sight] = sight_of,
        clock: Clock | None = None,
    ) -> None:
        self.config = config
        self.hub = Hub(config.gather_seconds)
        # Outside of a request these run one after the other in one thread, which the whole process shares.
        self._who = sync_to_async(who, thread_sensitive=True)
        self._what = sync_to_async(what, thread_sensitive=True)
        self._bus = bus
        self._clock = clock or SystemClock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._rounds: asyncio.Task[None] | None = None
        self._called = asyncio.Event()
        self._register_changed = False
        self._looked_at = 0.0
        self._counts = {"opened": 0, "refused": 0, "ended": 0}

    async def start(self) -> None:
        """Listen to the bus, and begin the rounds."""
        self._loop = asyncio.get_running_loop()
        for topic in TOPICS:
            await self._bus.subscribe(SUBJECTS + topic, self._on_value)
        await self._bus.subscribe("changed.people.AccessChanged", self._on_access)
        await self._bus.subscribe("changed.register.*", self._on_register)
        await self._bus.start()
        post_delete.connect(self._on_session_gone, sender=Session)
        self._looked_at = self._clock.monotonic()
        self._rounds = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Close every stream and leave the bus."""
        post_delete.disconnect(self._on_session_gone, sender=Session)
        if self._rounds is not None:
            self._rounds.cancel()
            await asyncio.wait({self._rounds})
        for viewer in self.hub.viewers():
            viewer.end()
        await self._bus.stop()

    def health(self) -> Health:
        """As the bus client's, with the viewers counted."""
        bus = self._bus.health()
        viewers = list(self.hub.viewers())
        missed = self.hub.missed + sum(viewer.missed for viewer in viewers)
        counts = {"viewers": len(viewers), "encoded": self.hub.encoded, "missed": missed, **self._counts}
        return Health(bus.state, bus.detail, counts)

    def now(self) -> float:
        """Seconds by the component's clock."""
        return self._clock.monotonic()

    async def visitor(self, session: str) -> Visitor | None:
        """Whose session it is. Raises DatabaseError."""
        return await self._who(session)

    async def admit(self, viewer: Viewer) -> bool:
        """Let the viewer follow, if there is room. Raises DatabaseError."""
        if not self._room_for(viewer):
            self._counts["refused"] += 1
            return False
        scope = viewer.visitor.scope
        sight = self.hub.sight(scope)
        if sight is None:
            sight = await self._what(scope)
        self._counts["opened"] += 1
        self.hub.enter(viewer, sight)
        return True

    def _room_for(self, viewer: Viewer) -> bool:
        """Of too many streams of one person the oldest goes; it may belong to a line that is long dead.

        Not one that has just come: two browsers would throw each other out without end.
        """
        here = list(self.hub.viewers())
        if len(here) >= self.config.most:
            return False
        own = [other for other in here if other.visitor.user == viewer.visitor.user]
        if len(own) < self.config.most_per_person:
            return True
        oldest = min(own, key=lambda other: other.opened_at)
        if self.now() - oldest.opened_at < self.config.check_seconds:
            return False
        self._end(oldest)
        return True

    def _end(self, viewer: Viewer) -> None:
        self._counts["ended"] += 1
        viewer.end()
        # At once out of the hub: it is told nothing more, and counts no more.
        self.hub.leave(viewer)

    # what the bus and the rest of the process tell

    async def _on_value(self, subject: str, payload: dict[str, Any]) -> None:
        self.hub.publish(subject.removeprefix(SUBJECTS), payload)

    async def _on_access(self, _: str, payload: dict[str, Any]) -> None:
        for viewer in self.hub.viewers():
            if viewer.visitor.user == payload.get("user"):
                viewer.checked_at = float("-inf")
        self._called.set()

    async def _on_register(self, _: str, __: dict[str, Any]) -> None:
        self._register_changed = True

    def _on_session_gone(self, instance: Session, **_: Any) -> None:
        # In the thread of whoever signs out.
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end_session, str(instance.session_key))

    def _end_session(self, session: str) -> None:
        for viewer in self.hub.viewers():
            if viewer.session == session:
                self._end(viewer)

    # the rounds

    async def _keep(self) -> None:
        while True:
            try:
                await self._check_sessions()
                await self._look_again()
            except DatabaseError:
                log.exception("the live feed could not look up what its viewers may see")
            self._attend()
            try:
                async with asyncio.timeout(self.config.round_seconds):
                    await self._called.wait()
            except TimeoutError:
                continue
            self._called.clear()

    async def _check_sessions(self) -> None:
        due: dict[str, list[Viewer]] = {}
        before = self.now() - self.config.check_seconds
        for viewer in self.hub.viewers():
            if viewer.checked_at <= before:
                due.setdefault(viewer.session, []).append(viewer)
        for session, viewers in due.items():
            try:
                visitor = await self._who(session)
            except DatabaseError:
                log.exception("the live feed could not check a session, so it ends that session's streams")
                visitor = None
            for viewer in viewers:
                viewer.checked_at = self.now()
                if viewer.visitor != visitor:
                    self._end(viewer)

    async def _look_again(self) -> None:
        age = self.now() - self._looked_at
        changed = self._register_changed and age >= self.config.sight_pause_seconds
        if not changed and age < self.config.sight_seconds:
            return
        self._register_changed = False
        self._looked_at = self.now()
        for scope in self.hub.scopes():
            self.hub.see(scope, await self._what(scope))

    def _attend(self) -> None:
        """A sign of life for who has heard nothing for a while; an end for whose line takes nothing any more."""
        now = self.now()
        for viewer in self.hub.viewers():
            if viewer.sending_since is not None and now - viewer.sending_since > self.config.stalled_seconds:
                self._end(viewer)
                if viewer.task is not None:
                    viewer.task.cancel()
            elif now - viewer.sent_at >= self.config.heartbeat_seconds:
                viewer.sent_at = now
                viewer.offer("", HEARTBEAT)
