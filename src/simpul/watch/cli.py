"""`simpul watch`: what is seen now, and why an element is as it is. The watch itself answers, alarms come from rows."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone, translation

from simpul.kit import local_socket
from simpul.kit.problem import Problem
from simpul.watch.keeping import open_alarms
from simpul.watch.models import Alarm
from simpul.watch.text import sentences
from simpul.watch.watcher import told

PATIENCE_SECONDS = 10.0
ABSENT = "The watch does not run on {folder}, so nothing is seen now. Start it: simpul up"
NUMBERS = {
    "devices": "devices",
    "links": "links",
    "sites_network": "sites, network",
    "sites_internet": "sites, internet",
    "uplinks": "ways out",
}


def register(parser: argparse.ArgumentParser) -> None:
    """The verbs below `watch`."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="status|why")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="print one JSON object")
    verbs.add_parser("status", parents=[shared], help="what is seen, and which alarms are open")
    why = verbs.add_parser("why", parents=[shared], help="what is seen of one element, the way to it, its alarm")
    why.add_argument("target", metavar="TARGET", help="code of a site, device, link, circuit or way out")
    parser.epilog = (
        "Status: 0 answered, 1 nothing watches (status) or it is not well (why), 2 there is no such element."
    )


def run(args: argparse.Namespace) -> int:
    """Ask, print the answer."""
    folder: Path = settings.CONFIGURATION.data.run
    with translation.override("en"):
        if args.verb == "status":
            return _status(args, folder)
        return _why(args, folder)


def ask(path: Path, request: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the watch answers on its socket; None where none listens. Raises Problem when it refuses or is silent."""
    answer = local_socket.ask(path, request, "the watch", PATIENCE_SECONDS)
    if answer is not None and not answer.pop("ok", False):
        raise Problem(str(answer["problem"]))
    return answer


def _status(args: argparse.Namespace, folder: Path) -> int:
    answer = ask(folder / "watch.sock", {"do": "status"})
    alarms, now = open_alarms(), timezone.now()
    told_now = [told(alarm, now) for alarm in alarms]
    found = {"watching": answer is not None, **(answer or {}), "alarms": told_now}
    if args.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        print("\n".join([*_status_lines(answer, folder.parent), *_alarm_lines(alarms, now)]))
    return 0 if answer is not None and answer["state"] == "up" else 1


def _why(args: argparse.Namespace, folder: Path) -> int:
    answer = ask(folder / "watch.sock", {"do": "why", "target": args.target})
    if answer is None:
        raise Problem(ABSENT.format(folder=folder.parent))
    alarms = [alarm for alarm in open_alarms() if _concerns(alarm, set(answer["codes"]))]
    now = timezone.now()
    told_now = [told(alarm, now) for alarm in alarms]
    found = {**answer, "well": answer["state"] == "up" and not alarms, "alarms": told_now}
    if args.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        print("\n".join([*_why_lines(answer), *_alarm_lines(alarms, now)]))
    return 0 if found["well"] else 1


def _concerns(alarm: Alarm, codes: set[str]) -> bool:
    named = {*alarm.refs, *alarm.sites, *alarm.without_internet, *alarm.together, *alarm.evidence.get("devices", ())}
    return bool(named & codes)


def _status_lines(answer: dict[str, Any] | None, folder: Path) -> Iterator[str]:
    if answer is None:
        yield ABSENT.format(folder=folder)
        return
    yield f"{answer['state']}: {answer['detail']}"
    for key, words in NUMBERS.items():
        if key in answer:
            yield f"  {words:<16} " + ", ".join(f"{many} {state}" for state, many in answer[key].items() if many)


def _alarm_lines(alarms: list[Alarm], now: datetime) -> Iterator[str]:
    yield f"{len(alarms)} {'alarm' if len(alarms) == 1 else 'alarms'}" if alarms else "no alarm"
    for alarm in alarms:
        since = f"since {alarm.opened_at:%Y-%m-%d %H:%M:%S} UTC"
        kept = [f"acknowledged by {alarm.acknowledged_by}"] if alarm.acknowledged_by else []
        kept += ["under maintenance"] if alarm.in_maintenance(now) else []
        yield f"  {alarm.pk}. {alarm.severity}, {', '.join([since, *kept])}: {sentences(alarm)}"


def _why_lines(answer: dict[str, Any]) -> Iterator[str]:
    since = f" since {answer['since']}" if answer.get("since") else ""
    yield f"{answer['kind']} {answer['target']} ({answer['name']}): {answer['state']}{since}"
    if answer.get("internet"):
        yield f"  internet: {answer['internet']}"
    if answer.get("answered_at"):
        rtt = f", in {answer['rtt_ms']} ms" if answer["rtt_ms"] is not None else ""
        yield f"  last answer: {answer['answered_at']}{rtt}"
    if answer.get("gateway"):
        yield f"  gateway {answer['gateway']}: {answer['gateway_state']}"
    for end in answer.get("ends", ()):
        yield f"  {end['device']} ({end['state']}), port {end['port']}: signal {end['signal']}"
    if answer.get("service_number"):
        yield f"  provider {answer['provider']}, service number {answer['service_number']}"
    for hop in answer["way"]:
        pieces = ((hop["device"], hop["state"]), (hop["link"], hop["link_state"]), (hop["to_device"], hop["to_state"]))
        yield "  " + " - ".join(f"{code} ({state})" for code, state in pieces)
