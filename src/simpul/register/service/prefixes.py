"""Address blocks."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from simpul.kit.actor import Actor
from simpul.people.logic.rights import Permission
from simpul.register.logic.prefixes import Block, block_of, next_free
from simpul.register.models import Prefix
from simpul.register.service.writing import add, alter, remove


def create_prefix(actor: Actor, *, cidr: str, **fields: Any) -> Prefix:
    """Add a block; family and ends follow from `cidr`. Raises ValidationError for a block that is none."""
    return add(actor, Permission.EDIT_REGISTER, Prefix(**ends_of(cidr), **fields))


def update_prefix(actor: Actor, prefix: Prefix, **fields: Any) -> Prefix:
    """Change a block."""
    values = dict(fields)
    if "cidr" in values:
        values |= ends_of(values["cidr"])
    return alter(actor, Permission.EDIT_REGISTER, prefix, values)


def remove_prefix(actor: Actor, prefix: Prefix) -> None:
    """Delete a block."""
    remove(actor, Permission.EDIT_REGISTER, prefix)


def next_free_in(pool: Prefix, length: int) -> str | None:
    """The lowest free block of that length in the pool, as `10.10.4.0/26`, or None if it is full."""
    inside = Prefix.objects.filter(first__gte=pool.first, last__lte=pool.last, family=pool.family).exclude(pk=pool.pk)
    taken = [_stored(first, last, pool.family) for first, last in inside.values_list("first", "last")]
    free = next_free(_stored(pool.first, pool.last, pool.family), taken, length)
    return free.cidr if free else None


def ends_of(cidr: str) -> dict[str, Any]:
    """The columns that follow from a block's text. Raises ValidationError on `cidr`."""
    try:
        block = block_of(cidr)
    except ValueError as error:
        raise ValidationError({"cidr": str(error)}) from None
    return {"cidr": block.cidr, "family": block.family, "first": block.first_hex, "last": block.last_hex}


def _stored(first: str, last: str, family: int) -> Block:
    return Block(int(first, 16), int(last, 16), family)
