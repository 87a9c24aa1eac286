"""A message reaches many viewers in portions, and none is left out."""

from __future__ import annotations

import asyncio

from simpul.web.live.hub import PORTION, Hub, Viewer
from simpul.web.live.topics import Sight
from simpul.web.live.viewers import WHOLE, Visitor

PATIENCE = 120


async def followers(hub: Hub, count: int) -> list[Viewer]:
    """So many who see everything, with what was told before already taken."""
    viewers = [Viewer(str(n), Visitor(n, WHOLE), frozenset({"links"}), zipped=False, now=0.0) for n in range(count)]
    for viewer in viewers:
        hub.enter(viewer, Sight(whole=True))
    return viewers


def test_everybody_gets_the_very_same_piece() -> None:
    async def scene() -> None:
        hub = Hub(gather_seconds=0)
        viewers = await followers(hub, 3 * PORTION + 1)
        hub.publish("links", {"at": 1, "links": {}})
        async with asyncio.timeout(PATIENCE):
            bodies = [await viewer.take() for viewer in viewers]
        assert b'"at":1' in bodies[0]
        assert all(body is bodies[0] for body in bodies)
        assert hub.encoded == 1

    asyncio.run(scene())


def test_a_newer_message_in_between_is_what_the_later_portions_get() -> None:
    async def scene() -> None:
        hub = Hub(gather_seconds=0)
        viewers = await followers(hub, 2 * PORTION)
        hub.publish("links", {"at": 1, "links": {}})
        hub.flush()
        hub.publish("links", {"at": 2, "links": {}})
        async with asyncio.timeout(PATIENCE):
            for viewer in viewers:
                while b'"at":2' not in await viewer.take():
                    continue

    asyncio.run(scene())


def test_who_has_left_in_between_gets_nothing() -> None:
    async def scene() -> None:
        hub = Hub(gather_seconds=0)
        viewers = await followers(hub, 2 * PORTION)
        hub.publish("links", {"at": 1, "links": {}})
        hub.flush()
        for viewer in viewers:
            viewer.end()
            hub.leave(viewer)
        async with asyncio.timeout(PATIENCE):
            assert not any([await viewer.take() for viewer in viewers])

    asyncio.run(scene())
