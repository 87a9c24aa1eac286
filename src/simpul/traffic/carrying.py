"""What becomes of a plan on its way: each function is one step of one row, and does nothing where it was taken already.

Only the controller calls these, in any order and as often as it likes: whatever dies in between, the rows stay true.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from simpul.kit.actor import Actor
from simpul.kit.events import Event
from simpul.people.errors import Refusal
from simpul.record.change import Change, change
from simpul.register.models import Device
from simpul.traffic.events import PlanApplied, PlanConfirmed, PlanReverted
from simpul.traffic.logic.order import Order, fingerprint, sign
from simpul.traffic.logic.policy import scaled
from simpul.traffic.logic.standing import Planned
from simpul.traffic.models import PanicOrder, PlanVersion
from simpul.traffic.service.plans import apply, draft, preview
from simpul.traffic.service.reading import gateways, plan_of_version
from simpul.traffic.service.terms import take_terms_back

log = logging.getLogger(__name__)
State = PlanVersion.State
Step = Callable[[PlanVersion, str], bool]
ACTOR = Actor.system("traffic")
LAPSED = "lapsed: the gateway was not reached within 10 minutes; order it again if it is still wanted"
FIRST_CONFIRM_SECONDS = 120
FIRST_AGAIN, FIRST_SELDOM = timedelta(minutes=1), timedelta(hours=1)


def open_plans() -> list[PlanVersion]:
    """Plans on their way or on trial."""
    return list(PlanVersion.objects.select_related("gateway").filter(state__in=(State.APPLYING, State.APPLIED)))


def open_panics() -> list[PanicOrder]:
    """Emergency orders that no gateway has carried out yet."""
    return list(PanicOrder.objects.select_related("gateway").filter(done_at=None, failure=""))


def planned(known: dict[int, str]) -> dict[str, Planned]:
    """What each gateway shall do by the rows: those with a plan in force, on its way or on trial.

    `known` keeps the fingerprints of orders in force, which never change: an order may have megabytes.
    """
    rows = PlanVersion.objects.filter(state__in=(State.APPLYING, State.APPLIED, State.CONFIRMED)).order_by("number")
    found: dict[str, Planned] = {}
    for pk, code, number, state in rows.values_list("pk", "gateway__code", "number", "state"):
        before = found.get(code, Planned())
        if state == State.CONFIRMED:
            found[code] = replace(before, number=number, order=_fingerprint_of(pk, known))
        else:
            found[code] = replace(before, open=number)
    return found


def _fingerprint_of(key: int, known: dict[int, str]) -> str:
    if key not in known:
        envelope = PlanVersion.objects.values_list("envelope", flat=True).filter(pk=key).first()
        known[key] = fingerprint(envelope or {})
    return known[key]


def envelope_of(version: PlanVersion, rate_scale: float) -> dict[str, str]:
    """The signed order, in the rates that the gateway's network has; made once and kept with the plan."""
    with change(ACTOR) as this:
        rows = PlanVersion.objects.select_for_update(of=("self",)).select_related("gateway__site")
        row = rows.get(pk=version.pk)
        if row.envelope is None:
            plan = scaled(plan_of_version(row), rate_scale)
            order = Order(row.number, row.gateway.code, plan.to_data(), row.confirm_s, this.at)
            this.watch(row)
            row.envelope = sign(order, settings.PLAN_KEY())
            row.save(update_fields=["envelope"])
    envelope: dict[str, str] = row.envelope
    return envelope


def answer_to(gateway: str, number: int, rate_scale: float, order: str = "") -> dict[str, Any]:
    """What a gateway that holds plan `number` shall do: take the newer order, if there is one; else whether to keep it.

    `order` is the fingerprint of what it holds; one that is not ours is never told to be kept.

    `confirmed` is about the order that is handed over, or about plan `number` where there is none. A plan on trial is
    not handed over again: whoever lost it has lost its trial as well.
    """
    rows = PlanVersion.objects.filter(gateway__code=gateway)
    newest = rows.filter(state__in=(State.APPLYING, State.CONFIRMED), number__gt=number).order_by("-number").first()
    if newest is not None:
        return {"order": envelope_of(newest, rate_scale), "confirmed": newest.state == State.CONFIRMED}
    here = rows.filter(number=number).first()
    kept = (
        here is not None
        and is_ours(here, order)
        and (here.state == State.CONFIRMED or (here.state == State.APPLIED and here.wanted_at is not None))
    )
    return {"order": None, "confirmed": kept}


def first_plan(gateway: str) -> PlanVersion | None:
    """Order a plan for a gateway where none was ever in force; None if one was, or is open, or none can be made.

    One that was refused or taken back is tried again, ever more seldom: after a minute, then two, up to an hour; not
    while somebody has a draft.
    """
    device = gateways().filter(code=gateway).first()
    if device is None or _was_planned(device):
        return None
    tries = PlanVersion.objects.filter(gateway=device)
    last = tries.order_by("-number").first()
    wait = min(FIRST_AGAIN * 2 ** min(tries.count() - 1, 10), FIRST_SELDOM) if last else timedelta(0)
    if last is not None and last.state == State.DRAFT:
        return None
    # A last try that lies ahead was written before the clock was set back: nobody waits for that.
    if last is not None and timedelta(0) <= timezone.now() - (last.ended_at or last.made_at) < wait:
        return None
    try:
        version = draft(ACTOR, device, "the first plan")
        if version.state == State.REFUSED:
            return None
        return apply(ACTOR, version, FIRST_CONFIRM_SECONDS, unattended=True)
    except Refusal:
        return None


