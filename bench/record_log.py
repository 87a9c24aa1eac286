"""How fast the log, the outbox and the evidence are, on an empty database of their own.

    python bench/record_log.py [--entries N]

Uses SQLite, or with SIMPUL_DATABASE_URL a test database on that PostgreSQL server; both are removed at the end.
Prints one JSON object. Durations of single transactions are the longest ones seen, in ms.
"""

import argparse
import io
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import django
from django.conf import settings

os.environ["DJANGO_SETTINGS_MODULE"] = "simpul.settings"
FOLDER = tempfile.TemporaryDirectory(prefix="simpul-bench-")
os.environ["SIMPUL_DATA_FOLDER"] = FOLDER.name
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
django.setup()

from django.db import connection  # noqa: E402
from django.test.utils import setup_databases, teardown_databases  # noqa: E402

from simpul.kit.actor import Actor  # noqa: E402
from simpul.kit.events import Event  # noqa: E402
from simpul.record import service as record  # noqa: E402
from simpul.record.delivery import Config, Dispatcher  # noqa: E402
from simpul.record.models import Credential, LogEntry  # noqa: E402

ACTOR = Actor.system("bench")
ROW = {"code": "S-1", "name": "Kantor Camat", "latitude": -0.95, "longitude": 114.89, "medium": "own_fibre"}


@dataclass(frozen=True, slots=True)
class Happened(Event):
    """An event."""

    number: int

    @classmethod
    def wire_name(cls) -> str:
        """This file belongs to no room."""
        return "bench.Happened"


def repeat(times: int, what: Callable[[int], object]) -> dict[str, float]:
    """Calls per second, and the longest call in ms."""
    longest, began = 0.0, time.monotonic()
    for number in range(times):
        start = time.monotonic()
        what(number)
        longest = max(longest, time.monotonic() - start)
    return {"per_s": round(times / (time.monotonic() - began)), "longest_ms": round(longest * 1000, 1)}


def create(number: int) -> None:
    """One row with its log entry and its event."""
    with record.change(ACTOR) as change:
        row = Credential(name=f"row {number}", purpose="p", sealed="s", created_at=change.at)
        row.save(force_insert=True)
        change.created(row)
        change.emit(Happened(number))


def alter(number: int) -> None:
    """One row changed: before and after."""
    row = Credential.objects.get(name="row 0")
    with record.change(ACTOR, row):
        row.purpose = f"purpose {number}"
        row.save()


def log_many(count: int) -> Callable[[int], None]:
    """An import's lines in one change."""

    def write(_: int) -> None:
        with record.change(ACTOR) as change:
            for n in range(count):
                change.did(LogEntry.Verb.IMPORTED, "register.site", f"S-{n}", None, ROW)

    return write


def keep(number: int) -> None:
    """A file of evidence of 4 MB."""
    record.keep(ACTOR, "foto.jpg", "image/jpeg", io.BytesIO(number.to_bytes(4, "big") * 2**20))


def deliver() -> dict[str, float]:
    """Every waiting event to two listeners that do nothing but have their effect noted."""
    outbox = Dispatcher(Config(), {Happened: {"one": lambda _: None, "two": lambda _: None}})
    began = time.monotonic()
    while outbox.round():
        pass
    delivered = outbox.health().counters["delivered"]
    return {"delivered": delivered, "per_s": round(delivered / (time.monotonic() - began))}


def verify() -> dict[str, float]:
    """The whole log."""
    began = time.monotonic()
    verdict = record.verify_chain()
    assert verdict.ok
    took = time.monotonic() - began
    return {"entries": verdict.entries, "seconds": round(took, 2), "per_s": round(verdict.entries / took)}


def measure(entries: int) -> dict[str, object]:
    """Every figure."""
    told: dict[str, object] = {"database": connection.vendor}
    told["change_created_and_emitted"] = repeat(2000, create)
    told["change_before_and_after"] = repeat(2000, alter)
    told["outbox"] = deliver()
    for count in (100, 500, 2000):
        told[f"change_of_{count}_lines"] = repeat(5, log_many(count))
    told["evidence_of_4_mb"] = repeat(10, keep)
    while (missing := entries - LogEntry.objects.count()) > 0:
        log_many(min(missing, 2000))(0)
    told["verify"] = verify()
    return told


def main() -> None:
    """Measure on a database that is made and removed here."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=100_000, help="length of the log that is verified")
    entries = parser.parse_args().entries
    made = setup_databases(verbosity=0, interactive=False)
    try:
        assert Path(settings.EVIDENCE_DIR).is_relative_to(FOLDER.name)
        print(json.dumps(measure(entries), indent=1))
    finally:
        teardown_databases(made, verbosity=0)
        FOLDER.cleanup()


if __name__ == "__main__":
    main()
