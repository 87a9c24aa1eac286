"""Agencies, district offices, providers and vendors."""

from __future__ import annotations

from typing import Any

from simpul.kit.actor import Actor
from simpul.people.logic.rights import Permission
from simpul.people.models import Organisation
from simpul.record.change import change


def create_organisation(actor: Actor, **fields: Any) -> Organisation:
    """Add an organisation. Raises Forbidden, or Django's ValidationError naming the field."""
    actor.require(Permission.EDIT_ORGANISATIONS)
    organisation = Organisation(**fields)
    with change(actor) as this:
        organisation.full_clean()
        organisation.save(force_insert=True)
        this.created(organisation)
    return organisation


def update_organisation(actor: Actor, organisation: Organisation, **fields: Any) -> Organisation:
    """Change some fields. Raises Forbidden, or Django's ValidationError naming the field."""
    actor.require(Permission.EDIT_ORGANISATIONS)
    with change(actor, organisation):
        for name, value in fields.items():
            setattr(organisation, name, value)
        organisation.full_clean()
        organisation.save()
    return organisation
