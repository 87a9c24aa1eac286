"""The switch for the bad day."""

from __future__ import annotations

from simpul.kit.actor import Actor
from simpul.people.logic.rights import Permission
from simpul.record.change import change
from simpul.register.models import Device
from simpul.traffic.events import PanicOrdered
from simpul.traffic.models import PanicOrder


def panic(actor: Actor, gateway: Device, mode: str, note: str = "") -> PanicOrder:
    """Have the gateway share equally, not shape at all, or go by its plan again. Raises Forbidden.

    The order is carried as soon as the gateway answers; one that still waits gives way to it.
    """
    actor.require(Permission.SHARE_INTERNET)
    with change(actor) as this:
        for other in PanicOrder.objects.select_related("gateway__site").filter(
            gateway=gateway, done_at=None, failure=""
        ):
            this.watch(other)
            other.failure = "replaced by a later order"
            other.save(update_fields=["failure"])
        order = PanicOrder(gateway=gateway, mode=mode, note=note, asked_by=actor.name, asked_at=this.at)
        order.full_clean()
        order.save(force_insert=True)
        this.created(order)
        this.emit(PanicOrdered(gateway=gateway.code, mode=mode))
    return order
