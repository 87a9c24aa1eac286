"""Does an import of many rows make others wait? Six processes write all the time; a file is read, applied, undone.

    python bench/import_beside_writers.py [--rows N] [--writers N] [--seconds S] [--format csv|xlsx|geojson]

Works on a data folder of its own and prints one JSON object: seconds of each step, how long the writers waited at
most in each, and how often the database was "locked". SQLite unless SIMPUL_DATABASE_URL is set (an empty database).
"""

import argparse
import csv
import io
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import django
import xlsxwriter
from django.core.management import call_command
from django.db import OperationalError

os.environ["DJANGO_SETTINGS_MODULE"] = "simpul.settings"
if "--as-writer" not in sys.argv:
    FOLDER = tempfile.TemporaryDirectory(prefix="simpul-bench-")
    os.environ["SIMPUL_DATA_FOLDER"] = FOLDER.name
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
django.setup()

from simpul.kit.actor import Actor  # noqa: E402
from simpul.people.models import Organisation  # noqa: E402
from simpul.register.imports.steps import apply, stage, undo  # noqa: E402
from simpul.register.models import Site  # noqa: E402
from simpul.register.service import create_site, update_site  # noqa: E402
from simpul.register.service.imports import approve_import, prepare_import, revoke_import  # noqa: E402

ACTOR = Actor.system("bench")
HEADINGS = ["kode", "nama", "jenis", "opd", "lintang", "bujur", "posisi", "alamat", "sambungan", "rencana tahun"]


def main() -> int:
    """Measure and print; as a writer, write until told to end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--writers", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=0, help="writers go on at least so long")
    parser.add_argument("--format", choices=["csv", "xlsx", "geojson"], default="csv")
    parser.add_argument("--as-writer", type=int, default=None, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.as_writer is not None:
        return write(options.as_writer)
    print(json.dumps(measure(options), indent=1))
    return 0


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """The whole course, with writers beside it."""
    call_command("migrate", verbosity=0)
    seed(options.writers)
    file_name, file = made_file(options.rows, options.format)
    begin = time.monotonic()
    writers = [
        subprocess.Popen(
            [sys.executable, __file__, "--as-writer", str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(options.writers)
    ]
    try:
        steps = course(file_name, file)
        time.sleep(max(0.0, options.seconds - (time.monotonic() - begin)))
    finally:
        told = [writer.communicate("end\n", timeout=120)[0] for writer in writers]
    writes = [write for text in told for write in json.loads(text)["writes"]]
    locked = sum(json.loads(text)["locked"] for text in told)
    return report(steps, writes, locked, len(file.getvalue()))


def seed(writers: int) -> None:
    """An agency, and a site for each writer."""
    office = Organisation.objects.create(code="DISKOMINFO", name="Dinas Kominfo", kind="agency")
    for number in range(writers):
        create_site(
            ACTOR,
            code=f"W-{number}",
            name="W",
            kind="opd",
            organisation=office,
            owner=office,
            operator=office,
        )


def course(file_name: str, file: io.BytesIO) -> dict[str, tuple[float, float]]:
    """Begin and end of each step, on the machine's monotonic clock."""
    time.sleep(5.0)  # the writers' own start
    steps: dict[str, tuple[float, float]] = {"writers alone": (time.monotonic(), time.monotonic() + 5.0)}
    time.sleep(5.0)
    batch = prepare_import(ACTOR, "sites", file_name, file)
    run = Run(batch.pk)

    def timed(name: str, step: Callable[[Run], object]) -> None:
        begin = time.monotonic()
        print(name, step(run), file=sys.stderr)
        steps[name] = (begin, time.monotonic())

    timed("stage", stage)
    timed("apply", lambda run: (approve_import(ACTOR, batch), apply(run))[1])
    file.seek(0)
    again = prepare_import(ACTOR, "sites", file_name, file)
    again_run = Run(again.pk)
    timed("stage again", lambda _: stage(again_run))
    timed("undo", lambda run: (revoke_import(ACTOR, batch), undo(run))[1])
    print("sites left", Site.objects.count(), file=sys.stderr)
    return steps


class Run:
    """A run of a step outside the job runner."""

    def __init__(self, batch: int) -> None:
        self.actor = ACTOR
        self.arguments: Mapping[str, Any] = {"batch": batch}

    def progress(self, done: int, total: int = 0, step: str = "") -> None:
        """Nothing to tell."""


def write(number: int) -> int:
    """Change one site until stdin says something; then tell when each write began and how long it took."""
    actor, site = Actor.system(f"writer-{number}"), Site.objects.get(code=f"W-{number}")
    writes, locked, count = [], 0, 0
    while not select.select([sys.stdin], [], [], 0.01)[0]:
        begin = time.monotonic()
        count += 1
        try:
            update_site(actor, site, note=f"write {count}")
        except OperationalError as error:
            locked += "locked" in str(error)
        writes.append((begin, time.monotonic() - begin))
    print(json.dumps({"writes": writes, "locked": locked}))
    return 0


def made_file(rows: int, kind: str) -> tuple[str, io.BytesIO]:
    """A file with so many sites."""
    cells = (
        [
            f"S-{n:06d}",
            f"Kantor {n}",
            "OPD",
            "DISKOMINFO",
            -0.9 - n * 1e-6,
            114.8 + n * 1e-6,
            "disurvei",
            f"Jalan {n}",
            "FO",
            2024,
        ]
        for n in range(rows)
    )
    data = io.BytesIO()
    if kind == "csv":
        text = io.TextIOWrapper(data, "utf-8", newline="", write_through=True)
        writer = csv.writer(text)
        writer.writerow(HEADINGS)
        writer.writerows(cells)
        text.detach()
    elif kind == "xlsx":
        book = xlsxwriter.Workbook(data, {"constant_memory": True})
        sheet = book.add_worksheet("Lokasi")
        for line, row in enumerate([HEADINGS, *cells]):
            sheet.write_row(line, 0, row)
        book.close()
    else:
        features = [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [row[5], row[4]]},
                "properties": dict(zip(HEADINGS[:4], row[:4], strict=True)),
            }
            for row in cells
        ]
        data.write(json.dumps({"type": "FeatureCollection", "features": features}).encode())
    data.seek(0)
    return f"lokasi.{kind}", data


def report(steps: dict[str, tuple[float, float]], writes: list[list[float]], locked: int, size: int) -> dict[str, Any]:
    """Seconds per step and the longest write that overlapped it."""
    found: dict[str, Any] = {"file_mb": round(size / 1e6, 1), "writes": len(writes), "database_is_locked": locked}
    found["longest_write_s"] = round(max((took for _, took in writes), default=0), 3)
    for name, (begin, end) in steps.items():
        beside = sorted(took for at, took in writes if at < end and at + took > begin)
        found[name] = {
            "seconds": round(end - begin, 2),
            "writes": len(beside),
            "longest_write_s": round(beside[-1], 3) if beside else None,
            "median_write_ms": round(beside[len(beside) // 2] * 1000, 1) if beside else None,
        }
    return found


if __name__ == "__main__":
    sys.exit(main())
