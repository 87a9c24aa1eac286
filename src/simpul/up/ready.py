"""Does a program do its work? Asked from outside, the way its users would."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

from simpul.configuration import Configuration
from simpul.kit.health import is_fresh
from simpul.up.bus_access import bus_address, bus_authority

Answers = Callable[[int], Awaitable[bool]]
Address = Path | tuple[str, int]
PATIENCE_SECONDS = 2.0


def bus_answers(configuration: Configuration) -> Answers:
    """nats-server greets whoever connects, and shows a certificate that its clients believe."""

    async def answers(_: int) -> bool:
        try:
            # A new one each time: the server may have a new authority. That it is not made yet is no error.
            context = ssl.create_default_context(cafile=bus_authority(configuration))
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await _greets(bus_address(configuration), context)
        except (OSError, TimeoutError, ValueError):
            return False

    return answers


async def _greets(address: tuple[str, int], context: ssl.SSLContext) -> bool:
    reader, writer = await asyncio.open_connection(*address)
    try:
        if not (await reader.readline()).startswith(b"INFO "):
            return False
        # Who leaves before the handshake is noted by the server as an error.
        await writer.start_tls(context, server_hostname=address[0])
    finally:
        writer.close()
    return True


def web_answers(configuration: Configuration) -> Answers:
    """The web server answers the health question; that does not wake Django."""

    async def answers(_: int) -> bool:
        return await http_status(web_address(configuration), "/healthz") is not None

    return answers


def reports(group: str) -> Callable[[Configuration], Answers]:
    """A group of components says by itself how it is, in its health file."""

    def of(configuration: Configuration) -> Answers:
        async def answers(pid: int) -> bool:
            return is_fresh(configuration.data.run, group, pid)

        return answers

    return of


def web_address(configuration: Configuration) -> Address:
    """Where this machine reaches the web server."""
    listen = configuration.server.listen
    if listen == "unix":
        return configuration.data.socket
    host, _, port = listen.rpartition(":")
    everywhere = {"0.0.0.0": "127.0.0.1", "[::]": "::1"}  # noqa: S104 (compared, not bound)
    return everywhere.get(host, host.strip("[]")), int(port)


async def http_status(address: Address, path: str, host: str = "localhost") -> int | None:
    """The status of the answer to one GET; None when there is none in time."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    first = await _converse(address, request)
    parts = first.split(b" ")
    return int(parts[1]) if len(parts) > 1 and parts[0].startswith(b"HTTP/") and parts[1].isdigit() else None


async def _converse(address: Address, say: bytes) -> bytes:
    """Connect, say something, return the first line that comes back; empty when none does."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            if isinstance(address, Path):
                reader, writer = await asyncio.open_unix_connection(address)
            else:
                reader, writer = await asyncio.open_connection(*address)
            try:
                writer.write(say)
                return await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError):
        return b""
