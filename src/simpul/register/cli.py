"""`simpul import`, `simpul export` and `simpul rollout`. Whoever may run them on the machine may do everything."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone, translation

from simpul.kit.actor import Actor
from simpul.kit.problem import Problem
from simpul.people.logic.rights import Scope
from simpul.record.change import change
from simpul.record.jobs import Cancelled, LeaseLost
from simpul.record.models import JobState
from simpul.register import text
from simpul.register.cli_file import opened_file
from simpul.register.export import FORMATS, chunks, register_table
from simpul.register.imports.run import Run
from simpul.register.imports.steps import apply, stage, undo
from simpul.register.logic.rollout import Summary, end_of_day, summary
from simpul.register.logic.sheets import SHEETS, WRITTEN
from simpul.register.models import ImportBatch, ImportRow, Site
from simpul.register.service.imports import (
    approve_import,
    discard_import,
    prepare_import,
    revoke_import,
    settle_abandoned,
    work_here,
)
from simpul.register.service.rollout import status_at

ACTOR = Actor.system("cli")
EVERYTHING = Scope(everything=True, whole_network=True)
MOST_PROBLEMS = 50
State = ImportBatch.State


@dataclass(frozen=True, slots=True)
class Verb:
    """What the table of verbs needs of one."""

    register: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


class ForegroundRun:
    """A step of an import in this process; it tells its progress on stderr, at most five times a second.

    A job's row stands for it: when this process is killed, whoever runs jobs takes the step up or gives it up.
    """

    def __init__(self, batch: ImportBatch, kind: str) -> None:
        self.actor = ACTOR
        self.arguments: Mapping[str, Any] = {"batch": batch.pk}
        self._job = work_here(ACTOR, batch, kind)
        self._next = 0.0

    def progress(self, done: int, total: int = 0, step: str = "") -> None:
        """A line that overwrites itself on a terminal; nothing elsewhere. Raises as the job's own `progress`."""
        self._job.progress(done, total, step)
        if sys.stderr.isatty() and time.monotonic() >= self._next:
            self._next = time.monotonic() + 0.2
            print(f"\r{step}: {done} of {total}\x1b[K", end="", file=sys.stderr, flush=True)

    def carry_out(self, step: Callable[[Run], dict[str, object]]) -> None:
        """The whole step. Raises Problem if somebody called it off."""
        state = JobState.FAILED
        try:
            step(self)
            state = JobState.DONE
        except (Cancelled, LeaseLost):
            state = JobState.CANCELLED
            raise Problem("called off by somebody else. Nothing was changed") from None
        finally:
            self._job.end(state)
            settle_abandoned()
            if sys.stderr.isatty():
                print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _register_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", type=Path, help="CSV, XLSX or GeoJSON")
    parser.add_argument("--kind", choices=list(SHEETS), help="what its rows are")
    parser.add_argument("--dry-run", action="store_true", help="only say what would change")
    parser.add_argument("--undo", type=int, metavar="NUMBER", help="take back the import with this number")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.epilog = "Status: 0 imported (or nothing to do), 1 refused because rows moved on, 2 the file is wrong."


def _import(args: argparse.Namespace) -> int:
    with translation.override("en"):
        if args.undo is not None:
            return _undo(args)
        if args.file is None or args.kind is None:
            raise Problem("name a file and its kind: simpul import FILE --kind sites")
        batch = _prepared(args.kind, args.file)
        try:
            _staged(batch)
            return _applied(args, batch)
        except KeyboardInterrupt:
            discard_import(ACTOR, batch)
            raise


def _prepared(kind: str, path: Path) -> ImportBatch:
    with opened_file(path, settings.EVIDENCE_MAX_BYTES) as file:
        return prepare_import(ACTOR, kind, path.name, file)


def _staged(batch: ImportBatch) -> None:
    ForegroundRun(batch, "register.stage").carry_out(stage)
    batch.refresh_from_db()
    if batch.state == State.FAILED:
        raise Problem(f"{batch.file_name}: {text.problem_of(batch)}. Nothing was imported")


