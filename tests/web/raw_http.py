"""HTTP as an attacker writes it: bytes on a socket, and what comes back."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

PATIENCE_SECONDS = 60
PART = b"x" * 65536


def dial(url: str) -> socket.socket:
    """A connection to the server of a site."""
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname or "", parts.port or 80), PATIENCE_SECONDS)
    connection.settimeout(PATIENCE_SECONDS)
    return connection


def head(method: str, path: str, *lines: str, host: str = "localhost") -> bytes:
    """The head of a request."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {host}", *lines, "", ""]).encode()


def chunk(part: bytes) -> bytes:
    """One piece of a body that does not say how long it is."""
    return b"%x\r\n%s\r\n" % (len(part), part)


def parts(size: int) -> Iterable[bytes]:
    """So many bytes."""
    for start in range(0, size, len(PART)):
        yield PART[: size - start]


def send(connection: socket.socket, pieces: Iterable[bytes]) -> int:
    """Send until all is gone or the other side wants no more; bytes sent."""
    sent = 0
    try:
        for piece in pieces:
            connection.sendall(piece)
            sent += len(piece)
    except OSError:
        pass
    return sent


def answer(connection: socket.socket) -> bytes:
    """Everything until the server ends the connection, without which this fails."""
    got = b""
    try:
        while data := connection.recv(65536):
            got += data
    except ConnectionResetError:
        pass
    finally:
        connection.close()
    return got


def status(said: bytes) -> int:
    """The number of an answer, 0 where there is none."""
    return int(said[9:12]) if said.startswith(b"HTTP/1.1 ") else 0
