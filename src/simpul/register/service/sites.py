"""Places that the network joins."""

from __future__ import annotations

from typing import Any

from simpul.kit.actor import Actor
from simpul.people.logic.rights import Permission
from simpul.register.models import Site
from simpul.register.service.writing import add, alter, remove


def create_site(actor: Actor, **fields: Any) -> Site:
    """Add a site. Its story begins empty: see `register.service.rollout`."""
    return add(actor, Permission.EDIT_REGISTER, Site(**fields))


def update_site(actor: Actor, site: Site, **fields: Any) -> Site:
    """Change a site; `version` is the one that was read (Stale if somebody was faster)."""
    return alter(actor, Permission.EDIT_REGISTER, site, fields)


def remove_site(actor: Actor, site: Site) -> None:
    """Delete a site that has neither a story nor anything standing at it. Raises InUse otherwise."""
    remove(actor, Permission.EDIT_REGISTER, site)
