"""A change of the policy and the plan made of it, ordered together or not at all: what a page does with one button."""

from __future__ import annotations

from collections.abc import Callable

from simpul.kit.actor import Actor
from simpul.people.logic.rights import Permission
from simpul.record.change import change
from simpul.register.models import Device
from simpul.traffic.errors import Busy, NotAsSeen, NothingNew, Starves
from simpul.traffic.models import PlanVersion
from simpul.traffic.service.plans import apply, draft, preview
from simpul.traffic.service.reading import open_plan


def try_out(
    actor: Actor,
    gateway: Device,
    write: Callable[[], object],
    *,
    seen: str = "",
    confirm_s: int = 60,
    note: str = "",
) -> PlanVersion:
    """Change the policy by `write` (verbs of `shares`), and order the plan that follows, on trial.

    `seen` is the mark of the preview that somebody has looked at: the order must be just that. Nothing at all is
    written where it raises: Forbidden, Busy, NotAsSeen, NothingNew, Starves, NoPlan, TimeOutOfRange, ValidationError.
    """
    actor.require(Permission.SHARE_INTERNET)
    with change(actor):
        Device.objects.select_for_update(of=("self",)).get(pk=gateway.pk)
        refuse_busy(gateway)
        write()
        found = preview(actor, gateway)
        if found.reasons:
            raise Starves(words=". ".join(found.refusals), reasons=found.reasons)
        if seen and found.mark != seen:
            raise NotAsSeen
        if found.base and found.difference.is_empty:
            raise NothingNew
        return apply(actor, draft(actor, gateway, note), confirm_s)


def refuse_busy(gateway: Device) -> None:
    """Raise Busy while a plan is on its way to the gateway or on trial there."""
    other = open_plan(gateway)
    if other is not None:
        raise Busy(number=other.number, author=other.author, gateway=gateway.code)
