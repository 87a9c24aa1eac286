"""What happened to an alarm, newest first: found, grown, taken up, talked about, over.

Those who run the network read it out of the log, who and what; everybody else reads the three moments that the alarm
itself keeps.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from simpul.record.models import LogEntry
from simpul.watch.models import Alarm, AlarmComment
from simpul.web import figures
from simpul.web.alarm_lines import ICONS, TONES, Reader

KIND = "watch.alarm"
MOST_CHANGES = 50
SYSTEM = "system:"


@dataclass(frozen=True, slots=True)
class Told:
    """One line: `detail` are words that somebody wrote, `who` is empty where the watch itself did it."""

    at: datetime
    icon: str
    tone: str
    what: str
    who: str = ""
    detail: str = ""


def story_of(alarm: Alarm, reader: Reader, comments: Iterable[AlarmComment]) -> list[Told]:
    """Newest first. One query for those who see the whole network."""
    told = _by_the_log(alarm) if reader.whole else _by_itself(alarm)
    told += [Told(row.at, "message", "info", _("Comment"), row.author, row.text) for row in comments]
    return sorted(told, key=lambda line: line.at, reverse=True)


def _by_itself(alarm: Alarm) -> list[Told]:
    told = [_found(alarm, alarm.opened_at)]
    if alarm.acknowledged_at:
        told.append(Told(alarm.acknowledged_at, "user", "info", _("Somebody looks after it")))
    if alarm.closed_at:
        told.append(Told(alarm.closed_at, "circle-check", "ok", _("Over")))
    return told


def _by_the_log(alarm: Alarm) -> list[Told]:
    entries = list(LogEntry.objects.filter(ref=alarm.code, kind=KIND).order_by("-seq")[:MOST_CHANGES])
    told = [line for entry in entries for line in _changes(alarm, entry)]
    # An alarm is found once, whatever the log still holds of it.
    return [*told, _found(alarm, alarm.opened_at)]


def _found(alarm: Alarm, at: datetime) -> Told:
    severity = Alarm.Severity(alarm.severity)
    return Told(at, ICONS[severity], TONES[severity], _("Found"))


def _changes(alarm: Alarm, entry: LogEntry) -> list[Told]:
    """What people want to know of one entry; an entry of which they want to know nothing is no line."""
    if entry.verb != LogEntry.Verb.CHANGED:
        return []
    before, after = _row(entry.before), _row(entry.after)
    who = "" if entry.actor_key.startswith(SYSTEM) else entry.actor_name
    told = []
    if after.get("closed_at"):
        told.append(Told(entry.at, "circle-check", "ok", _("Over"), who))
    if after.get("acknowledged_at"):
        told.append(Told(entry.at, "user", "info", _("Taken up"), who))
    if after.get("flapping"):
        told.append(Told(entry.at, "refresh", "warn", _("Comes and goes"), who))
    grown = [said for said in (_severity(before, after), *_sites(before, after), _cause(alarm, after)) if said]
    if grown:
        told.append(Told(entry.at, "pencil", "idle", " · ".join(grown), who))
    return told


def _severity(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    if "severity" not in after or not before.get("severity"):
        return ""
    labels = dict(Alarm.Severity.choices)
    was, now = (str(labels.get(row["severity"], row["severity"])) for row in (before, after))
    return _("Severity: %(was)s → %(now)s") % {"was": was, "now": now}


def _sites(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    said = []
    if "sites" in after:
        was, now = len(before.get("sites") or ()), len(after["sites"] or ())
        text = ngettext(
            "Now %(now)s site without network, was %(was)s", "Now %(now)s sites without network, was %(was)s", now
        )
        said.append(text % {"now": figures.number(now), "was": figures.number(was)})
    if "without_internet" in after:
        was, now = len(before.get("without_internet") or ()), len(after["without_internet"] or ())
        text = ngettext(
            "Now %(now)s site without internet, was %(was)s", "Now %(now)s sites without internet, was %(was)s", now
        )
        said.append(text % {"now": figures.number(now), "was": figures.number(was)})
    return said


def _cause(alarm: Alarm, after: Mapping[str, Any]) -> str:
    if "refs" not in after or not after["refs"]:
        return ""
    return _("Likeliest cause: %(name)s") % {"name": alarm.named(str(after["refs"][0]))}


def _row(text: str) -> dict[str, Any]:
    row = json.loads(text) if text else {}
    return row if isinstance(row, dict) else {}
