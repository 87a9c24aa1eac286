"""A request of somebody, on a server that has heard live values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.test import RequestFactory

from simpul.people.models import User
from simpul.people.service import actor_for
from simpul.people.visibility import scope_of_user
from simpul.web.live.hub import Hub
from simpul.web.live.newest import CONNECTION_KEY
from simpul.web.live.topics import Sight
from simpul.web.middleware import ViewerRequest


class Heard:
    """Stands where the live feed stands in a request's connection."""

    def __init__(self, messages: Mapping[str, Mapping[str, Any]]) -> None:
        self.messages = messages

    async def newest(self, topic: str, sight: Sight) -> Mapping[str, Any] | None:
        """As told, by the feed's own rule."""
        hub = Hub()
        if topic in self.messages:
            hub.publish(topic, self.messages[topic])
        return hub.newest(topic, sight)


def request_of(user: User, path: str = "/", **messages: Mapping[str, Any]) -> ViewerRequest:
    """As the middleware hands it to a view."""
    request = cast("ViewerRequest", RequestFactory().get(path))
    request.user = user
    request.actor, request.scope = actor_for(user), scope_of_user(user)
    request.session = {}  # type: ignore[assignment]  # pages only ask whether there is one
    request.connection = {CONNECTION_KEY: Heard(messages)}  # type: ignore[attr-defined]  # as PageRequest has it
    return request
