"""The policy is changed here. Nothing reaches a gateway before a plan is made of it and ordered."""

from __future__ import annotations

from typing import Any, TypeVar

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from simpul.kit.actor import Actor
from simpul.people.logic.rights import Permission
from simpul.record.change import Change, change
from simpul.register.models import Site
from simpul.traffic.errors import GroupInUse, NoShare
from simpul.traffic.events import SharesChanged
from simpul.traffic.models import ShareGroup, SiteShare

M = TypeVar("M", ShareGroup, SiteShare)


def set_group(actor: Actor, code: str, **fields: Any) -> ShareGroup:
    """Make the group, or give columns of it new values. Raises Forbidden or Django's ValidationError by field."""
    actor.require(Permission.SHARE_INTERNET)
    with change(actor) as this:
        found = ShareGroup.objects.select_for_update().filter(code=code).first()
        group = _written(this, found, ShareGroup(code=code), fields)
        this.emit(SharesChanged(kind="group", code=code))
    return group


def set_share(actor: Actor, site: Site, **fields: Any) -> SiteShare:
    """Give the site a share, or columns of it new values. Raises Forbidden or Django's ValidationError by field."""
    actor.require(Permission.SHARE_INTERNET)
    with change(actor) as this:
        found = SiteShare.objects.select_for_update(of=("self",)).select_related("site").filter(site=site).first()
        share = _written(this, found, SiteShare(site=site), fields)
        this.emit(SharesChanged(kind="site", code=site.code))
    return share


def remove_share(actor: Actor, site: Site) -> None:
    """Take the site's share away: from the next plan on its traffic is nobody's. Raises NoShare if it has none."""
    actor.require(Permission.SHARE_INTERNET)
    with change(actor) as this:
        share = SiteShare.objects.select_related("site").filter(site=site).first()
        if share is None:
            raise NoShare(site=site.code)
        this.deleted(share)
        share.delete()
        this.emit(SharesChanged(kind="site", code=site.code))


def remove_group(actor: Actor, group: ShareGroup) -> None:
    """Delete an empty group. Raises GroupInUse otherwise."""
    actor.require(Permission.SHARE_INTERNET)
    with change(actor) as this:
        users = [*group.children.values_list("code", flat=True), *group.shares.values_list("site__code", flat=True)]
        if users:
            raise GroupInUse(code=group.code, users=", ".join(users[:5]))
        this.deleted(group)
        group.delete()
        this.emit(SharesChanged(kind="group", code=group.code))


def _written(this: Change, found: M | None, new: M, fields: dict[str, Any]) -> M:
    row = found or new
    if found is not None:
        this.watch(found)
    for name, value in fields.items():
        _require_column(row, name)
        setattr(row, name, value)
    # A code from before the rule is no fault of whoever changes something else.
    row.full_clean(exclude=set() if found is None else {"code"})
    row.save()
    if found is None:
        this.created(row)
    return row


def _require_column(row: models.Model, name: str) -> None:
    try:
        row._meta.get_field(name)
    except FieldDoesNotExist:
        raise TypeError(f"{row._meta.object_name} has no column {name}") from None
