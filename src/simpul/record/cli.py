"""`simpul log` and `simpul events`: is the log what it was, and which events reached nobody."""

from __future__ import annotations

import argparse
import json
import re
from typing import Any

from simpul.kit.actor import Actor
from simpul.kit.problem import Problem
from simpul.record.evidence import damaged_evidence, sweep, unkept_files
from simpul.record.models import FailedDelivery
from simpul.record.parked import parked_deliveries, retry_parked
from simpul.record.verify import Verdict, verify_chain

_ANCHOR = re.compile(r"(\d{1,18}):([0-9a-f]{64})", re.ASCII)


def register(parser: argparse.ArgumentParser) -> None:
    """`log verify`."""
    verbs = parser.add_subparsers(dest="what", required=True, metavar="verify")
    verify = verbs.add_parser("verify", help="check every entry; status 1 names the first that is not as written")
    verify.add_argument("--json", action="store_true", help="one JSON object")
    verify.add_argument("--evidence", action="store_true", help="also read every file of evidence and compare its hash")
    verify.add_argument(
        "--sweep", action="store_true", help="also remove files of evidence that no row names, older than a day"
    )
    verify.add_argument(
        "--noted",
        action="append",
        default=[],
        metavar="NUMBER:HASH",
        help="an entry's hash that you noted earlier, from the last line of this command; may be repeated",
    )


def run(args: argparse.Namespace) -> int:
    """0 when all is as written, 1 when not."""
    verdict = verify_chain(dict(_anchor(text) for text in args.noted))
    damaged = [damage for _, damage in damaged_evidence()] if args.evidence else []
    swept = sweep() if args.sweep else 0
    unkept = [str(path) for path in unkept_files()] if args.evidence else []
    if args.json:
        files = {"damaged_evidence": damaged, "unkept_evidence": unkept} if args.evidence else {}
        print(json.dumps(_as_json(verdict) | files | ({"swept": swept} if args.sweep else {})))
    else:
        told = [f"{path}: no row names this file. Remove such files: simpul log verify --sweep" for path in unkept]
        told += [f"Files of evidence that no row named and that were removed: {swept}."] if args.sweep else []
        print("\n".join(_as_text(verdict, damaged + told)))
    return 0 if verdict.ok and not damaged else 1


def _anchor(text: str) -> tuple[int, str]:
    found = _ANCHOR.fullmatch(text)
    if found is None:
        raise Problem(f'--noted: "{text}" is not an entry\'s number, a colon and 64 digits of a hash. Copy both')
    return int(found[1]), found[2]


def _as_json(verdict: Verdict) -> dict[str, Any]:
    fault = verdict.fault
    named = fault and {
        "seq": fault.seq,
        "kind": fault.kind,
        "ref": fault.ref,
        "what": fault.what.value,
        "detail": fault.detail,
    }
    return {
        "ok": verdict.ok,
        "entries": verdict.entries,
        "head": {"seq": verdict.head.seq, "hash": verdict.head.hash},
        "fault": named,
        "unguarded": verdict.unguarded,
    }


def _as_text(verdict: Verdict, damaged: list[str]) -> list[str]:
    fault = verdict.fault
    if fault:
        subject = f" ({fault.kind} {fault.ref})" if fault.kind else ""
        lines = [
            f"The log is broken at entry {fault.seq}{subject}: {fault.what}; {fault.detail}.",
            f"Entries 1 to {verdict.entries} are as written." if verdict.entries else "No entry before it is left.",
        ]
    else:
        lines = [f"The log is whole: {verdict.entries} entries."]
    if verdict.unguarded:
        lines.append(f"Guards are missing: {', '.join(verdict.unguarded)}. UPDATE or DELETE would not be refused.")
    lines += damaged
    return [*lines, f"{verdict.head.seq}:{verdict.head.hash}"]


class _Events:
    """`simpul events parked`, `simpul events retry NUMBER`."""

    def register(self, parser: argparse.ArgumentParser) -> None:
        """Both verbs."""
        verbs = parser.add_subparsers(dest="what", required=True, metavar="parked|retry")
        parked = verbs.add_parser(
            "parked", help="list events that a listener could not handle; status 1 if there are any"
        )
        retry = verbs.add_parser("retry", help="have one of them delivered again, once its cause is mended")
        retry.add_argument("number", type=int, help="its number in the list")
        for each in (parked, retry):
            each.add_argument("--json", action="store_true", help="one JSON object")

    def run(self, args: argparse.Namespace) -> int:
        """Run the verb asked for."""
        actor = Actor.system("command line")
        return self._parked(actor, args.json) if args.what == "parked" else self._retry(actor, args.number, args.json)

    def _parked(self, actor: Actor, as_json: bool) -> int:
        rows = list(parked_deliveries(actor))
        if as_json:
            print(json.dumps({"parked": [_parked_as_json(row) for row in rows]}))
        elif rows:
            print("\n".join(f"{row.pk}  {row.event.name}  {row.listener}: {row.error}" for row in rows))
        else:
            print("No event is parked.")
        return 1 if rows else 0

    def _retry(self, actor: Actor, number: int, as_json: bool) -> int:
        row = parked_deliveries(actor).filter(pk=number).first()
        if row is None:
            raise Problem(f"no parked event has number {number}. See: simpul events parked")
        retry_parked(actor, row)
        print(
            json.dumps({"retried": number})
            if as_json
            else f"{row.event.name} will be delivered to {row.listener} again."
        )
        return 0


events = _Events()


def _parked_as_json(row: FailedDelivery) -> dict[str, Any]:
    return {
        "number": row.pk,
        "event": row.event_id,
        "name": row.event.name,
        "listener": row.listener,
        "attempts": row.attempts,
        "error": row.error,
        "parked_at": row.parked_at.isoformat() if row.parked_at else None,
    }
