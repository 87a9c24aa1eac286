"""Administrative areas."""

from __future__ import annotations

from typing import Any

from simpul.kit.actor import Actor
from simpul.people.logic.rights import Permission
from simpul.register.models import Area
from simpul.register.service.writing import add, alter


def create_area(actor: Actor, **fields: Any) -> Area:
    """Add an area: code, name, level, parent."""
    return add(actor, Permission.EDIT_REGISTER, Area(**fields))


def update_area(actor: Actor, area: Area, **fields: Any) -> Area:
    """Change an area."""
    return alter(actor, Permission.EDIT_REGISTER, area, fields)
