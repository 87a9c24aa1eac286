"""The rows of alarms: opened, changed and closed here and nowhere else, by the watch.

A cause is found again by its key, so the watch may be killed at any moment: the next one goes on with the open rows,
and the database refuses a second open alarm of one cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from simpul.kit.actor import Actor
from simpul.people.models import Organisation
from simpul.record.change import Change, change
from simpul.register.logic.snapshot import Snapshot
from simpul.register.models import Site
from simpul.watch.events import AlarmChanged, AlarmClosed, AlarmOpened
from simpul.watch.logic.facts import Cause
from simpul.watch.models import Alarm, Silence

ACTOR = Actor.system("watch")
# From so many sites on it is everybody's affair.
MANY_SITES = 10
# May be open beside another alarm of the same element.
BESIDE = frozenset({"blind", "agent_silent", "off_plan", "unclassified"})


@dataclass(frozen=True, slots=True)
class Found:
    """A settled cause with what speaks for it; `alarm` is the open one it belongs to, if any."""

    cause: Cause
    evidence: Mapping[str, Any] = field(default_factory=dict)
    flapping: bool = False
    alarm: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What has to be written: causes to be opened or changed, numbers of alarms whose cause is gone."""

    found: Sequence[Found] = ()
    gone: Sequence[int] = ()

    def __bool__(self) -> bool:
        return bool(self.found or self.gone)


def open_alarms() -> list[Alarm]:
    """Those that are not over, the oldest first."""
    return list(Alarm.objects.select_related("party", "silence").filter(closed_at=None).order_by("opened_at", "id"))


def write(verdict: Verdict, snapshot: Snapshot, covered: Mapping[int, frozenset[str]]) -> None:
    """Everything in one transaction. `covered`: which elements each maintenance window is about, by its key."""
    with change(ACTOR) as this:
        for alarm in Alarm.objects.select_for_update().filter(pk__in=list(verdict.gone), closed_at=None):
            this.watch(alarm)
            # A clock that was put back meanwhile must not make an outage of less than nothing.
            alarm.closed_at = alarm.updated_at = max(this.at, alarm.opened_at)
            alarm.save(update_fields=["closed_at", "updated_at"])
            this.emit(AlarmClosed(alarm=alarm.pk, kind=alarm.kind, refs=list(alarm.refs)))
        for found in verdict.found:
            _write_one(this, found, snapshot, covered)


def current_silences() -> dict[int, str]:
    """Maintenance windows that have not ended yet: element by key. `write` looks whether one has begun."""
    return dict(Silence.objects.filter(ends_at__gt=timezone.now()).values_list("pk", "ref"))


def hang(covered: Mapping[int, frozenset[str]]) -> None:
    """Work is announced when something is broken already, or anew because it takes longer: each open alarm belongs to
    the running window that covers it longest. `covered` as for `write`."""
    if not covered:
        return
    with change(ACTOR) as this:
        rows = Alarm.objects.select_related("party", "silence").select_for_update(of=("self",))
        for alarm in rows.filter(closed_at=None):
            window = _silence(this, alarm.refs, covered)
            if window is None or (alarm.silence is not None and alarm.silence.ends_at >= window.ends_at):
                continue
            this.watch(alarm)
            alarm.silence, alarm.updated_at = window, this.at
            alarm.save(update_fields=["silence", "updated_at"])
            party = alarm.party.code if alarm.party is not None else ""
            this.emit(AlarmChanged(alarm.pk, alarm.kind, list(alarm.refs), list(alarm.sites), party))


def severity(cause: Cause) -> Alarm.Severity:
    """How soon somebody has to look."""
    hit = len(cause.sites) + len(cause.without_internet)
    if cause.kind == "blind" or hit >= MANY_SITES:
        return Alarm.Severity.CRITICAL
    return (
        Alarm.Severity.MAJOR
        if hit or cause.kind in {"uplink_lost", "agent_silent", "off_plan"}
        else Alarm.Severity.MINOR
    )


def _write_one(this: Change, found: Found, snapshot: Snapshot, covered: Mapping[int, frozenset[str]]) -> None:
    cause = found.cause
    rows = Alarm.objects.select_for_update().filter(closed_at=None)
    alarm = rows.filter(pk=found.alarm).first() if found.alarm is not None else None
    alarm = alarm or rows.filter(key=key_of(cause)).first()
    is_new = alarm is None
    if alarm is None:
        alarm = Alarm(opened_at=this.at, silence=_silence(this, cause.refs, covered))
    else:
        this.watch(alarm)
    _fill(alarm, found, snapshot)
    alarm.updated_at = this.at
    alarm.save()
    alarm.affected.set(Site.objects.filter(code__in=[*cause.sites, *cause.without_internet]))
    party = cause.party if alarm.party is not None else ""
    if is_new:
        this.created(alarm)
        this.emit(AlarmOpened(alarm.pk, alarm.kind, list(cause.refs), list(cause.sites), party))
    else:
        this.emit(AlarmChanged(alarm.pk, alarm.kind, list(cause.refs), list(cause.sites), party))


def _fill(alarm: Alarm, found: Found, snapshot: Snapshot) -> None:
    cause = found.cause
    alarm.key, alarm.kind, alarm.severity = key_of(cause), cause.kind, severity(cause)
    alarm.refs, alarm.sites = list(cause.refs), list(cause.sites)
    alarm.without_internet, alarm.together = list(cause.without_internet), list(cause.together)
    alarm.party = Organisation.objects.filter(code=cause.party).first() if cause.party else None
    alarm.service_number = cause.service_number
    alarm.flapping = alarm.flapping or found.flapping
    alarm.evidence = {
        **found.evidence,
        "devices": list(cause.devices),
        "ends": ends_of(snapshot, cause.ref),
    }
    named = [*cause.refs, *cause.sites, *cause.without_internet, *cause.together]
    alarm.names = {**alarm.names, **{code: name_of(snapshot, code) for code in named}}


def key_of(cause: Cause) -> str:
    """By which a cause is found again."""
    return (f"{cause.kind}:{cause.ref}" if cause.kind in BESIDE else cause.ref)[:80]


def ends_of(snapshot: Snapshot, ref: str) -> list[str]:
    """The names of what a link, or a circuit's link, joins; empty for anything else."""
    links = [link for link in snapshot.links.values() if ref in (link.code, link.circuit)]
    if not links:
        return []
    link = next((link for link in links if link.code == ref), links[0])
    return [_place(snapshot, device) for device in (link.a_device, link.b_device)]


def name_of(snapshot: Snapshot, code: str) -> str:
    """What people call the element."""
    for table in (snapshot.sites, snapshot.devices, snapshot.uplinks):
        if code in table:
            return table[code].name
    ends = ends_of(snapshot, code)
    return " – ".join(ends) if ends else code


def _place(snapshot: Snapshot, code: str) -> str:
    """Where a link ends: at its site, or at the device where a point of presence has several."""
    device = snapshot.devices.get(code)
    site = snapshot.sites.get(device.site) if device else None
    if device is None or site is None:
        return code
    return site.name if site.device == code else device.name


def _silence(this: Change, refs: Iterable[str], covered: Mapping[int, frozenset[str]]) -> Silence | None:
    """The window that an alarm falls into, of several the one that ends last: all that may be its cause is worked on,
    or hangs on what is."""
    running = Silence.objects.filter(pk__in=list(covered), starts_at__lte=this.at, ends_at__gt=this.at)
    return next((window for window in running.order_by("-ends_at") if set(refs) <= covered[window.pk]), None)
