"""Agencies, district offices, providers and vendors."""

from __future__ import annotations

from typing import Any

from simpul.kit.actor import Actor
from simpul.people.errors import Refusal, RunsTheNetwork
from simpul.people.events import OrganisationRemoved, OrganisationRenamed
from simpul.people.logic.rights import Permission
from simpul.people.models import Organisation
from simpul.people.service.in_use import require_free
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
    """Change some fields; a new code only of one that nothing hangs on.

    Raises Forbidden, InUse, RunsTheNetwork, or Django's ValidationError naming the field.
    """
    actor.require(Permission.EDIT_ORGANISATIONS)
    with change(actor, organisation) as this:
        before = Organisation.objects.values_list("code", flat=True).get(pk=organisation.pk)
        renamed = fields.get("code", before) != before
        if renamed:
            _require_free(organisation)
        for name, value in fields.items():
            setattr(organisation, name, value)
        # A code from before the rule is no fault of whoever changes something else.
        organisation.full_clean(exclude=set() if renamed else {"code"})
        organisation.save()
        if renamed:
            this.emit(OrganisationRenamed(code=organisation.code, before=before))
    return organisation


def remove_organisation(actor: Actor, organisation: Organisation) -> None:
    """Delete an organisation that nothing hangs on. Raises Forbidden, InUse or RunsTheNetwork."""
    actor.require(Permission.EDIT_ORGANISATIONS)
    with change(actor) as this:
        _require_free(organisation)
        this.deleted(organisation)
        this.emit(OrganisationRemoved(code=organisation.code))
        organisation.delete()


def obstacle(organisation: Organisation) -> Refusal | None:
    """What speaks against removing or renaming it, or None. Asks the database; for pages."""
    try:
        _require_free(organisation)
    except Refusal as refusal:
        return refusal
    return None


def _require_free(organisation: Organisation) -> None:
    if Organisation.objects.filter(Organisation.runs_the_network(), pk=organisation.pk).exists():
        raise RunsTheNetwork(code=organisation.code)
    require_free(organisation)
