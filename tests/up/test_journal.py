"""The log: one JSON line per event whoever said it, put aside when full, readable on the console."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from simpul.up.logs import Journal, understand


def test_every_line_in_the_file_is_one_json_object(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "log", None)
    journal.event("up", "web started", group="web", pid=7)
    journal.line("web", 'plain "text"')
    journal.close()
    first, second = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert (first["from"], first["text"], first["group"], first["pid"]) == ("up", "web started", "web", 7)
    assert (second["from"], second["text"], second["level"]) == ("web", 'plain "text"', "info")
    assert first["at"].endswith("+00:00")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ('{"level": "error", "text": "no", "logger": "x", "error": "Trace"}', ("error", "no", "Trace")),
        ("[4711] [WRN] slow consumer", ("warning", "slow consumer", None)),
        ("[4711] [WRN] Plaintext passwords detected, use", ("info", "Plaintext passwords detected, use", None)),
        ('{"level": broken', ("info", '{"level": broken', None)),
    ],
)
def test_lines_of_our_processes_and_of_the_bus_are_understood(raw: str, expected: tuple[str, str, str | None]) -> None:
    level, text, fields = understand(raw)
    assert (level, text, fields.get("error")) == expected


def test_a_child_cannot_say_that_it_is_another(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "log", None)
    journal.line("web", '{"level": "info", "text": "hm", "from": "up", "at": "1970"}')
    journal.close()
    assert json.loads((tmp_path / "log").read_text())["from"] == "web"


def test_a_full_file_is_put_aside_and_the_oldest_forgotten(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "log", None, limit=400, keep=2)
    for number in range(20):
        journal.event("up", f"event {number}")
    journal.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "log.1", "log.2"]
    kept = "".join((tmp_path / name).read_text() for name in ("log.2", "log.1", "log"))
    numbers = [int(json.loads(line)["text"].split()[1]) for line in kept.splitlines()]
    assert numbers == list(range(numbers[0], 20))
    assert all(path.stat().st_size <= 400 for path in tmp_path.iterdir())


def test_the_console_shows_who_said_it_and_only_what_matters() -> None:
    console = io.StringIO()
    journal = Journal(None, console, "warning")
    journal.event("web", "a page was asked for")
    journal.line("web", '{"level": "error", "text": "it broke", "error": "Traceback\\n  line 1"}')
    shown = console.getvalue().splitlines()
    assert len(shown) == 3
    assert shown[0].split(maxsplit=1)[1] == "web      ERROR it broke"


def test_a_closed_console_loses_lines_not_the_tree() -> None:
    class Closed(io.StringIO):
        def write(self, _: str, /) -> int:
            """As a pipe whose reader has gone."""
            raise BrokenPipeError

    journal = Journal(None, Closed())
    journal.event("up", "one")
    journal.event("up", "two")
    assert journal.console is None
