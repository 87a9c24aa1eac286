"""chDB: the ClickHouse engine inside this process, on a folder of its own.

One process per folder, and no fork once it is open. Any thread may call; each call has a session of its own, which
costs half a millisecond and leaves nothing behind.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import chdb

from simpul.engines.chdb_damage import damaged_metadata, vanished
from simpul.kit.problem import Problem

_CODE = re.compile(r"Code: (\d+)\. DB::Exception: ")
_TOKEN = re.compile(r"[A-Za-z0-9._-]{1,200}")
_TABLES = "SELECT name FROM system.tables WHERE database = {database:String}"
_FORMATS = {"native.z": "Native", "arrow": "ArrowStream"}
# One segment makes one block, and so one part per partition: what the token is about.
_INSERT = (
    "insert_deduplication_token = '{token}', deduplicate_blocks_in_dependent_materialized_views = 1, "
    "max_partitions_per_insert_block = 2000, min_insert_block_size_rows = 4000000, "
    "min_insert_block_size_bytes = 1000000000, max_threads = 1"
)


class EngineError(Exception):
    """What the engine answered instead; `code` is ClickHouse's number of the error, 0 when it named none."""

    def __init__(self, told: str) -> None:
        found = _CODE.search(told)
        # The engine repeats itself around the message.
        text = told[found.end() :] if found else told
        while nested := _CODE.match(text):
            found, text = nested, text[nested.end() :]
        super().__init__(re.sub(r" \(version [0-9.]+\).*$", "", text.strip(), flags=re.DOTALL))
        self.code = int(found[1]) if found else 0


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may cost. `rows_read` of the tables, `rows` and `size` (bytes) of its answer."""

    seconds: float = 10.0
    memory: int = 512_000_000
    rows: int = 100_000
    size: int = 64_000_000
    rows_read: int = 5_000_000_000
    threads: int = 2


class Engine:
    """Open once, close once."""

    def __init__(self, folder: Path, database: str) -> None:
        """`folder` belongs to the engine; it is made when it is missing. Inserts and queries are of `database`."""
        if "?" in str(folder):
            raise Problem(f"data folder {folder}: the store cannot live below a name with ?. Choose another folder")
        self.folder = folder
        self.database = database
        self._keeper: Any = None
        self._lock = -1

    def claim(self) -> None:
        """Raise Problem when another process has the folder; else nobody gets it while this process lives."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(self.folder.parent / "engine.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(self._lock, 32, 0).decode(errors="replace").strip() or "?"
            raise Problem(f"the store in {self.folder} is open in process {owner}. Stop that one first") from None
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, f"{os.getpid()}\n".encode(), 0)

    def open(self, statements: Sequence[str], expected: Mapping[str, int] | None = None) -> None:
        """Take the folder and bring the tables up to date. `expected`: rows of the tables that should be there.

        Raises EngineError naming what is damaged, also when another process has the folder. A table whose definition
        has vanished is not made anew: its measurements would be forgotten without a word.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Whoever moves the folder away means to begin anew.
        expected = expected if expected and any(self.folder.iterdir()) else {}
        damaged = damaged_metadata(self.folder)
        if damaged is not None:
            raise EngineError(f"{damaged} is damaged")
        # The engine lives as long as one of its sessions does.
        self._keeper = self._connect()
        gone = vanished(expected, {name for (name,) in self.rows(_TABLES, {"database": self.database})})
        if gone:
            raise EngineError(f"the definition of {', '.join(gone)} is missing")
        for statement in statements:
            self.command(statement)

    def close(self) -> None:
        """End the engine; what was inserted is on the disk already."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.close()

    def command(self, sql: str) -> None:
        """Run a statement of the program's own."""
        with self._session() as session:
            _ask(session, sql, "Null")

    def rows(self, sql: str, params: Mapping[str, str] | None = None) -> list[list[Any]]:
        """Answer a query of the program's own."""
        with self._session() as session:
            answer = _ask(session, sql, "JSONCompact", params)
        found: list[list[Any]] = json.loads(answer)["data"]
        return found

    def insert(self, table: str, token: str, data: bytes, form: str) -> None:
        """Add a segment's rows; the same token again adds nothing. Raises EngineError."""
        if not _TOKEN.fullmatch(token):
            raise ValueError(f"{token!r} is no token")
        sql = f"INSERT INTO {self.database}.{table} SETTINGS {_INSERT.format(token=token)}"
        with self._session() as session:
            try:
                stream = session.send_insert(sql, _FORMATS[form])
                stream.append(data)
                stream.finish()
            except RuntimeError as error:
                raise EngineError(str(error)) from None

    def read(self, sql: str, form: str, params: Mapping[str, str], limits: Limits, name: str = "") -> bytes:
        """Answer a query read-only and within limits. `name` is what `stop` knows it by."""
        with self._session() as session:
            _ask(session, f"USE {self.database}", "Null")
            _ask(session, _limiting(limits, name), "Null")
            return _ask(session, sql, form, params)

    def stop(self, name: str) -> None:
        """Cancel the running query of that name, if there is one."""
        with self._session() as session:
            _ask(session, f"KILL QUERY WHERE Settings['log_comment'] = '{name}' ASYNC", "Null")

    @contextmanager
    def _session(self) -> Iterator[Any]:
        session = self._connect()
        try:
            yield session
        finally:
            session.close()

    def _connect(self) -> Any:
        try:
            return chdb.connect(str(self.folder))
        except (RuntimeError, chdb.ChdbError) as error:
            raise EngineError(str(error)) from None


def _ask(session: Any, sql: str, form: str, params: Mapping[str, str] | None = None) -> bytes:
    try:
        answer: bytes = session.query(sql, form, params=dict(params or {})).bytes()
    except (RuntimeError, chdb.ChdbError) as error:
        raise EngineError(str(error)) from None
    return answer


def _limiting(limits: Limits, name: str) -> str:
    """`readonly` comes last in effect: from then on the session can change nothing, not even its limits."""
    settings = {
        "max_execution_time": limits.seconds,
        "timeout_overflow_mode": "'throw'",
        "max_memory_usage": limits.memory,
        "max_rows_to_read": limits.rows_read,
        "read_overflow_mode": "'throw'",
        "max_result_rows": limits.rows,
        "max_result_bytes": limits.size,
        "result_overflow_mode": "'throw'",
        "max_threads": limits.threads,
        "max_parser_depth": 300,
        "allow_introspection_functions": 0,
        "output_format_json_quote_64bit_integers": 0,
        "output_format_json_quote_denormals": 0,
        "log_comment": f"'{name}'",
        "readonly": 1,
    }
    return "SET " + ", ".join(f"{key} = {value}" for key, value in settings.items())
