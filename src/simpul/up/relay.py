"""Carries a port of this machine to a unix socket: the only door into the sandbox.

It copies bytes and reads none of them. It listens on loopback only, so every visitor is on this machine, which is
also what the web server believes of whoever comes through its socket.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from contextlib import suppress
from pathlib import Path

from simpul.kit.problem import Problem

CHUNK = 65536
NOT_YET = b"Simpul is starting; try again in a moment.\n"
# What a machine without IPv6 answers: no such family, no such address.
NO_IPV6 = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nRetry-After: 2\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(NOT_YET), NOT_YET)
)


class Relay:
    """127.0.0.1 and, where there is one, ::1. A visitor who comes too early waits up to `patience` seconds."""

    def __init__(self, port: int, target: Path, patience: float = 10.0) -> None:
        self.port = port
        self.target = target
        self.patience = patience
        self._doors: list[socket.socket] = []
        self._servers: list[asyncio.Server] = []
        self._visits: set[asyncio.Task[None]] = set()

    def claim(self) -> None:
        """Take the port, before anything is made for it. Raises Problem when another program has it.

        Both addresses: browsers may ask ::1 first, and would then meet the other program.
        """
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            try:
                self._doors.append(_listen(family, host, self.port))
            except OSError as error:
                if family == socket.AF_INET6 and error.errno in NO_IPV6:
                    continue  # browsers then take 127.0.0.1
                self.close()
                raise Problem(
                    f"port {self.port} cannot be used: {error.strerror} ({host}). "
                    "Stop the program that has it, or choose another (--port)"
                ) from None
            self.port = self._doors[0].getsockname()[1]

    def close(self) -> None:
        """Give the port back."""
        for door in self._doors:
            door.close()
        self._doors.clear()

    async def start(self) -> None:
        """Let visitors in; raises Problem when the port was not claimed yet and is taken."""
        if not self._doors:
            self.claim()
        for door in self._doors:
            self._servers.append(await asyncio.start_server(self._visit, sock=door))

    async def stop(self) -> None:
        """Close the port and cut what is open."""
        for server in self._servers:
            server.close()
        self._doors.clear()
        for visit in list(self._visits):
            visit.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # asyncio would print a cancelled visit as an error; `stop` cancels them on purpose.
        with suppress(asyncio.CancelledError):
            await self._carry(reader, writer)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._visits.add(task)
            task.add_done_callback(self._visits.discard)
        try:
            inner = await self._connect()
            if inner is None:
                writer.write(REFUSAL)
                await writer.drain()
                return
            inner_reader, inner_writer = inner
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(_copy(reader, inner_writer))
                    both.create_task(_copy(inner_reader, writer))
            finally:
                inner_writer.close()
        except* OSError:
            pass  # one side has gone: so has the visit
        finally:
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        loop = asyncio.get_running_loop()
        until = loop.time() + self.patience
        while True:
            try:
                return await asyncio.open_unix_connection(self.target)
            except OSError:
                if loop.time() >= until:
                    return None
                await asyncio.sleep(0.1)


def _listen(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    """Listens at once: a port that is only bound could be bound by another program as well."""
    door = socket.socket(family, socket.SOCK_STREAM)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((host, port))
        door.listen(100)
    except OSError:
        door.close()
        raise
    return door


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Until the source ends; then the sink learns that no more will come, and may still answer."""
    while data := await source.read(CHUNK):
        sink.write(data)
        await sink.drain()
    if sink.can_write_eof():
        sink.write_eof()
