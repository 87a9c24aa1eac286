"""What people do with alarms. Opening and closing is not among it."""

from __future__ import annotations

from datetime import datetime, timedelta

from simpul.kit.actor import Actor
from simpul.people.logic.rights import Permission
from simpul.record.change import Change, change
from simpul.register.models import Circuit, Device, Link, Site, Uplink
from simpul.watch.errors import AlreadyOver, EndedBefore, NoElement, NoWords, WindowTooFar, WrongWindow
from simpul.watch.events import AlarmChanged, SilenceChanged
from simpul.watch.models import Alarm, AlarmComment, Silence

LONGEST_COMMENT = 2000
# Work that is announced farther away is a slip of the pen; it would silence alarms for years.
FARTHEST = timedelta(days=366)
ELEMENTS = (Device, Link, Circuit, Site, Uplink)


def acknowledge(actor: Actor, alarm: Alarm) -> Alarm:
    """Say that somebody looks after it; it stays open. Raises Forbidden, AlreadyOver. The first one counts."""
    actor.require(Permission.HANDLE_ALARMS)
    with change(actor) as this:
        row = Alarm.objects.select_for_update().get(pk=alarm.pk)
        if row.closed_at is not None:
            raise AlreadyOver(alarm=row.pk)
        if row.acknowledged_at is None:
            this.watch(row)
            row.acknowledged_at, row.acknowledged_by = this.at, actor.name
            row.save(update_fields=["acknowledged_at", "acknowledged_by"])
            _told(this, row)
    return row


def comment(actor: Actor, alarm: Alarm, text: str) -> AlarmComment:
    """Write something on it, also when it is over. Raises Forbidden, NoWords."""
    actor.require(Permission.HANDLE_ALARMS)
    words = text.strip()[:LONGEST_COMMENT]
    if not words:
        raise NoWords
    with change(actor) as this:
        row = AlarmComment.objects.create(alarm=alarm, text=words, author=actor.name, at=this.at)
        this.created(row)
        _told(this, alarm)
    return row


def silence(actor: Actor, ref: str, starts_at: datetime, ends_at: datetime, reason: str) -> Silence:
    """Announce work on the element `ref`. Raises Forbidden, NoElement, WrongWindow, WindowTooFar.

    An open alarm of it is not told again; that it is over is told in any case.
    """
    actor.require(Permission.HANDLE_ALARMS)
    if not any(kind.objects.filter(code=ref).exists() for kind in ELEMENTS):
        raise NoElement(ref=ref)
    with change(actor) as this:
        if ends_at <= starts_at or ends_at <= this.at:
            raise WrongWindow
        if not this.at - FARTHEST <= starts_at <= ends_at <= this.at + FARTHEST:
            raise WindowTooFar(days=FARTHEST.days)
        row = Silence(
            ref=ref, starts_at=starts_at, ends_at=ends_at, reason=reason[:200], made_by=actor.name, made_at=this.at
        )
        row.full_clean()
        row.save(force_insert=True)
        this.created(row)
        this.emit(SilenceChanged(silence=row.pk, ref=row.ref))
    return row


def end_silence(actor: Actor, window: Silence) -> Silence:
    """The work is done before its time; one that has not begun is called off. Raises Forbidden, EndedBefore."""
    actor.require(Permission.HANDLE_ALARMS)
    with change(actor) as this:
        row = Silence.objects.select_for_update().get(pk=window.pk)
        if row.ends_at <= this.at:
            raise EndedBefore(ref=row.ref)
        this.watch(row)
        row.starts_at = min(row.starts_at, this.at - timedelta(seconds=1))
        row.ends_at = this.at
        row.save(update_fields=["starts_at", "ends_at"])
        this.emit(SilenceChanged(silence=row.pk, ref=row.ref))
    return row


def _told(this: Change, alarm: Alarm) -> None:
    party = alarm.party.code if alarm.party is not None else ""
    this.emit(
        AlarmChanged(alarm=alarm.pk, kind=alarm.kind, refs=list(alarm.refs), sites=list(alarm.sites), party=party)
    )
