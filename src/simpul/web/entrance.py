"""What stands before Django: who the visitor is, how many requests run at once, which ones need no Django."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from contextvars import ContextVar
from dataclasses import dataclass
from typing import IO, Any

from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.http.response import HttpResponseBase

from simpul.web import asking
from simpul.web.bodies import REFUSED, Bodies, Refused
from simpul.web.healthz import Receive, Scope, Send
from simpul.web.live.newest import CONNECTION_KEY, Live
from simpul.web.proxies import Network, networks, read, visitor

LOCAL = "127.0.0.1"
# What an address is taken for that no page can have.
NOWHERE = "/-/"
LOOPBACK = networks((LOCAL, "::1"))


class PageRequest(ASGIRequest):
    """Django's request, but `scope` is free for what the visitor may see (`ViewerMiddleware` sets it)."""

    def __init__(self, scope: Scope, body_file: IO[bytes]) -> None:
        self.connection = scope
        super().__init__(scope, body_file)

    def _get_scheme(self) -> str | None:
        """`http` or `https`, from the connection instead of from `scope`."""
        return str(self.connection.get("scheme") or "http")


@dataclass
class Visit:
    """One request on its way: what it holds until its answer is sent, and whether its body was refused."""

    scope: dict[str, Any]
    receive: Receive
    held: AsyncExitStack
    refused: bool = False

    async def listen(self) -> Any:
        """What comes next. After a refusal nothing: Django would take the rest of the body for a fault."""
        if self.refused:
            await asyncio.Event().wait()
        return await self.receive()


class DjangoApp(ASGIHandler):
    """Django with a limit on the requests it works on at the same time; each takes a thread.

    A request counts from the moment its body is here until its answer is ready to be sent, so slow visitors hold
    a connection but no thread. `bodies` limits what they send; what it refuses is answered by a page of Django's
    (`RefusalMiddleware`), which sees an empty body. Each request finds in its connection who knows the newest live
    values, and who asks other processes for it.
    """

    request_class = PageRequest

    def __init__(
        self,
        threads: int,
        live: Live | None = None,
        asks: asking.Asking | None = None,
        bodies: Bodies | None = None,
    ) -> None:
        super().__init__()
        self._found = {CONNECTION_KEY: live, asking.CONNECTION_KEY: asks}
        self._slots = asyncio.Semaphore(threads)
        self._bodies = bodies or Bodies()
        self._visit: ContextVar[Visit] = ContextVar("visit")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        async with AsyncExitStack() as held:
            visit = Visit({**scope, **self._found}, receive, held)
            self._visit.set(visit)
            await super().__call__(visit.scope, visit.listen, send)
        if visit.refused:
            await self._bodies.linger(visit.scope, receive)

    async def read_body(self, receive: Any) -> IO[bytes]:
        """The body, or an empty one in its place where it is refused; then wait for a free slot."""
        visit = self._visit.get()
        body: IO[bytes] = io.BytesIO()
        try:
            body = await visit.held.enter_async_context(self._bodies.take(visit.scope, receive))
        except Refused as refused:
            visit.refused = True
            visit.scope[REFUSED] = refused.status
        await visit.held.enter_async_context(self._slots)
        return body

    async def send_response(self, response: HttpResponseBase, send: Any) -> None:
        """Give the slot back, then send."""
        await self._visit.get().held.aclose()
        await super().send_response(response, send)


def _is_text(path: str) -> bool:
    """Whether an address holds no control characters and no broken UTF-8."""
    return not any(sign < " " or sign in "\x7f\ufffd" for sign in path)


class Entrance:
    """The ASGI application: some paths go to bare applications, all else to Django.

    `bare` holds exact paths, and folders (with a slash at the end) for everything below them.

    Whoever comes through the unix socket is on this machine. With `trust_headers` the visitor is who the proxy says
    (`proxies.visitor`), but only where the peer is the socket or one of the `trusted` networks.
    """

    def __init__(
        self, django: Any, bare: Mapping[str, Any], *, trust_headers: bool, trusted: Sequence[Network] = LOOPBACK
    ) -> None:
        self.django = django
        self.bare = bare
        self.trust_headers = trust_headers
        self.trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection."""
        if scope["type"] != "http":
            raise ValueError(f"a connection of type {scope['type']} is not served")
        self._name_visitor(scope)
        path: str = scope["path"]
        if not _is_text(path):
            # No page has such an address, and no database takes it. Answered like any other that does not exist.
            scope = {**scope, "path": NOWHERE, "raw_path": NOWHERE.encode()}
            path = NOWHERE
        # "/static/css/x.css" -> "/static/": only first-level folders can be bare.
        folder = path[: path.find("/", 1) + 1]
        application = self.bare.get(path) or self.bare.get(folder) or self.django
        await application(scope, receive, send)

    def _name_visitor(self, scope: Scope) -> None:
        # granian gives visitors of its unix socket an empty address.
        peer = (scope.get("client") or ("",))[0]
        through_socket = not peer
        if through_socket:
            peer = LOCAL
            scope["client"] = (peer, 0)
        if not self.trust_headers or not (through_socket or self._is_trusted(peer)):
            return
        said = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
        if said:
            scope["client"] = (visitor(peer, said, self.trusted), 0)
        protocols = [value for name, value in scope["headers"] if name == b"x-forwarded-proto"]
        if protocols and protocols[-1] in (b"http", b"https"):
            scope["scheme"] = protocols[-1].decode("ascii")

    def _is_trusted(self, peer: str) -> bool:
        address = read(peer)
        return address is not None and any(address in network for network in self.trusted)
