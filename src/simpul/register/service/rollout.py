"""The story of how sites are joined: recording it, and asking where they stood at any moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from simpul.kit.actor import Actor
from simpul.people.logic.rights import Permission
from simpul.record.change import Change, change
from simpul.record.models import Evidence
from simpul.register.events import (
    InternetChanged,
    NetworkAdvanced,
    SiteHandedOver,
    SiteResumed,
    SiteStalled,
    StoryLineWithdrawn,
)
from simpul.register.logic.rollout import CUT_OFF, INTERNET, LIT, NETWORK, ON, StoryLine, state_at
from simpul.register.logic.story import check_line, check_pauses, check_together, check_withdrawal, is_forward
from simpul.register.models import Contract, ContractLine, Handover, InternetEvent, NetworkEvent, Site, Stall
from simpul.register.service.status import status_at
from simpul.register.service.tracks import (
    AlreadyHandedOver,
    AlreadyStalled,
    NothingToStall,
    StallError,
    StallTimes,
    Tracks,
    pause_of,
)

__all__ = [
    "AlreadyHandedOver",
    "AlreadyStalled",
    "NothingToStall",
    "StallError",
    "StallTimes",
    "advance_network",
    "change_internet",
    "cut_off",
    "hand_over",
    "resume",
    "stall",
    "status_at",
    "withdraw",
]


def advance_network(
    actor: Actor,
    site: Site,
    state: str,
    at: datetime,
    *,
    reason: str = "",
    evidence: Evidence | None = None,
    contract_line: ContractLine | None = None,
) -> NetworkEvent:
    """Record that the site's network reached a step at `at`. A step back needs a reason. Raises a StoryError."""
    actor.require(Permission.RECORD_ROLLOUT)
    line = StoryLine(at, str(state), reason.strip())
    with change(actor) as this:
        _check(this, site, NETWORK, line)
        row = NetworkEvent(site=site, contract_line=contract_line, **_columns(this, line, evidence))
        _write(this, row)
        this.emit(NetworkAdvanced(site=site.code, state=line.state, at=at, reason=line.reason))
    return row


def change_internet(
    actor: Actor,
    site: Site,
    state: str,
    at: datetime,
    *,
    reason: str = "",
    evidence: Evidence | None = None,
    contract_line: ContractLine | None = None,
) -> InternetEvent:
    """Record that the site's internet was ordered, switched on, or ended. Raises a StoryError."""
    actor.require(Permission.RECORD_ROLLOUT)
    line = StoryLine(at, str(state), reason.strip())
    with change(actor) as this:
        _check(this, site, INTERNET, line)
        row = InternetEvent(site=site, contract_line=contract_line, **_columns(this, line, evidence))
        _write(this, row)
        this.emit(InternetChanged(site=site.code, state=line.state, at=at, reason=line.reason))
    return row


def cut_off(actor: Actor, site: Site, at: datetime, reason: str, *, evidence: Evidence | None = None) -> InternetEvent:
    """Record that a site lost its internet by decision (unpaid, sanction). Raises NotOn if it had none."""
    return change_internet(actor, site, CUT_OFF, at, reason=reason, evidence=evidence)


def withdraw(actor: Actor, row: NetworkEvent | InternetEvent, reason: str) -> None:
    """Take back a line that was wrong; the log keeps it, with the reason. Raises BreaksLater."""
    actor.require(Permission.RECORD_ROLLOUT)
    site = row.site
    with change(actor, note=reason.strip()) as this:
        tracks = Tracks.of(site)
        track = NETWORK if isinstance(row, NetworkEvent) else INTERNET
        story = tracks.story(track)
        line = story[tracks.place(row)]
        left = check_withdrawal(site.code, track, site.medium, story, line)
        check_together(site.code, track, line, *tracks.both(track, left))
        this.deleted(row)
        row.delete()
        this.emit(StoryLineWithdrawn(site=site.code, track=track, state=line.state, at=line.at))


