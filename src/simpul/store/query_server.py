"""The query server: ClickHouse's HTTP interface, for reading, on a unix socket that only this user may open.

    GET /?query=SELECT...&param_metric=...&max_execution_time=2
    POST /?param_metric=...   with the query as the body

Answers in the format that `default_format` names (TabSeparated without it). Errors are ClickHouse's own: a status,
`X-ClickHouse-Exception-Code`, one line of text. The engine enforces reading only and the limits of a query; what the
embedded engine leaves open is refused before it runs (`logic/sql_guard.py`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from simpul.engines.chdb import Engine, EngineError, Limits
from simpul.kit.component import Component
from simpul.kit.health import Health
from simpul.store.ingest import Ingest
from simpul.store.logic.sql_guard import refusal
from simpul.store.query_http import BadRequest, Request, read_request, response
from simpul.store.tables import DATABASE

log = logging.getLogger(__name__)

# ClickHouse's numbers of errors.
READONLY, TIMEOUT, TOO_MANY_QUERIES = 164, 159, 202
_STATUS = {60: 404, 81: 404, READONLY: 403, 497: 403, TIMEOUT: 408, TOO_MANY_QUERIES: 503, 241: 500, 396: 500}
# Settings that a client may send although they change nothing here.
_HARMLESS = {"database": (DATABASE,), "readonly": ("1", "2")}
_LIMITS = {
    "max_execution_time": "seconds",
    "max_memory_usage": "memory",
    "max_result_rows": "rows",
    "max_result_bytes": "size",
    "max_rows_to_read": "rows_read",
    "max_threads": "threads",
}
_TYPES = {
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "ArrowStream": "application/vnd.apache.arrow.stream",
}
_TABLE_FUNCTIONS = "SELECT lower(name) FROM system.table_functions"


@dataclass(frozen=True)
class Config:
    """`limits` are the most that one query may ask for; `waiting` queries may wait for a thread.

    At most `connections` are open at once. A query that has not ended `grace_seconds` after its time is cancelled and
    answered as timed out; a client must fetch its answer within `fetch_seconds`.
    """

    socket: Path
    limits: Limits
    threads: int = 4
    waiting: int = 64
    grace_seconds: float = 2.0
    connections: int = 256
    fetch_seconds: float = 30.0


class QueryServer(Component):
    """Queries run in threads; the event loop only carries bytes."""

    name = "store-queries"

    def __init__(self, config: Config, engine: Engine, ingest: Ingest) -> None:
        self.config = config
        self.engine = engine
        self.ingest = ingest
        self._threads = ThreadPoolExecutor(config.threads, thread_name_prefix="query")
        self._server: asyncio.Server | None = None
        self._table_functions: frozenset[str] = frozenset()
        self._number = 0
        self._open = 0
        self._busy: set[str] = set()
        self._counts = {"queries": 0, "refused": 0, "failed": 0, "cancelled": 0}

    async def start(self) -> None:
        """Listen at once; until the engine is open the answer is 503."""
        self.config.socket.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, self.config.socket)
        self.config.socket.chmod(0o600)

    async def stop(self) -> None:
        """Running queries are cancelled, not waited for."""
        if self._server is not None:
            self._server.close()
        if self.ingest.opened.is_set():
            for name in sorted(self._busy):
                self._cancel(name)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def health(self) -> Health:
        """Up while it listens and the engine is open."""
        counters = {**self._counts, "running": len(self._busy)}
        if not self.ingest.opened.is_set():
            why = self.ingest.trouble
            return Health("down" if why else "starting", why or "waits for the column store", counters)
        return Health("up", "", counters)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            full = self._open > self.config.connections
            said = (
                _failed(503, TOO_MANY_QUERIES, "too many connections at once") if full else await self._answer(reader)
            )
            writer.transport.set_write_buffer_limits(0)
            writer.write(said)
            async with asyncio.timeout(self.config.fetch_seconds):
                await writer.drain()
        except (OSError, EOFError, TimeoutError):
            # The client has gone, or does not fetch the answer.
            self._counts["cancelled"] += 1
            writer.transport.abort()
        finally:
            self._open -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        try:
            request = await read_request(reader)
        except BadRequest as error:
            return _failed(error.status, 0, str(error))
        if request.path == "/ping":
            return response(200, b"Ok.\n", {"Content-Type": "text/plain; charset=UTF-8"})
        if request.path != "/" or request.method not in ("GET", "POST"):
            return _failed(404 if request.path != "/" else 405, 0, f"there is no {request.method} {request.path}")
        if not self.ingest.opened.is_set():
            return _failed(503, 0, "it cannot be opened" if self.ingest.trouble else "the column store opens")
        if len(self._busy) >= self.config.threads + self.config.waiting:
            return _failed(503, TOO_MANY_QUERIES, "too many queries at once")
        return await self._run(request, reader)

    async def _run(self, request: Request, reader: asyncio.StreamReader) -> bytes:
        self._counts["queries"] += 1
        try:
            limits, params, form = _settings(request.query, self.config.limits)
        except BadRequest as error:
            self._counts["refused"] += 1
            return _failed(error.status, 0, str(error))
        sql = "\n".join(part for part in (request.query.get("query", ""), request.body) if part)
        self._number += 1
        name = f"query-{self._number}"
        self._busy.add(name)
        work = asyncio.get_running_loop().run_in_executor(self._threads, self._ask, sql, form, params, limits, name)
        gone = asyncio.create_task(reader.read(1))
        try:
            patience = limits.seconds + self.config.grace_seconds
            await asyncio.wait({work, gone}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
            work.cancel()
            self._cancel(name)
            if gone.done():
                raise EOFError("the client has gone")
            self._counts["failed"] += 1
            return _failed(_STATUS[TIMEOUT], TIMEOUT, f"Timeout exceeded: no answer within {patience:g} seconds")
        finally:
            gone.cancel()
            self._busy.discard(name)

    def _ask(self, sql: str, form: str, params: dict[str, str], limits: Limits, name: str) -> bytes:
        """In a thread. Every answer is an answer of the protocol."""
        try:
            why = refusal(sql, self._known_table_functions())
            if why:
                self._counts["refused"] += 1
                return _failed(403, READONLY, why)
            body = self.engine.read(sql, form, params, limits, name)
        except EngineError as error:
            self._counts["failed"] += 1
            damaged = self.ingest.met_damage(error)
            return _failed(_STATUS.get(error.code, 400), error.code, f"{damaged} is damaged" if damaged else str(error))
        return response(200, body, {"Content-Type": _TYPES[form], "X-ClickHouse-Format": form})

    def _known_table_functions(self) -> frozenset[str]:
        """Asked of the engine once; two threads that ask at the same time get the same answer."""
        if not self._table_functions:
            self._table_functions = frozenset(name for [name] in self.engine.rows(_TABLE_FUNCTIONS))
        return self._table_functions

    def _cancel(self, name: str) -> None:
        try:
            self.engine.stop(name)
        except EngineError as error:
            log.warning("%s could not be cancelled: %s", name, error)


def _settings(query: Mapping[str, str], most: Limits) -> tuple[Limits, dict[str, str], str]:
    """The limits (never above `most`), the query's own parameters, and the format of the answer."""
    form = query.get("default_format", "TabSeparated")
    if form not in _TYPES:
        raise BadRequest(400, f"format {form} is not offered")
    limits = most
    params: dict[str, str] = {}
    for key, value in query.items():
        if key in ("query", "default_format"):
            continue
        if key.startswith("param_"):
            params[key.removeprefix("param_")] = value
        elif key in _LIMITS:
            limits = _lowered(limits, key, value)
        elif value not in _HARMLESS.get(key, ()):
            raise BadRequest(400, f"setting {key} = {value[:100]} may not be given here")
    return limits, params, form


def _lowered(limits: Limits, key: str, value: str) -> Limits:
    field = _LIMITS[key]
    most = getattr(limits, field)
    try:
        asked = type(most)(value)
    except ValueError:
        raise BadRequest(400, f"{key} is no number: {value[:100]}") from None
    # 0 means without limit, which nobody gets; less than a hundredth of a second would be rounded to it.
    return replace(limits, **{field: asked}) if 0.01 <= asked < most else limits


def _failed(status: int, code: int, text: str) -> bytes:
    line = f"Code: {code}. DB::Exception: {text}\n" if code else f"{text}\n"
    headers = {"Content-Type": "text/plain; charset=UTF-8"}
    if code:
        headers["X-ClickHouse-Exception-Code"] = str(code)
    return response(status, line.encode(), headers)
