"""What a visitor may send: how much, how slowly, and where it waits. The one place for these limits.

Nothing of a body reaches the disk before it is known who sends it. A body of a few kilobytes (a form, a call of the
API) waits in memory; a larger one must come with a valid session or token, and then goes to a temporary file.
"""

from __future__ import annotations

import asyncio
import errno
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.core.exceptions import RequestAborted

from simpul.web.healthz import Receive, Scope

MB = 2**20
# Where a request's scope says that its body was not taken: the status of the answer.
REFUSED = "simpul.refused"
FULL = (errno.ENOSPC, errno.EDQUOT)

# Who sends: what tells persons apart, or None for a stranger. Asks the database.
Sender = Callable[[Scope], Awaitable[int | None]]


async def nobody(_: Scope) -> int | None:
    """Everybody is a stranger."""
    return None


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes, times in seconds."""

    # Without a valid session or token.
    stranger: int = 2 * MB
    # With one: a file of evidence, and the rest of its form.
    person: int = 51 * MB
    # All bodies in memory together, without the first `small` bytes of each: so a sign-in always has room. Past this
    # a body must come from a person, and goes to disk.
    memory: int = 64 * MB
    small: int = 65536
    # Bodies on disk at once for one person.
    at_once: int = 4
    # A body may take `grace`, and a second more for every `least_rate` bytes that have come.
    grace: float = 15.0
    least_rate: int = 4096
    # So long what still comes is thrown away after a refusal: a browser that is cut off while it sends shows no answer.
    linger: float = 5.0


class Refused(Exception):
    """The body is not taken; `status` of the answer."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class Bodies:
    """Takes the bodies of all requests of one process, within the limits."""

    def __init__(self, limits: Limits | None = None, sender: Sender = nobody) -> None:
        self.limits = limits or Limits()
        self._sender = sender
        self._waiting = 0
        self._on_disk: Counter[int] = Counter()

    @asynccontextmanager
    async def take(self, scope: Scope, receive: Receive) -> AsyncIterator[IO[bytes]]:
        """The whole body, until the request is over. Raises Refused, or RequestAborted when the visitor has gone."""
        body = _Body(self, scope, receive)
        try:
            yield await body.read()
        except BaseException:
            body.file.close()
            raise
        finally:
            body.leave_memory()
            self._on_disk[body.person] -= body.is_on_disk
            self._on_disk += Counter()  # forgets who has nothing there

    async def linger(self, scope: Scope, receive: Receive) -> None:
        """After a refusal: throw away what still comes, for a while."""
        if scope[REFUSED] == HTTPStatus.REQUEST_TIMEOUT or b"expect" in dict(scope["headers"]):
            return  # nothing is on its way: this visitor is slow, or waits for leave to send
        try:
            async with asyncio.timeout(self.limits.linger):
                while (message := await receive())["type"] == "http.request" and message.get("more_body"):
                    pass
        except TimeoutError:
            pass

    def has_room(self, size: int) -> bool:
        """Whether so many bytes more may wait in memory."""
        return self._waiting + size <= self.limits.memory

    def hold(self, size: int) -> None:
        """Count bytes in memory."""
        self._waiting += size

    async def admit(self, scope: Scope, refusal: HTTPStatus) -> int:
        """Who may write to the disk. Raises Refused for strangers, and for a person who sends too much at once."""
        person = await self._sender(scope)
        if person is None:
            raise Refused(refusal)
        if self._on_disk[person] >= self.limits.at_once:
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS)
        self._on_disk[person] += 1
        return person


class _Body:
    """One body on its way in."""

    def __init__(self, bodies: Bodies, scope: Scope, receive: Receive) -> None:
        self.bodies, self.scope, self.receive = bodies, scope, receive
        self.file: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(max_size=bodies.limits.person + 1)  # noqa: SIM115
        self.size = self.held = self.person = 0
        self.is_on_disk = False

    async def read(self) -> IO[bytes]:
        """All of it. The whole has a time limit that grows with what has come."""
        if (declared := _declared(self.scope)) > self.bodies.limits.person:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if declared > self.bodies.limits.stranger:
            await self._to_disk(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        clock = asyncio.get_running_loop().time
        until = clock() + self.bodies.limits.grace
        more = True
        while more:
            message = await self._next(until + self.size / self.bodies.limits.least_rate)
            await self._write(message.get("body", b""))
            more = message.get("more_body", False)
        self.file.seek(0)
        return self.file

    async def _next(self, until: float) -> Any:
        try:
            async with asyncio.timeout_at(until):
                message = await self.receive()
        except TimeoutError:
            raise Refused(HTTPStatus.REQUEST_TIMEOUT) from None
        if message["type"] == "http.disconnect":
            raise RequestAborted
        return message

    async def _write(self, part: bytes) -> None:
        self.size += len(part)
        limits = self.bodies.limits
        if self.size > limits.person:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if not self.is_on_disk:
            if self.size > limits.stranger:
                await self._to_disk(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            elif not self.bodies.has_room(more := max(0, self.size - limits.small) - self.held):
                await self._to_disk(HTTPStatus.SERVICE_UNAVAILABLE)
            else:
                self.bodies.hold(more)
                self.held += more
        try:
            self.file.write(part)
        except OSError as error:
            raise _full(error) from None

    async def _to_disk(self, refusal: HTTPStatus) -> None:
        self.person = await self.bodies.admit(self.scope, refusal)
        self.is_on_disk = True
        try:
            self.file.rollover()
        except OSError as error:
            raise _full(error) from None
        self.leave_memory()

    def leave_memory(self) -> None:
        """It waits there no more."""
        self.bodies.hold(-self.held)
        self.held = 0


def _full(error: OSError) -> Exception:
    return Refused(HTTPStatus.INSUFFICIENT_STORAGE) if error.errno in FULL else error


def _declared(scope: Scope) -> int:
    """Bytes by Content-Length, 0 without. Raises Refused for two lengths: a proxy may have read the other one."""
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"")
    if not length:
        return 0
    if b"transfer-encoding" in headers or not length.isdigit() or len(length) > 18:
        raise Refused(HTTPStatus.BAD_REQUEST)
    return int(length)
