"""How a process of the program logs: lines for people, or one JSON object per record for the supervisor."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from types import TracebackType

from simpul.kit.redaction import hidden

Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
# An error that comes again within so long has had its traceback; of so many errors that is remembered.
QUIET_SECONDS, MOST_PLACES, LONGEST_LINE = 60.0, 500, 300
# Set by the supervisor for its children: they log JSON.
SUPERVISED = "SIMPUL_SUPERVISED"


class JsonFormatter(logging.Formatter):
    """`{"level": .., "logger": .., "text": ..}`, with `error` (the traceback) where there is one.

    The same error at the same place has its traceback once a minute, else a broken disk or database would fill the
    log; its line comes every time.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._told: dict[tuple[str, ...], float] = {}

    def format(self, record: logging.LogRecord) -> str:
        entry = {"level": record.levelname.lower(), "logger": record.name, "text": hidden(record.getMessage())}
        if record.exc_info:
            entry["error"] = hidden(self._error(record.name, record.exc_info))
        return json.dumps(entry, ensure_ascii=False)

    def _error(self, logger: str, raised: Raised) -> str:
        place = _place(logger, raised)
        now = self._clock()
        if now - self._told.get(place, float("-inf")) < QUIET_SECONDS:
            return f"{place[-1]} (as within the last minute)"
        if len(self._told) >= MOST_PLACES:
            self._told.clear()
        self._told[place] = now
        return self.formatException(raised)


def _place(logger: str, raised: Raised) -> tuple[str, ...]:
    """By which an error is known again; the last part is its own line."""
    kind, error, trace = raised
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else ""
    return logger, where, f"{kind.__name__ if kind else 'Error'}: {error}"[:LONGEST_LINE]


class PlainFormatter(logging.Formatter):
    """A line for people."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return hidden(super().format(record))


def configure_logging(level: str, as_json: bool) -> None:
    """Send every record to stderr; stdout belongs to a verb's answer. `level` as in the `log.level` setting.

    This comes before the settings are read: a level that does not exist is theirs to refuse, and means `info` here.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if as_json else PlainFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.getLevelNamesMapping().get(level.upper(), logging.INFO))
    logging.captureWarnings(capture=True)
    logging.getLogger("asyncio").addFilter(_matters)


def _matters(record: logging.LogRecord) -> bool:
    # Said of every TLS connection of the bus client that the other side closes; it is without consequence.
    return "eof_received() has no effect" not in str(record.msg)
