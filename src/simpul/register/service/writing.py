"""How every verb of the room writes one row: rights, validation, the log and the event, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from simpul.kit.actor import Actor
from simpul.kit.problem import Problem
from simpul.people.service.in_use import InUse, require_free
from simpul.record.change import change, ref_of
from simpul.register.events import ElementAdded, ElementChanged, ElementRemoved

__all__ = ["InUse", "Stale", "add", "alter", "kind_of", "remove", "require_free"]
M = TypeVar("M", bound=models.Model)


class Stale(Problem):
    """The row was changed by somebody else since it was read; `element` is as it stands now."""

    def __init__(self, element: models.Model) -> None:
        super().__init__(f"{element._meta.verbose_name_raw} {ref_of(element)}: changed by somebody else. Read it again")
        self.element = element


def add(actor: Actor, permission: str, element: M) -> M:
    """Insert a row. Raises Forbidden, or Django's ValidationError by field."""
    actor.require(permission)
    with change(actor) as this:
        element.full_clean()
        element.save(force_insert=True)
        this.created(element)
        this.emit(ElementAdded(kind=kind_of(element), code=ref_of(element)))
    return element


def alter(actor: Actor, permission: str, element: M, fields: Mapping[str, Any]) -> M:
    """Give columns of a row new values. A `version` among them is the one that was read: Stale if it moved on.

    Only the named columns are written, over the row as it stands in the database, whatever `element` holds.
    A new code is for what nothing hangs on: to others the old element is gone and a new one is there.
    Raises Forbidden, Stale, InUse, Django's ValidationError by field, or TypeError for a column that does not exist.
    """
    actor.require(permission)
    values = dict(fields)
    expected = values.pop("version", None)
    with change(actor) as this:
        element.refresh_from_db(from_queryset=models.QuerySet(type(element)).select_for_update())
        version = getattr(element, "version", None)
        if expected is not None and expected != version:
            raise Stale(element)
        this.watch(element)
        code = ref_of(element)
        if values.get("code", code) != code:
            require_free(element)
        changed = _assign(element, values)
        if not changed:
            return element
        if version is not None:
            element.version = version + 1  # type: ignore[attr-defined]
        # A code from before the rule is no fault of whoever changes something else.
        element.full_clean(exclude={"code"} - set(changed))
        element.save()
        if "code" in changed:
            this.emit(ElementRemoved(kind=kind_of(element), code=code))
            this.emit(ElementAdded(kind=kind_of(element), code=ref_of(element)))
        else:
            this.emit(ElementChanged(kind=kind_of(element), code=code, fields=changed))
    return element


def remove(actor: Actor, permission: str, element: models.Model) -> None:
    """Delete a row that nothing stands on. Raises Forbidden or InUse."""
    actor.require(permission)
    with change(actor) as this:
        require_free(element)
        this.deleted(element)
        this.emit(ElementRemoved(kind=kind_of(element), code=ref_of(element)))
        element.delete()


def kind_of(element: models.Model) -> str:
    """`site`, `contractline`: the kind that events name."""
    return str(element._meta.model_name)


def _assign(element: models.Model, values: Mapping[str, Any]) -> list[str]:
    changed = []
    for name, value in values.items():
        try:
            column = element._meta.get_field(name)
        except FieldDoesNotExist:
            raise TypeError(f"{element._meta.object_name} has no column {name}") from None
        if getattr(element, name) != value:
            setattr(element, name, value)
            changed.append(column.name)
    return sorted(changed)
