"""What was bought: contracts and their lines."""

from __future__ import annotations

from typing import Any

from simpul.kit.actor import Actor
from simpul.people.logic.rights import Permission
from simpul.register.models import Contract, ContractLine
from simpul.register.service.writing import add, alter, remove


def create_contract(actor: Actor, **fields: Any) -> Contract:
    """Add a contract; its lines follow by `create_contract_line`."""
    return add(actor, Permission.EDIT_CONTRACTS, Contract(**fields))


def update_contract(actor: Actor, contract: Contract, **fields: Any) -> Contract:
    """Change a contract; `version` is the one that was read."""
    return alter(actor, Permission.EDIT_CONTRACTS, contract, fields)


def create_contract_line(actor: Actor, **fields: Any) -> ContractLine:
    """Add a line to a contract. Quantity and price in Decimal, `cir_bps` in bit/s for bandwidth."""
    return add(actor, Permission.EDIT_CONTRACTS, ContractLine(**fields))


def update_contract_line(actor: Actor, line: ContractLine, **fields: Any) -> ContractLine:
    """Change a line; `version` is the one that was read."""
    return alter(actor, Permission.EDIT_CONTRACTS, line, fields)


def remove_contract_line(actor: Actor, line: ContractLine) -> None:
    """Delete a line that nothing was paid from. Raises InUse otherwise."""
    remove(actor, Permission.EDIT_CONTRACTS, line)
