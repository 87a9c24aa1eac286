"""The part of HTTP that ClickHouse's clients speak to read: one request per connection, bounded in size and time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

LONGEST_HEAD = 65_536
LONGEST_BODY = 1_000_000
HEAD_SECONDS = 10.0
TYPES = {
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "JSONCompactEachRow": "application/x-ndjson; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "Native": "application/octet-stream",
}
_REASONS = {
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    413: "Content Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class BadRequest(Exception):
    """What was sent is no request that can be answered."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """`query` holds the address's parameters, each once."""

    method: str
    path: str
    query: Mapping[str, str]
    body: str


async def read_request(reader: asyncio.StreamReader) -> Request:
    """Raises BadRequest, or EOFError when nobody speaks."""
    try:
        async with asyncio.timeout(HEAD_SECONDS):
            return await _read_request(reader)
    except asyncio.LimitOverrunError:
        raise BadRequest(413, f"the head is longer than {LONGEST_HEAD} bytes") from None
    except TimeoutError:
        raise BadRequest(408, "the request did not arrive in time") from None
    except UnicodeDecodeError:
        raise BadRequest(400, "the request is not UTF-8") from None


async def _read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise BadRequest(400, "this is no HTTP request")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await _body(reader, headers)
    path, _, query = parts[1].partition("?")
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, strict_parsing=bool(query), errors="strict", max_num_fields=200
        )
    except ValueError:
        raise BadRequest(400, "the address's parameters cannot be read") from None
    if len(dict(pairs)) != len(pairs):
        raise BadRequest(400, "a parameter stands twice")
    return Request(parts[0], path, dict(pairs), body)


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> str:
    if "transfer-encoding" in headers:
        raise BadRequest(400, "only bodies of a stated length are read")
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise BadRequest(400, "Content-Length is no number")
    if int(length) > LONGEST_BODY:
        raise BadRequest(413, f"the body is longer than {LONGEST_BODY} bytes")
    return (await reader.readexactly(int(length))).decode()


def answer(status: int, body: bytes, headers: Mapping[str, str]) -> bytes:
    """A whole answer; the connection ends after it."""
    lines = [
        f"HTTP/1.1 {status} {_REASONS[status]}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
