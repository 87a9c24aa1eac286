"""One log for the whole tree: JSON lines in a file that is put aside when full, readable lines on the console."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from simpul.kit.redaction import hidden

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
# nats-server: "[4711] [INF] Server is ready"
_NATS = re.compile(r"\[\d+\] \[(DBG|TRC|INF|WRN|ERR|FTL)\] (.*)")
# The server's settings lie in a private folder with mode 0600, and hold random passwords that are used nowhere else.
_NATS_HARMLESS = ("Plaintext passwords detected",)
_NATS_LEVELS = {"DBG": "debug", "TRC": "debug", "INF": "info", "WRN": "warning", "ERR": "error", "FTL": "error"}


class Journal:
    """Written by the supervisor alone, so that no line of two processes is mixed.

    `console` and `path` may be None. A full disk or a closed console loses lines, never the tree.
    """

    def __init__(
        self,
        path: Path | None,
        console: TextIO | None,
        console_level: str = "info",
        limit: int = 10_000_000,
        keep: int = 5,
    ) -> None:
        self.path = path
        self.console = console
        self.least = LEVELS[console_level]
        self.limit = limit
        self.keep = keep
        self._file: TextIO | None = None
        self._size = 0

    def event(self, source: str, text: str, level: str = "info", **fields: Any) -> None:
        """Something the supervisor itself has to say; `fields` go into the file as they are."""
        at = datetime.now(UTC)
        entry = {"at": at.isoformat(timespec="milliseconds"), "from": source, "level": level, "text": text, **fields}
        self._write(json.dumps(entry, ensure_ascii=False, default=str) + "\n")
        if self.console is not None and LEVELS.get(level, 20) >= self.least:
            self._show(at, source, text, level, str(fields.get("error", "")))

    def line(self, source: str, raw: str) -> None:
        """A line that a child printed: our own processes write JSON, others what they like."""
        level, text, fields = understand(hidden(raw))
        self.event(source, text, level, **fields)

    def close(self) -> None:
        """Close the file; a later event opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, line: str) -> None:
        if self.path is None:
            return
        try:
            if self._file is None:
                self._file = self.path.open("a", encoding="utf-8", buffering=1)
                self._size = self.path.stat().st_size
            size = len(line.encode())
            if self._size and self._size + size > self.limit:
                self._put_aside(self.path)
            self._file.write(line)
            self._size += size
        except OSError:
            self._file = None

    def _put_aside(self, path: Path) -> None:
        """simpul.log -> simpul.log.1 -> ... -> simpul.log.<keep>, the oldest forgotten."""
        self.close()
        for number in range(self.keep - 1, 0, -1):
            older = path.with_name(f"{path.name}.{number}")
            if older.exists():
                older.replace(path.with_name(f"{path.name}.{number + 1}"))
        path.replace(path.with_name(f"{path.name}.1"))
        self._file = path.open("a", encoding="utf-8", buffering=1)
        self._size = 0

    def _show(self, at: datetime, source: str, text: str, level: str, error: str) -> None:
        mark = "" if level in ("debug", "info") else f"{level.upper()} "
        line = f"{at.astimezone():%H:%M:%S} {source:<8} {mark}{text}"
        try:
            print("\n".join([line, *error.splitlines()]), file=self.console, flush=True)
        except OSError:
            self.console = None


def understand(raw: str) -> tuple[str, str, dict[str, Any]]:
    """(level, text, other fields) of a line that some program printed."""
    if raw.startswith('{"level"'):
        try:
            entry = json.loads(raw)
            level, text = str(entry.pop("level")), str(entry.pop("text"))
        except (ValueError, KeyError):
            return "info", raw, {}
        return level, text, {name: value for name, value in entry.items() if name not in ("at", "from")}
    match = _NATS.match(raw)
    if match:
        return "info" if match[2].startswith(_NATS_HARMLESS) else _NATS_LEVELS[match[1]], match[2], {}
    return "info", raw, {}
