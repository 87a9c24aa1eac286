"""From one message to all who may see it: narrowed and encoded once for each sight, not once for each viewer.

Of each topic only the newest message counts. Whoever cannot keep up misses those between, and nothing piles up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

from simpul.people.logic.rights import Scope
from simpul.web.live.chunks import Chunk, event, together
from simpul.web.live.topics import TOPICS, Payload, Sight, seen
from simpul.web.live.viewers import Visitor

# So many viewers are handed a message, then the next after so long; a thousand of them within a tenth of a second.
PORTION = 100
PAUSE_SECONDS = 0.01


class Viewer:
    """One open stream, and what waits to be sent on it: at most one chunk for each topic."""

    def __init__(self, session: str, visitor: Visitor, topics: frozenset[str], *, zipped: bool, now: float) -> None:
        self.session = session
        self.visitor = visitor
        self.topics = topics
        self.zipped = zipped
        self.opened_at = self.checked_at = self.sent_at = now
        self.sending_since: float | None = None
        self.missed = 0
        self.greeting = Chunk(b"")
        self.task: asyncio.Task[None] | None = None
        self._waiting: dict[str, Chunk] = {}
        self.over = False
        self._wake: asyncio.Future[None] | None = None

    def offer(self, topic: str, chunk: Chunk) -> None:
        """Have it sent next, in the place of an older one of the topic."""
        self.missed += topic in self._waiting
        self._waiting[topic] = chunk
        self._rouse()

    def end(self) -> None:
        """Close the stream. The browser may open a new one, which is asked for its rights."""
        self.over = True
        self._rouse()

    async def take(self) -> bytes:
        """Wait for what is to be sent; empty once the stream is over."""
        if not self.over and not self._waiting:
            self._wake = asyncio.get_running_loop().create_future()
            await self._wake
        if self.over:
            return b""
        waiting, self._waiting = self._waiting, {}
        return together(tuple(waiting.values()), zipped=self.zipped)

    def _rouse(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)


@dataclass(eq=False)
class Group:
    """All viewers of one scope, and what has been encoded for them."""

    sight: Sight
    viewers: set[Viewer] = field(default_factory=set)
    chunks: dict[str, Chunk] = field(default_factory=dict)


class Hub:
    """Holds the newest message of each topic and everybody who follows; lives in one event loop."""

    def __init__(self, gather_seconds: float = 0.05) -> None:
        self._gather = gather_seconds
        self._groups: dict[Scope, Group] = {}
        self._newest: dict[str, tuple[int, Payload]] = {}
        self._fresh: set[str] = set()
        self._number = 0
        self.encoded = 0
        self.missed = 0

    def publish(self, topic: str, payload: Payload) -> None:
        """Tell everybody who may see it, together with what else comes within a few hundredths of a second."""
        if topic not in TOPICS:
            return
        self._number += 1
        self._newest[topic] = (self._number, payload)
        if not self._fresh:
            asyncio.get_running_loop().call_later(self._gather, self.flush)
        self._fresh.add(topic)

    def flush(self) -> None:
        """Hand out what has come since the last time."""
        # In the table's order, so that one wake-up sends the same bytes to all.
        fresh = [topic for topic in TOPICS if topic in self._fresh]
        self._fresh.clear()
        for group in self._groups.values():
            for topic in fresh:
                group.chunks.pop(topic, None)
        self._hand_out([(group, viewer) for group in self._groups.values() for viewer in group.viewers], fresh)

    def _hand_out(self, waiting: list[tuple[Group, Viewer]], topics: list[str]) -> None:
        # In portions: what is on its way to everybody at once would all lie in memory.
        for group, viewer in waiting[:PORTION]:
            self._hand(group, viewer, topics)
        if rest := waiting[PORTION:]:
            asyncio.get_running_loop().call_later(PAUSE_SECONDS, self._hand_out, rest, topics)

    def newest(self, topic: str, sight: Sight) -> Payload | None:
        """What a sight leaves of the last message of a topic; None before the first."""
        found = self._newest.get(topic)
        return seen(topic, found[1], sight) if found else None

    def sight(self, scope: Scope) -> Sight | None:
        """What a scope sees, if somebody with it is here."""
        group = self._groups.get(scope)
        return group.sight if group else None

    def enter(self, viewer: Viewer, sight: Sight) -> None:
        """Let somebody follow; the newest message of each topic comes at once."""
        group = self._groups.setdefault(viewer.visitor.scope, Group(sight))
        group.viewers.add(viewer)
        self._hand(group, viewer, list(self._newest))

    def leave(self, viewer: Viewer) -> None:
        """Forget a viewer, and its scope with the last one."""
        group = self._groups.get(viewer.visitor.scope)
        if group is None or viewer not in group.viewers:
            return
        self.missed += viewer.missed
        group.viewers.remove(viewer)
        if not group.viewers:
            del self._groups[viewer.visitor.scope]

    def see(self, scope: Scope, sight: Sight) -> None:
        """A scope sees other elements now: its viewers get the newest messages again, as they are to be."""
        group = self._groups.get(scope)
        if group is None or group.sight == sight:
            return
        group.sight = sight
        group.chunks.clear()
        for viewer in group.viewers:
            self._hand(group, viewer, list(self._newest))

    def viewers(self) -> Iterator[Viewer]:
        """Everybody, as of now."""
        return iter([viewer for group in self._groups.values() for viewer in group.viewers])

    def scopes(self) -> list[Scope]:
        """The scopes of all who are here, but for the one that sees everything and needs no looking up."""
        return [scope for scope in self._groups if not scope.whole_network]

    def _hand(self, group: Group, viewer: Viewer, topics: list[str]) -> None:
        for topic in topics:
            if topic not in viewer.topics or topic not in self._newest:
                continue
            chunk = group.chunks.get(topic)
            if chunk is None:
                number, payload = self._newest[topic]
                chunk = group.chunks[topic] = event(topic, seen(topic, payload, group.sight), number)
                self.encoded += 1
            viewer.offer(topic, chunk)