def stall(
    actor: Actor,
    site: Site,
    track: str,
    at: datetime,
    reason: str,
    *,
    evidence: Evidence | None = None,
) -> Stall:
    """Record that nothing moves on a track since `at`, and why. Raises a StallError."""
    actor.require(Permission.RECORD_ROLLOUT)
    track = str(track)
    line = StoryLine(at, "stalled", reason.strip())
    with change(actor) as this:
        if at > this.at or not line.reason:
            raise StallTimes(site.code, track, "it needs a reason, and a moment that has come. Give both")
        tracks = Tracks.of(site)
        story = tracks.story(track)
        state, _ = state_at(story, at)
        if state == (LIT if track == NETWORK else ON):
            raise NothingToStall(site.code, track)
        for other in tracks.stalls:
            if other.track == track and (other.until is None or at < other.until):
                raise AlreadyStalled(site.code, other)
        row = Stall(site=site, track=track, **_columns(this, line, evidence, with_state=False))
        _write(this, row)
        this.emit(SiteStalled(site=site.code, track=track, at=at, reason=line.reason))
    return row


def resume(actor: Actor, stall: Stall, until: datetime) -> Stall:
    """Record that a stalled track moves again. Raises StallTimes."""
    actor.require(Permission.RECORD_ROLLOUT)
    with change(actor) as this:
        stall.refresh_from_db(from_queryset=Stall.objects.select_for_update())
        if stall.until is not None:
            raise StallTimes(stall.site.code, stall.track, f"it ended on {stall.until:%Y-%m-%d} already")
        if not stall.at < until <= this.at:
            raise StallTimes(stall.site.code, stall.track, "its end must lie after its beginning, and not ahead of now")
        _end(this, stall, until)
    return stall


def hand_over(
    actor: Actor,
    site: Site,
    contract: Contract,
    document_number: str,
    at: datetime,
    evidence: Evidence | None = None,
    *,
    reason: str = "",
) -> Handover:
    """Record that the site was handed over (BAST) under a contract; once per contract. Raises AlreadyHandedOver."""
    actor.require(Permission.RECORD_ROLLOUT)
    line = StoryLine(at, "handed over", reason.strip())
    with change(actor) as this:
        earlier = Handover.objects.filter(site=site, contract=contract).select_related("site", "contract").first()
        if earlier:
            raise AlreadyHandedOver(earlier)
        columns = _columns(this, line, evidence, with_state=False)
        row = Handover(site=site, contract=contract, document_number=document_number.strip(), **columns)
        _write(this, row)
        this.emit(SiteHandedOver(site=site.code, contract=contract.code, document_number=row.document_number, at=at))
    return row


def _check(this: Change, site: Site, track: str, line: StoryLine) -> None:
    tracks = Tracks.of(site)
    story = tracks.story(track)
    told = check_line(site.code, track, site.medium, story, line, this.at)
    check_together(site.code, track, line, *tracks.both(track, told))
    check_pauses(site.code, track, story, line, [pause_of(row) for row in tracks.stalls])
    previous, _ = state_at(story, line.at)
    for row in tracks.stalls:
        lasting = row.track == track and row.until is None and row.at < line.at
        if lasting and is_forward(track, previous, line.state):
            _end(this, row, line.at)


def _end(this: Change, row: Stall, until: datetime) -> None:
    this.watch(row)
    row.until = until
    row.save(update_fields=["until"])
    this.emit(SiteResumed(site=row.site.code, track=row.track, until=until))


def _columns(this: Change, line: StoryLine, evidence: Evidence | None, *, with_state: bool = True) -> dict[str, Any]:
    columns = {
        "at": line.at,
        "reason": line.reason,
        "evidence": evidence,
        "recorded_by": this.actor.name,
        "recorded_at": timezone.now(),
    }
    return columns | ({"state": line.state} if with_state else {})


def _write(this: Change, row: NetworkEvent | InternetEvent | Stall | Handover) -> None:
    row.full_clean()
    row.save(force_insert=True)
    this.created(row)