def why_unplanned(gateway: str) -> str:
    """Why no plan was ever in force at a gateway, in one line; empty if one was, or is on its way."""
    device = gateways().filter(code=gateway).first()
    if device is None or _was_planned(device):
        return ""
    last = PlanVersion.objects.filter(gateway=device).order_by("-number").first()
    if last is not None:
        return f"plan {last.number} is not in force ({last.state}{': ' if last.reason else ''}{last.reason})"
    try:
        preview(ACTOR, device)
    except Refusal as refusal:
        return str(refusal)
    return "none was ordered"


def _was_planned(gateway: Device) -> bool:
    rows = PlanVersion.objects.filter(gateway=gateway)
    open_or_kept = Q(state__in=(State.APPLYING, State.APPLIED)) | Q(confirmed_at__isnull=False)
    return rows.filter(open_or_kept).exists()


def told(gateway: str, number: int, state: str, reason: str) -> bool:
    """Note what the gateway says has become of a plan; whether that plan is known."""
    steps: dict[str, Step] = {"applied": applied, "confirmed": confirmed, "reverted": reverted, "refused": refused}
    version = PlanVersion.objects.filter(gateway__code=gateway, number=number).first()
    if version is None or state not in steps:
        return False
    steps[state](version, reason)
    return True


def applied(version: PlanVersion, _reason: str = "") -> bool:
    """It is on trial from now on."""
    with change(ACTOR) as this:
        row = _at(version, State.APPLYING)
        if row is None:
            return False
        by = this.at + timedelta(seconds=row.confirm_s)
        event = PlanApplied(gateway=row.gateway.code, number=row.number)
        _becomes(this, row, State.APPLIED, event, confirm_by=by)
    return True


def confirmed(version: PlanVersion, _reason: str = "") -> bool:
    """It is in force; the one before it no longer is."""
    with change(ACTOR) as this:
        row = _at(version, State.APPLYING, State.APPLIED)
        if row is None:
            return False
        before = PlanVersion.objects.select_related("gateway__site").filter(gateway=row.gateway, state=State.CONFIRMED)
        for old in before:
            _becomes(this, old, State.SUPERSEDED, None)
        by = row.confirmed_by or ACTOR.name
        event = PlanConfirmed(gateway=row.gateway.code, number=row.number)
        _becomes(this, row, State.CONFIRMED, event, confirmed_at=this.at, confirmed_by=by)
    return True


def reverted(version: PlanVersion, reason: str) -> bool:
    """The gateway has gone back to the plan before."""
    return _taken_back(version, State.REVERTED, reason)


def refused(version: PlanVersion, reason: str) -> bool:
    """The gateway would not have it; nothing there has changed."""
    return _taken_back(version, State.REFUSED, reason)


def wish_confirmed(version: PlanVersion) -> bool:
    """The plan confirms itself: it was asked to, and its gateway has been well for long enough."""
    with change(ACTOR) as this:
        row = _at(version, State.APPLIED)
        if row is None or row.wanted_at is not None:
            return False
        this.watch(row)
        row.wanted_at, row.confirmed_by = this.at, row.author
        row.save(update_fields=["wanted_at", "confirmed_by"])
    return True


def panicked(order: PanicOrder, failure: str = "") -> None:
    """The gateway has done it, or would not."""
    with change(ACTOR) as this:
        row = PanicOrder.objects.select_for_update(of=("self",)).select_related("gateway__site").get(pk=order.pk)
        if row.done_at is None and not row.failure:
            this.watch(row)
            row.done_at, row.failure = (None, failure[:500]) if failure else (this.at, "")
            row.save(update_fields=["done_at", "failure"])


def is_ours(version: PlanVersion, order: str) -> bool:
    """Whether the order with that fingerprint is the one made of this plan; one that is not named is taken for it."""
    if not order or version.envelope is None or fingerprint(version.envelope) == order:
        return True
    log.warning("%s holds another plan %d than the one known here; send it a new one", version.gateway, version.number)
    return False


def kept(gateway: str, number: int, order: str = "") -> None:
    """The gateway reports this plan as its own, with nothing on trial: so it was confirmed, whatever was lost since."""
    version = PlanVersion.objects.filter(gateway__code=gateway, number=number, state=State.APPLIED).first()
    if version is not None and is_ours(version, order):
        confirmed(version)


def _taken_back(version: PlanVersion, state: str, reason: str) -> bool:
    with change(ACTOR) as this:
        row = _at(version, State.APPLYING, State.APPLIED)
        if row is None:
            return False
        event = PlanReverted(gateway=row.gateway.code, number=row.number, reason=reason)
        _becomes(this, row, state, event, reason=reason[:500])
        take_terms_back(ACTOR, row)
    return True


def _at(version: PlanVersion, *states: str) -> PlanVersion | None:
    """The row as it stands now, locked, if it is in one of these states."""
    rows = PlanVersion.objects.select_for_update(of=("self",)).select_related("gateway__site")
    return rows.filter(pk=version.pk, state__in=states).first()


def _becomes(this: Change, row: PlanVersion, state: str, event: Event | None, **columns: Any) -> None:
    this.watch(row)
    row.state, row.ended_at = state, this.at
    for name, value in columns.items():
        setattr(row, name, value)
    row.save(update_fields=["state", "ended_at", *columns])
    if event is not None:
        this.emit(event)
