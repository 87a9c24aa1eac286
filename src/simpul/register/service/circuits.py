"""Circuits, the links they carry, and the ways out to the internet."""

from __future__ import annotations

from typing import Any

from simpul.kit.actor import Actor
from simpul.people.logic.rights import Permission
from simpul.register.models import Circuit, Link, Uplink
from simpul.register.service.writing import add, alter, remove


def create_circuit(actor: Actor, **fields: Any) -> Circuit:
    """Add a circuit between two sites; a leased one names its provider."""
    return add(actor, Permission.EDIT_REGISTER, Circuit(**fields))


def update_circuit(actor: Actor, circuit: Circuit, **fields: Any) -> Circuit:
    """Change a circuit."""
    return alter(actor, Permission.EDIT_REGISTER, circuit, fields)


def create_link(actor: Actor, **fields: Any) -> Link:
    """Join two ports."""
    return add(actor, Permission.EDIT_REGISTER, Link(**fields))


def update_link(actor: Actor, link: Link, **fields: Any) -> Link:
    """Change a link."""
    return alter(actor, Permission.EDIT_REGISTER, link, fields)


def create_uplink(actor: Actor, **fields: Any) -> Uplink:
    """Add a way out to the internet at a port of a gateway."""
    return add(actor, Permission.EDIT_REGISTER, Uplink(**fields))


def update_uplink(actor: Actor, uplink: Uplink, **fields: Any) -> Uplink:
    """Change an uplink."""
    return alter(actor, Permission.EDIT_REGISTER, uplink, fields)


def remove_link(actor: Actor, link: Link) -> None:
    """Delete a link; its ports are free again."""
    remove(actor, Permission.EDIT_REGISTER, link)


def remove_circuit(actor: Actor, circuit: Circuit) -> None:
    """Delete a circuit that carries no link. Raises InUse otherwise."""
    remove(actor, Permission.EDIT_REGISTER, circuit)
