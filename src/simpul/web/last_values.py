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
from simpul.web.live.topics import Sight, seen
from simpul.web.live.viewers import sight_of
from simpul.web.middleware import ViewerRequest


def last_rows(request: HttpRequest, topic: str) -> dict[str, dict[str, Any]]:
    """Rows of the newest message of `links`, `sites` or `uplinks` by code, as far as the visitor may see them."""
    message = _newest(request, topic)
    if message is None:
        return {}
    viewer: ViewerRequest = request  # type: ignore[assignment]  # the middleware has made it one
    sight = Sight(whole=True) if viewer.scope.whole_network else sight_of(viewer.scope)
    rows = seen(topic, message, sight).get(topic)
    if not isinstance(rows, Mapping):
        return {}
    return {str(code): dict(row) for code, row in rows.items() if isinstance(row, Mapping)}


def _newest(request: HttpRequest, topic: str) -> Mapping[str, Any] | None:
    live: Live | None = getattr(request, "connection", {}).get(CONNECTION_KEY)
    return None if live is None else async_to_sync(live.newest)(topic)
