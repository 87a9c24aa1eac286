"""Boxes and their ports."""

from __future__ import annotations

from typing import Any

from simpul.kit.actor import Actor
from simpul.people.logic.rights import Permission
from simpul.record.change import change
from simpul.register.models import Device, Interface
from simpul.register.service.writing import add, alter, remove


def create_device(actor: Actor, **fields: Any) -> Device:
    """Add a device at a site."""
    return add(actor, Permission.EDIT_REGISTER, Device(**fields))


def update_device(actor: Actor, device: Device, **fields: Any) -> Device:
    """Change a device."""
    return alter(actor, Permission.EDIT_REGISTER, device, fields)


def create_interface(actor: Actor, **fields: Any) -> Interface:
    """Add a port to a device."""
    return add(actor, Permission.EDIT_REGISTER, Interface(**fields))


def update_interface(actor: Actor, interface: Interface, **fields: Any) -> Interface:
    """Change a port."""
    return alter(actor, Permission.EDIT_REGISTER, interface, fields)


def remove_device(actor: Actor, device: Device) -> None:
    """Delete a device and its unused ports. Raises InUse if a link or an uplink ends at one of them."""
    actor.require(Permission.EDIT_REGISTER)
    with change(actor):
        for port in device.interfaces.select_related("device"):
            remove(actor, Permission.EDIT_REGISTER, port)
        remove(actor, Permission.EDIT_REGISTER, device)
