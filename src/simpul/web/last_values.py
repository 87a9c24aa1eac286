"""The newest live message of each topic, for pages that are made on the server: the same that the feed tells browsers.

The process keeps them where it follows the bus. The application hands that place to each request with its connection;
where there is none (a command, a test), nothing is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpRequest

from simpul.web.live.newest import CONNECTION_KEY, Live
from simpul.web.live.topics import Sight
from simpul.web.live.viewers import sight_of
from simpul.web.middleware import ViewerRequest

SIGHT = "_sight"


def last_rows(request: HttpRequest, topic: str) -> dict[str, dict[str, Any]]:
    """Rows of the newest message of `links`, `sites` or `uplinks` by code, as far as the visitor may see them."""
    live: Live | None = getattr(request, "connection", {}).get(CONNECTION_KEY)
    if live is None:
        return {}
    viewer: ViewerRequest = request  # type: ignore[assignment]  # the middleware has made it one
    message = async_to_sync(live.newest)(topic, _sight(viewer))
    rows = message.get(topic) if message is not None else None
    if not isinstance(rows, Mapping):
        return {}
    return {str(code): dict(row) for code, row in rows.items() if isinstance(row, Mapping)}


def _sight(viewer: ViewerRequest) -> Sight:
    """What the visitor sees, asked of the database once for all topics of a page."""
    known: Sight | None = viewer.__dict__.get(SIGHT)
    if known is None:
        known = viewer.__dict__[SIGHT] = sight_of(viewer.scope)
    return known
