"""Queries the store over its unix socket, in the words of ClickHouse's HTTP interface.

The standard library only, so that pages and commands may use it without loading anything. A connection serves one
query; opening one on a unix socket costs a twentieth of a millisecond.
"""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from simpul.kit.problem import Problem

Value = str | int | float | datetime | Sequence[str] | Sequence[int] | Sequence[float]
# How long a query may take; and beyond that, before its answer is given up.
SECONDS, PATIENCE_SECONDS = 5.0, 5.0


class StoreAway(Problem):
    """The store does not answer now: it starts, or is not running. What was measured is safe in the spool."""


class QueryFailed(Problem):
    """The store refused or could not answer this query; `code` is ClickHouse's number, 0 for none."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows as lists in the order of `columns`. Numbers are numbers, moments are texts as ClickHouse writes them."""

    columns: tuple[str, ...]
    rows: list[list[Any]]


class Client:
    """`where` is the socket's path. Threads may share one.

    A query may take `seconds` if it says nothing else; its answer is waited for `patience` seconds longer.
    """

    def __init__(self, where: Path, *, seconds: float = SECONDS, patience: float = PATIENCE_SECONDS) -> None:
        self.where = where
        self.seconds, self.patience = seconds, patience

    def ask(self, sql: str, params: Mapping[str, Value] | None = None, *, seconds: float | None = None) -> Answer:
        """The whole answer. Values go in by `{name:Type}` only, never by formatting. Raises StoreAway, QueryFailed."""
        seconds = self.seconds if seconds is None else seconds
        settings = {"default_format": "JSONCompact", "max_execution_time": f"{seconds:g}"}
        given = {f"param_{name}": written(value) for name, value in (params or {}).items()}
        headers = {"Content-Type": "text/plain; charset=UTF-8"}
        connection = _UnixConnection(self.where, seconds + self.patience)
        try:
            connection.request("POST", "/?" + urlencode(settings | given), sql.encode(), headers)
            response = connection.getresponse()
            body = response.read().decode()
        except (OSError, http.client.HTTPException) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            raise StoreAway(f"the store does not answer ({why}). See simpul doctor; it may be starting") from None
        finally:
            connection.close()
        _check(response, body)
        found = json.loads(body)
        return Answer(tuple(column["name"] for column in found["meta"]), found["data"])


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__("store", timeout=seconds)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


def _check(response: http.client.HTTPResponse, body: str) -> None:
    if response.status == 200:
        return
    code = response.headers.get("X-ClickHouse-Exception-Code", "0")
    line = body.strip().splitlines()[0] if body.strip() else f"status {response.status}"
    if response.status == 503 and code == "0":
        raise StoreAway(f"the store is not ready: {line}. Ask again in a moment")
    raise QueryFailed(f"the store does not answer this query: {line}", int(code) if code.isdigit() else 0)


_ESCAPED = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0", "\b": "\\b", "\f": "\\f"}
_PLAIN = str.maketrans(_ESCAPED)
_QUOTED = str.maketrans(_ESCAPED | {"'": "\\'"})


def written(value: Value) -> str:
    """A parameter as ClickHouse reads it: texts and moments by themselves, lists as arrays."""
    if isinstance(value, str):
        return value.translate(_PLAIN)
    if isinstance(value, Sequence):
        return "[" + ",".join(_item(item) for item in value) + "]"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return repr(value)


def _item(item: str | float) -> str:
    return "'" + item.translate(_QUOTED) + "'" if isinstance(item, str) else repr(item)