def _applied(args: argparse.Namespace, batch: ImportBatch) -> int:
    """Apply the staged batch unless that is not wanted, not possible or not needed, and say how it ended."""
    problems = _problems(batch)
    if args.dry_run or batch.wrong or not batch.may_be_applied:
        discard_import(ACTOR, batch)
    else:
        with change(ACTOR):
            run = ForegroundRun(approve_import(ACTOR, batch), "register.apply")
        run.carry_out(apply)
        batch.refresh_from_db()
    refused = bool(batch.problem)
    status = 2 if problems else 1 if refused else 0
    _say(args, batch, problems)
    return status


def _problems(batch: ImportBatch) -> list[dict[str, Any]]:
    wrong = ImportRow.objects.filter(batch=batch, verdict=ImportRow.Verdict.WRONG).order_by("number")
    return [
        {
            "sheet": row.sheet,
            "row": row.line,
            "column": problem["column"],
            "value": problem["params"].get("value"),
            "text": said,
        }
        for row in wrong[:MOST_PROBLEMS]
        for problem, said in zip(row.problems, text.row_problems(batch, row), strict=True)
    ][:MOST_PROBLEMS]


def _say(args: argparse.Namespace, batch: ImportBatch, problems: list[dict[str, Any]]) -> None:
    counts = {name: getattr(batch, name) for name in ("new", "changed", "same", "wrong")}
    unused = text.unused_headings(batch)
    if unused:
        print(f"{batch.file_name}: columns that are not used: {', '.join(unused)}.", file=sys.stderr)
    for problem in problems:
        print(problem["text"], file=sys.stderr)
    if problems:
        rest = batch.wrong - len({(problem["sheet"], problem["row"]) for problem in problems})
        more = f"; {rest} more rows are wrong" if rest else ""
        print(
            f"{batch.file_name}: {batch.wrong} of {batch.total} rows are wrong{more}. Nothing was imported.",
            file=sys.stderr,
        )
    elif batch.problem:
        print(f"{batch.file_name}: {text.problem_of(batch)}.", file=sys.stderr)
    if args.json:
        answer = {"file": batch.file_name, "kind": batch.kind, "batch": batch.pk, "state": str(batch.state), **counts}
        print(json.dumps(answer | {"problems": problems, "problem": text.problem_of(batch)}, ensure_ascii=False))
    elif not problems and not batch.problem:
        applied = batch.state == State.APPLIED
        end = f"Imported as number {batch.pk}" if applied else "Nothing was changed"
        print(f"{batch.file_name}: {text.summary_of(batch)}. {end}.")


def _undo(args: argparse.Namespace) -> int:
    batch = ImportBatch.objects.filter(pk=args.undo).first()
    if batch is None:
        raise Problem(f"import {args.undo} cannot be taken back: no import has that number. {_newest()}")
    with change(ACTOR):
        run = ForegroundRun(revoke_import(ACTOR, batch), "register.undo")
    run.carry_out(undo)
    batch.refresh_from_db()
    if args.json:
        answer = {"batch": batch.pk, "state": str(batch.state), "problem": text.problem_of(batch)}
        print(json.dumps(answer, ensure_ascii=False))
    elif not batch.problem:
        print(f"{batch.file_name}: taken back.")
    if batch.problem:
        print(f"{batch.file_name}: {text.problem_of(batch)}.", file=sys.stderr)
    return 1 if batch.problem else 0


def _newest() -> str:
    """Which import could have been meant."""
    last = ImportBatch.objects.filter(state=State.APPLIED).order_by("-pk").first()
    return f"The last one applied is number {last.pk} ({last.file_name})" if last else "None is applied at present"


