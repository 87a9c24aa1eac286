"""`simpul traffic ...`: how the internet is shared. Whoever may run it on the machine may do everything.

The verbs read and write rows; the controller carries them to the gateway. So they work wherever the data folder is.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import translation

from simpul.kit.actor import Actor
from simpul.kit.keyfile import write_private
from simpul.kit.problem import Problem
from simpul.register.models import Device
from simpul.traffic import reports, text
from simpul.traffic.logic.standing import SILENT_SECONDS
from simpul.traffic.models import PanicOrder, PlanVersion
from simpul.traffic.service import apply, confirm, draft, panic, preview, return_to
from simpul.traffic.service.reading import gateway_named, open_plan, plan_in_force
from simpul.traffic.standings import headline, remedy, standing_of

ACTOR = Actor.system("cli")
State = PlanVersion.State
MakeCredential = Callable[[Any, str], dict[str, Any]]
# How long a gateway may take to answer, and to tell that it has gone back.
ANSWER_SECONDS, TELL_SECONDS = 20.0, 15.0
MODES = [mode.value for mode in PanicOrder.Mode]


def register(parser: argparse.ArgumentParser) -> None:
    """The verbs below `traffic`."""
    parser.epilog = "simpul traffic allocate PLAN computes shares from a plan file, without an instance."
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    _verb(verbs, "diff", "what a plan made now would change; status 1 if the gateway is not as the policy says")
    for name, summary in (
        ("apply", "make a plan of the policy and have it carried out, on trial"),
        ("rollback", "go back to a plan that was in force, on trial"),
    ):
        verb = _verb(verbs, name, summary)
        verb.add_argument("--confirm-within", type=int, default=60, metavar="SECONDS", help="length of the trial (60)")
        verb.add_argument("--yes", action="store_true", help="confirm as soon as the gateway has been well for 5 s")
        verb.add_argument("--note", default="", help="why; kept with the plan")
        if name == "rollback":
            verb.add_argument("number", type=int, nargs="?", help="the plan; the one before unless given")
    _verb(verbs, "confirm", "keep the plan that is on trial")
    mode = _verb(verbs, "panic", "for the bad day: equal shares, no shaping, or back to the plan")
    mode.add_argument("mode", choices=MODES)
    mode.add_argument("--note", default="", help="why; kept in the log")
    _verb(
        verbs,
        "status",
        "what the gateway does, by its own word; status 1 if it says nothing, or does not what the plan says",
    )
    _verb(verbs, "history", "all plans, the newest first")
    credential = verbs.add_parser("credential", help="what the agent of a gateway needs to connect")
    credential.add_argument("name", help="code of the gateway")
    credential.add_argument("--out", type=Path, metavar="FILE", help="write it there (mode 0600), not on the screen")
    credential.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace, provide: Callable[[], MakeCredential]) -> int:
    """0 done, 1 the answer is no. Problems are one line (exit status 2)."""
    with translation.override("en"):
        if args.verb == "credential":
            return _credential(args, provide())
        return DOES[args.verb](args, gateway_named(args.gateway))


def _verb(verbs: Any, name: str, summary: str) -> argparse.ArgumentParser:
    verb: argparse.ArgumentParser = verbs.add_parser(name, help=summary, description=summary)
    verb.add_argument("--gateway", default="", metavar="CODE", help="needed where there are several")
    verb.add_argument("--json", action="store_true", help="print one JSON object")
    return verb


def _diff(args: argparse.Namespace, gateway: Device) -> int:
    found = preview(ACTOR, gateway)
    now = plan_in_force(gateway)
    number = now.number if now else None
    answer = {
        "gateway": gateway.code,
        "in_force": number,
        "differs": not found.difference.is_empty,
        "refusals": list(found.refusals),
        "warnings": list(found.warnings),
        "losses": [loss.to_data() for loss in found.losses],
        "difference": found.difference.to_data(),
        "predicted": {name: rates.to_data() for name, rates in found.predicted.items()},
    }
    _say(args, answer, text.diff_lines(gateway.code, number, found))
    return 1 if found.refusals or not found.difference.is_empty else 0


def _apply(args: argparse.Namespace, gateway: Device) -> int:
    found, now = preview(ACTOR, gateway), plan_in_force(gateway)
    if now is not None and found.difference.is_empty and not open_plan(gateway):
        _say(args, _row(now), [f"Nothing to do: plan {now.number} says what the policy says."])
        return 0
    version = draft(ACTOR, gateway, args.note)
    if version.state != State.REFUSED:
        version = apply(ACTOR, version, args.confirm_within, unattended=args.yes)
    return _followed(args, version)


def _rollback(args: argparse.Namespace, gateway: Device) -> int:
    target = _target(args.number, gateway)
    version = return_to(ACTOR, target, args.confirm_within, unattended=args.yes, note=args.note)
    return _followed(args, version)


def _target(number: int | None, gateway: Device) -> PlanVersion:
    rows = PlanVersion.objects.select_related("gateway").filter(gateway=gateway)
    if number is not None:
        found = rows.filter(number=number).first()
        if found is None:
            raise Problem(f"{gateway.code} has no plan {number}. See: simpul traffic history")
        return found
    now = plan_in_force(gateway)
    if now is not None and open_plan(gateway):
        return now
    before = rows.exclude(confirmed_at=None).filter(number__lt=now.number if now else 0).order_by("-number").first()
    if before is None:
        raise Problem(f"{gateway.code} has no earlier plan to go back to. See: simpul traffic history")
    return before


def _confirm(args: argparse.Namespace, gateway: Device) -> int:
    version = open_plan(gateway)
    if version is None:
        raise Problem(f"no plan is on trial at {gateway.code}. See: simpul traffic history")
    version = _awaited(confirm(ACTOR, version), (State.APPLIED,), ANSWER_SECONDS)
    return _ended(args, version)


def _panic(args: argparse.Namespace, gateway: Device) -> int:
    order = panic(ACTOR, gateway, args.mode, args.note)
    until = time.monotonic() + ANSWER_SECONDS
    while order.done_at is None and not order.failure and time.monotonic() < until:
        time.sleep(0.1)
        order.refresh_from_db()
    done = order.done_at is not None
    said = f"{gateway.code}: {order.get_mode_display()}."
    if not done:
        why = order.failure or "it does not answer; the order is carried as soon as it does"
        said = f"{gateway.code}: not done: {why}."
    _say(args, {"gateway": gateway.code, "mode": order.mode, "done": done, "failure": order.failure}, [said])
    return 0 if done else 1


def _status(args: argparse.Namespace, gateway: Device) -> int:
    heard = reports.heard(settings.CONFIGURATION.data.run, gateway.code)
    ago = heard.age_s() if heard and math.isfinite(heard.age_s()) else None
    found = standing_of(settings.CONFIGURATION.data.run, gateway)
    now, trial = plan_in_force(gateway), open_plan(gateway)
    answer = {
        "gateway": gateway.code,
        "reachable": ago is not None and ago < SILENT_SECONDS,
        "heard_s": round(ago, 1) if ago is not None else None,
        "does": found.doing,
        "as_planned": not found.wrong and not found.away,
        "said": " ".join(filter(None, (headline(gateway.code, found), remedy(found)))),
        "in_force": _row(now) if now else None,
        "open": _row(trial) if trial else None,
        "emergency_order": _emergency(gateway),
        "report": dict(heard.report) if heard else None,
    }
    _say(args, answer, text.status_lines(answer))
    return 0 if answer["reachable"] and answer["as_planned"] else 1


def _emergency(gateway: Device) -> dict[str, Any] | None:
    """The last emergency order, while it waits or if it was never carried out."""
    order = PanicOrder.objects.filter(gateway=gateway).first()
    if order is None or order.done_at is not None:
        return None
    asked = {"asked_by": order.asked_by, "asked_at": order.asked_at.isoformat(timespec="seconds")}
    return {"mode": order.mode, "failure": order.failure} | asked


def _history(args: argparse.Namespace, gateway: Device) -> int:
    rows = list(PlanVersion.objects.select_related("gateway").filter(gateway=gateway).order_by("-number"))
    lines = [text.history_line(row) for row in rows]
    answer = {"gateway": gateway.code, "plans": [_row(row) for row in rows]}
    _say(args, answer, lines or ["No plan yet: simpul traffic apply"])
    return 0


def _credential(args: argparse.Namespace, make: MakeCredential) -> int:
    credential = make(settings.CONFIGURATION, args.name)
    if args.out is None:
        print(json.dumps(credential))
        return 0
    try:
        write_private(args.out, json.dumps(credential))
    except OSError as error:
        raise Problem(f"{args.out}: {error.strerror}. Choose another place") from None
    said = f"{args.out}: for the agent of {args.name}; keep it secret."
    _say(args, {"name": args.name, "file": str(args.out)}, [said])
    return 0


def _followed(args: argparse.Namespace, version: PlanVersion) -> int:
    """Wait until the gateway has taken the plan up, and with --yes until it is in force or was taken back."""
    if version.state == State.APPLYING:
        version = _awaited(version, (State.APPLYING,), ANSWER_SECONDS)
    if version.state == State.APPLIED and args.yes:
        version = _awaited(version, (State.APPLIED,), version.confirm_s + TELL_SECONDS)
    return _ended(args, version)


def _ended(args: argparse.Namespace, version: PlanVersion) -> int:
    _say(args, _row(version), [text.outcome(version)])
    return 0 if version.state in (State.APPLIED, State.CONFIRMED) and not _late(version) else 1


def _late(version: PlanVersion) -> bool:
    """Whether the confirmation was given but has not reached the gateway."""
    return version.state == State.APPLIED and version.wanted_at is not None


def _awaited(version: PlanVersion, states: tuple[str, ...], seconds: float) -> PlanVersion:
    until = time.monotonic() + seconds
    while version.state in states and time.monotonic() < until:
        time.sleep(0.1)
        version.refresh_from_db()
    return version


def _row(version: PlanVersion) -> dict[str, Any]:
    return {
        "gateway": version.gateway.code,
        "number": version.number,
        "state": version.state,
        "reason": version.reason,
        "compared_with": version.base,
        "returned_to": version.returned_to,
        "author": version.author,
        "note": version.note,
        "made_at": version.made_at.isoformat(),
        "confirm_by": version.confirm_by.isoformat() if version.confirm_by else None,
        "confirmed_at": version.confirmed_at.isoformat() if version.confirmed_at else None,
        "digest": version.digest,
    }


def _say(args: argparse.Namespace, answer: dict[str, Any], lines: list[str]) -> None:
    print(json.dumps(answer, ensure_ascii=False) if args.json else "\n".join(lines))
    sys.stdout.flush()


DOES: dict[str, Callable[[argparse.Namespace, Device], int]] = {
    "diff": _diff,
    "apply": _apply,
    "rollback": _rollback,
    "confirm": _confirm,
    "panic": _panic,
    "status": _status,
    "history": _history,
}
