"""Carries a port of this machine to a unix socket: the only door into the sandbox.

It copies bytes and reads none of them. It listens on loopback only, so every visitor is on this machine, which is
also what the web server believes of whoever comes through its socket.
"""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from simpul.kit.problem import Problem

CHUNK = 65536
NOT_YET = b"Simpul is starting; try again in a moment.\n"
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
        self._servers: list[asyncio.Server] = []
        self._visits: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Raises Problem when the port is taken."""
        try:
            self._servers.append(await asyncio.start_server(self._visit, "127.0.0.1", self.port))
        except OSError as error:
            raise Problem(
                f"port {self.port} cannot be used: {error.strerror or error}. "
                "Stop the program that has it, or choose another (--port)"
            ) from None
        self.port = self._servers[0].sockets[0].getsockname()[1]
        try:
            self._servers.append(await asyncio.start_server(self._visit, "::1", self.port, family=socket.AF_INET6))
        except OSError:
            return  # a machine without IPv6: browsers then take 127.0.0.1

    async def stop(self) -> None:
        """Close the port and cut what is open."""
        for server in self._servers:
            server.close()
        for visit in list(self._visits):
            visit.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
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


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Until the source ends; then the sink learns that no more will come, and may still answer."""
    while data := await source.read(CHUNK):
        sink.write(data)
        await sink.drain()
    if sink.can_write_eof():
        sink.write_eof()
