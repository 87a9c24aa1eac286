"""What stands before Django: who the visitor is, how many requests run at once, which ones need no Django."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from contextvars import ContextVar
from typing import IO, Any

from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.http.response import HttpResponseBase

from simpul.web import asking
from simpul.web.healthz import Receive, Scope, Send
from simpul.web.live.newest import CONNECTION_KEY, Live

LOCAL = "127.0.0.1"


class PageRequest(ASGIRequest):
    """Django's request, but `scope` is free for what the visitor may see (`ViewerMiddleware` sets it)."""

    def __init__(self, scope: Scope, body_file: IO[bytes]) -> None:
        self.connection = scope
        super().__init__(scope, body_file)

    def _get_scheme(self) -> str | None:
        """`http` or `https`, from the connection instead of from `scope`."""
        return str(self.connection.get("scheme") or "http")


class DjangoApp(ASGIHandler):
    """Django with a limit on the requests it works on at the same time; each takes a thread.

    A request counts from the moment its body is here until its answer is ready to be sent, so slow visitors hold
    a connection but no thread. Each request finds in its connection who knows the newest live values, and who asks
    other processes for it.
    """

    request_class = PageRequest

    def __init__(self, threads: int, live: Live | None = None, asks: asking.Asking | None = None) -> None:
        super().__init__()
        self._found = {CONNECTION_KEY: live, asking.CONNECTION_KEY: asks}
        self._slots = asyncio.Semaphore(threads)
        self._held: ContextVar[AsyncExitStack] = ContextVar("held")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        async with AsyncExitStack() as held:
            self._held.set(held)
            await super().__call__({**scope, **self._found}, receive, send)

    async def read_body(self, receive: Any) -> IO[bytes]:
        """The body; then wait for a free slot."""
        body: IO[bytes] = await super().read_body(receive)
        await self._held.get().enter_async_context(self._slots)
        return body

    async def send_response(self, response: HttpResponseBase, send: Any) -> None:
        """Give the slot back, then send."""
        await self._held.get().aclose()
        await super().send_response(response, send)


class Entrance:
    """The ASGI application: some paths go to bare applications, all else to Django.

    `bare` holds exact paths, and folders (with a slash at the end) for everything below them.

    Whoever comes through the unix socket is on this machine. Behind a proxy (`trust_headers`) the visitor is who
    the proxy says: the last entry of X-Forwarded-For, since earlier ones can be invented.
    """

    def __init__(self, django: Any, bare: Mapping[str, Any], *, trust_headers: bool) -> None:
        self.django = django
        self.bare = bare
        self.trust_headers = trust_headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection."""
        if scope["type"] != "http":
            raise ValueError(f"a connection of type {scope['type']} is not served")
        self._name_visitor(scope)
        path: str = scope["path"]
        # "/static/css/x.css" -> "/static/": only first-level folders can be bare.
        folder = path[: path.find("/", 1) + 1]
        application = self.bare.get(path) or self.bare.get(folder) or self.django
        await application(scope, receive, send)

    def _name_visitor(self, scope: Scope) -> None:
        # granian gives visitors of its unix socket an empty address.
        if not (scope.get("client") or ("",))[0]:
            scope["client"] = (LOCAL, 0)
        if not self.trust_headers:
            return
        for name, value in scope["headers"]:
            if name == b"x-forwarded-for":
                scope["client"] = (value.decode("latin-1").rpartition(",")[2].strip(), 0)
            elif name == b"x-forwarded-proto" and value in (b"http", b"https"):
                scope["scheme"] = value.decode("ascii")
