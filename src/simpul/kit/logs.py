"""How a process of the program logs: lines for people, or one JSON object per record for the supervisor."""

from __future__ import annotations

import json
import logging
import sys

from simpul.kit.redaction import hidden

# Set by the supervisor for its children: they log JSON.
SUPERVISED = "SIMPUL_SUPERVISED"


class JsonFormatter(logging.Formatter):
    """`{"level": .., "logger": .., "text": ..}`, with `error` (the traceback) where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {"level": record.levelname.lower(), "logger": record.name, "text": hidden(record.getMessage())}
        if record.exc_info:
            entry["error"] = hidden(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)


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