def _register_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=list(WRITTEN), help="what to write")
    parser.add_argument("--format", choices=FORMATS, help="csv unless the name after --out says otherwise")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write there instead of to standard output")
    parser.add_argument("--language", choices=["id", "en"], help="of the headings; the instance's own unless given")
    parser.add_argument("--json", action="store_true", help="with --out: print one JSON object about it")


def _export(args: argparse.Namespace) -> int:
    suffix = args.format or (args.out.suffix.lstrip(".").lower() if args.out else "csv")
    if suffix not in FORMATS:
        raise Problem(f'{args.out}: the format "{suffix}" is not known. Say --format csv, xlsx or geojson')
    if args.json and not args.out:
        raise Problem("--json tells about a file, so it needs --out FILE")
    with translation.override(args.language or settings.LANGUAGE_CODE):
        try:
            pieces = chunks(register_table(args.kind, EVERYTHING), suffix)
        except ValueError as error:
            raise Problem(str(error)) from None
        if not args.out:
            for piece in pieces:
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
            return 0
        size = _written(args.out, pieces)
    answer = {"kind": args.kind, "format": suffix, "file": str(args.out), "bytes": size}
    print(json.dumps(answer, ensure_ascii=False) if args.json else f"{args.out}: {size} bytes")
    return 0


def _written(path: Path, pieces: Any) -> int:
    """Write beside and rename, so that nobody meets half a file. A link stays; what it leads to is written."""
    target = Path(os.path.realpath(path))
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        # What is still a link after that leads round in a circle.
        if target.is_symlink() or (path.exists() and not path.is_file()):
            raise Problem(f"{path}: not a regular file. Leave out --out and redirect standard output, or choose a file")
        with draft.open("wb") as file:
            for piece in pieces:
                file.write(piece)
        size = draft.stat().st_size
        draft.replace(target)
    except OSError as error:
        raise Problem(f"{path}: {error.strerror}. Choose another place") from None
    finally:
        with suppress(OSError):
            draft.unlink()
    return size


def _register_rollout(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    status = verbs.add_parser("status", help="how many sites are lit and have internet")
    zone = settings.CONFIGURATION.instance.timezone
    status.add_argument("--at", metavar="DATE", help=f"as it was at the end of that day in {zone}; today unless given")
    status.add_argument("--json", action="store_true", help="print one JSON object")


def _rollout(args: argparse.Namespace) -> int:
    zone = ZoneInfo(settings.CONFIGURATION.instance.timezone)
    today = timezone.now().astimezone(zone).date()
    day = _day(args.at) if args.at else today
    if day > today:
        raise Problem(f"{day} has not come yet. Ask for a day up to {today}")
    counts = summary(status_at(Site.objects.all(), end_of_day(day, zone)))
    if args.json:
        print(json.dumps({"at": day.isoformat(), **asdict(counts)}))
    else:
        print(_table(day, counts))
    return 0


def _day(written: str) -> date:
    try:
        return datetime.strptime(written, "%Y-%m-%d").date()  # noqa: DTZ007 (a day has no zone)
    except ValueError:
        raise Problem(f'"{written}" is no date. Write it as 2023-01-13') from None


def _table(day: date, counts: Summary) -> str:
    total = {name: getattr(counts, name) for name in ("sites", "network_lit", "internet_on", "not_joined")}
    with translation.override("en"):
        labels = {kind: str(Site.Kind(kind).label) for kind in counts.by_kind}
    rows = [(labels[kind], row) for kind, row in counts.by_kind.items()] + [("all", total)]
    width = max([20, *(len(name) for name, _ in rows)])
    head = f"{day.isoformat():<{width}} {'sites':>7} {'lit':>7} {'internet':>9} {'not joined':>11}"
    lines = [
        f"{name:<{width}} {row['sites']:>7} {row['network_lit']:>7} {row['internet_on']:>9} {row['not_joined']:>11}"
        for name, row in rows
    ]
    return "\n".join([head, *lines])


import_file = Verb(_register_import, _import)
export = Verb(_register_export, _export)
rollout = Verb(_register_rollout, _rollout)
