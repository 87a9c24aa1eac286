"""Plans: drafted from the policy, compared, refused or ordered, confirmed, and gone back to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Max

from simpul.kit.actor import Actor
from simpul.people.logic.rights import Permission
from simpul.record.change import change
from simpul.register.models import Device
from simpul.traffic.errors import (
    NeverInForce,
    NoPlan,
    NotDraft,
    NotOnTrial,
    Outdated,
    Overtaken,
    TimeOutOfRange,
    TooLate,
)
from simpul.traffic.events import PlanOrdered
from simpul.traffic.logic.admission import FLOOR_BPS, Reason, reasons
from simpul.traffic.logic.difference import Difference, difference, predicted
from simpul.traffic.logic.losses import Loss, losses
from simpul.traffic.logic.order import LONGEST_CONFIRM_SECONDS
from simpul.traffic.logic.plan import Plan, Rates
from simpul.traffic.logic.plan_file import PlanError, plan_from_data
from simpul.traffic.logic.policy import Unplannable, plan_of, with_changes
from simpul.traffic.models import PlanVersion
from simpul.traffic.reports import number_at
from simpul.traffic.service.reading import plan_in_force, plan_of_version, read_policy, trial_left_s
from simpul.traffic.service.terms import take_terms

State = PlanVersion.State
LEAST_CONFIRM_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Preview:
    """A plan that nobody has written down: what it would change and give, and why it would be refused.

    `base` is the number of the plan it was compared with, 0 for none; `losses` who could not work without a way out,
    which `warnings` say in words.
    """

    plan: Plan
    base: int
    difference: Difference
    predicted: Mapping[str, Rates]
    reasons: tuple[Reason, ...]
    warnings: tuple[str, ...]
    losses: tuple[Loss, ...] = ()

    @property
    def refusals(self) -> tuple[str, ...]:
        """The reasons in words."""
        return tuple(map(str, self.reasons))

    @property
    def mark(self) -> str:
        """Equal for two previews that say the same of the same plan in force."""
        return f"{self.base}-{_digest(self.plan.to_data())[:16]}"


def preview(actor: Actor, gateway: Device, changes: Mapping[str, Mapping[str, Any]] | None = None) -> Preview:
    """What a plan of the policy would do now, with other values for some groups and sites by code. Raises NoPlan.

    Values are those of `GroupPolicy` and `SitePolicy`: `guarantee`, `ceiling`, `weight`, `tier`, `group`, `parent`.
    """
    actor.require(Permission.SHARE_INTERNET)
    read = read_policy(gateway)
    try:
        policy = with_changes(read.policy, changes) if changes else read.policy
        plan = _checked(plan_of(policy), gateway)
    except Unplannable as error:
        raise NoPlan(reason=str(error).rstrip(".")) from None
    warnings = [f"{code}: internet is on, but it has no share; its traffic is nobody's" for code in read.without_share]
    warnings += [f"{code}: has a share, but its internet is not on; it is left out" for code in read.without_internet]
    return _compared(gateway, plan, tuple(warnings))


def draft(actor: Actor, gateway: Device, note: str = "") -> PlanVersion:
    """Write the policy down as the next numbered plan. It is refused at once where a rule forbids it. Raises NoPlan."""
    actor.require(Permission.SHARE_INTERNET)
    return _numbered(actor, gateway, preview(actor, gateway), note, None)


def apply(actor: Actor, version: PlanVersion, confirm_s: int = 60, *, unattended: bool = False) -> PlanVersion:
    """Have the draft signed and carried to its gateway, which goes back by itself unless it is confirmed in time.

    `unattended` confirms it as soon as the gateway has been well for some seconds. A plan on trial is replaced.
    Raises Forbidden, NotDraft, Outdated, Overtaken or TimeOutOfRange.
    """
    actor.require(Permission.SHARE_INTERNET)
    if not LEAST_CONFIRM_SECONDS <= confirm_s <= LONGEST_CONFIRM_SECONDS:
        raise TimeOutOfRange(least=LEAST_CONFIRM_SECONDS, most=LONGEST_CONFIRM_SECONDS, seconds=confirm_s)
    with change(actor) as this:
        # One order at a time for a gateway: what is ahead of this one is ahead of it for good.
        Device.objects.select_for_update(of=("self",)).get(pk=version.gateway_id)
        version = PlanVersion.objects.select_for_update(of=("self",)).select_related("gateway__site").get(pk=version.pk)
        if version.state != State.DRAFT:
            raise NotDraft(number=version.number, state=version.get_state_display())
        now = plan_in_force(version.gateway)
        if (now.number if now else 0) != version.base:
            raise Outdated(number=version.number, base=version.base, now=now.number if now else 0)
        newer = _newest_ordered(version.gateway)
        if newer > version.number:
            raise Overtaken(number=version.number, newer=newer)
        for other in _ahead_of(version):
            this.watch(other)
            other.state, other.ended_at = State.SUPERSEDED, this.at
            other.reason = f"replaced by plan {version.number}"
            other.save(update_fields=["state", "ended_at", "reason"])
        this.watch(version)
        version.state, version.ordered_at, version.ended_at = State.APPLYING, this.at, this.at
        version.confirm_s, version.unattended = confirm_s, unattended
        version.save()
        this.emit(PlanOrdered(gateway=version.gateway.code, number=version.number))
    return version


def confirm(actor: Actor, version: PlanVersion) -> PlanVersion:
    """Say that the plan on trial shall stay; the gateway is told. Raises Forbidden, NotOnTrial or TooLate.

    Who said so first stands written; saying it again changes nothing.
    """
    actor.require(Permission.SHARE_INTERNET)
    with change(actor) as this:
        version = PlanVersion.objects.select_for_update(of=("self",)).select_related("gateway__site").get(pk=version.pk)
        if version.state != State.APPLIED:
            raise NotOnTrial(number=version.number, state=version.get_state_display())
        if version.wanted_at is not None:
            return version
        # Not by the wall clock alone: one that was set ahead ends no trial that its gateway still goes through.
        if trial_left_s(settings.CONFIGURATION.data.run, version, this.at) <= 0:
            raise TooLate(number=version.number)
        this.watch(version)
        version.wanted_at, version.confirmed_by = this.at, actor.name
        version.save(update_fields=["wanted_at", "confirmed_by"])
        this.emit(PlanOrdered(gateway=version.gateway.code, number=version.number))
    return version


def return_to(
    actor: Actor, version: PlanVersion, confirm_s: int = 60, *, unattended: bool = False, note: str = ""
) -> PlanVersion:
    """Order what the plan says once more, under a new number. Raises Forbidden, NeverInForce, or what `apply` raises.

    The policy then says what the plan said. Comes back refused, and is not ordered, where the plan would break a rule
    today.
    """
    actor.require(Permission.SHARE_INTERNET)
    if version.confirmed_at is None:
        raise NeverInForce(number=version.number, gateway=version.gateway.code)
    plan = plan_of_version(version)
    with change(actor):
        Device.objects.select_for_update(of=("self",)).get(pk=version.gateway_id)
        again = _numbered(actor, version.gateway, _compared(version.gateway, plan, ()), note, version.number)
        if again.state == State.REFUSED:
            return again
        take_terms(actor, plan)
        return apply(actor, again, confirm_s, unattended=unattended)


def _checked(plan: Plan, gateway: Device) -> Plan:
    """The plan as the reader of plan files has it: what it refuses, no gateway shall meet."""
    try:
        return plan_from_data(plan.to_data(), gateway.code)
    except PlanError as error:
        raise Unplannable(str(error)) from None


def _compared(gateway: Device, plan: Plan, warnings: tuple[str, ...]) -> Preview:
    now = plan_in_force(gateway)
    told = difference(plan_of_version(now) if now else None, plan)
    # The floor is in the rates of the register, so before the scale of a demonstration.
    lost = tuple(losses(plan, FLOOR_BPS))
    return Preview(
        plan,
        now.number if now else 0,
        told,
        predicted(plan),
        tuple(reasons(plan, FLOOR_BPS)),
        (*warnings, *map(str, lost)),
        lost,
    )


def _numbered(actor: Actor, gateway: Device, found: Preview, note: str, returned_to: int | None) -> PlanVersion:
    """Write it down under the next number; numbers only rise, also above what the gateway says it has seen."""
    document = found.plan.to_data()
    reported = number_at(settings.CONFIGURATION.data.run, gateway.code)
    with change(actor) as this:
        last = PlanVersion.objects.filter(gateway=gateway).aggregate(last=Max("number"))["last"] or 0
        version = PlanVersion(
            gateway=gateway,
            number=max(last, reported) + 1,
            base=found.base,
            document=document,
            digest=_digest(document),
            difference=found.difference.to_data() | _warned(found),
            predicted={name: rates.to_data() for name, rates in found.predicted.items()},
            state=State.REFUSED if found.refusals else State.DRAFT,
            reason=". ".join(found.refusals)[:500],
            note=note[:200],
            author=actor.name,
            made_at=this.at,
            ended_at=this.at,
            returned_to=returned_to,
        )
        version.save(force_insert=True)
        this.created(version)
    return version


def _warned(found: Preview) -> dict[str, Any]:
    return {"warnings": list(found.warnings), "losses": [loss.to_data() for loss in found.losses]}


def _newest_ordered(gateway: Device) -> int:
    """The highest number ever ordered, 0 for none: its gateway takes no lower one after it."""
    ordered = PlanVersion.objects.filter(gateway=gateway).exclude(ordered_at=None)
    return ordered.aggregate(last=Max("number"))["last"] or 0


def _ahead_of(version: PlanVersion) -> list[PlanVersion]:
    """Plans of the gateway on their way or on trial, which this one replaces."""
    return list(
        PlanVersion.objects.select_related("gateway__site").filter(
            gateway=version.gateway, state__in=(State.APPLYING, State.APPLIED)
        )
    )


def _digest(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
