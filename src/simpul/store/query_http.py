"""One HTTP request per connection, read and answered with h11, bounded in size and time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl

import h11

# ClickHouse's own limit of an address (`http_max_uri_size`), and some room for headers.
LONGEST_HEAD = 1_100_000
LONGEST_BODY = 1_000_000
REQUEST_SECONDS = 10.0
_READ = 65_536


class BadRequest(Exception):
    """What was sent is not a request that can be answered."""

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
    """Raises BadRequest."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=LONGEST_HEAD)
    try:
        async with asyncio.timeout(REQUEST_SECONDS):
            return await _read(connection, reader)
    except h11.RemoteProtocolError as error:
        raise BadRequest(error.error_status_hint, str(error)) from None
    except TimeoutError:
        raise BadRequest(408, "the request did not arrive in time") from None
    except UnicodeDecodeError:
        raise BadRequest(400, "the request is not UTF-8") from None


async def _read(connection: h11.Connection, reader: asyncio.StreamReader) -> Request:
    head = h11.Request(method="GET", target="/", headers=[("Host", "store")])
    body = b""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_READ))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > LONGEST_BODY:
                raise BadRequest(413, f"the body is longer than {LONGEST_BODY} bytes")
        elif isinstance(event, h11.EndOfMessage):
            path, _, query = head.target.decode().partition("?")
            return Request(head.method.decode(), path, _parameters(query), body.decode())
        else:
            raise BadRequest(400, "the connection ended before a request came")


def _parameters(query: str) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, strict_parsing=bool(query), errors="strict", max_num_fields=200
        )
    except ValueError:
        raise BadRequest(400, "the address's parameters cannot be read") from None
    if len(dict(pairs)) != len(pairs):
        raise BadRequest(400, "a parameter is given twice")
    return dict(pairs)


def response(status: int, body: bytes, headers: Mapping[str, str]) -> bytes:
    """A whole response; the connection ends after it."""
    connection = h11.Connection(h11.SERVER)
    lines = [("Content-Length", str(len(body))), ("Connection", "close"), *headers.items()]
    head = h11.Response(status_code=status, headers=lines, reason=HTTPStatus(status).phrase)
    parts = [connection.send(event) for event in (head, h11.Data(data=body), h11.EndOfMessage())]
    return b"".join(part for part in parts if part)
