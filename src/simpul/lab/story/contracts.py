"""What was bought since 2018: building, leased circuits, bandwidth, cameras."""

from __future__ import annotations

from decimal import Decimal

from simpul.kit.actor import Actor
from simpul.kit.rates import parse_rate
from simpul.lab.csv_tables import day, rows
from simpul.lab.story.organisations import organisations
from simpul.register.models import Contract, ContractLine
from simpul.register.service import create_contract, create_contract_line


def write(actor: Actor) -> None:
    """Add all contracts and their lines."""
    known = organisations()
    contracts: dict[str, Contract] = {}
    for row in rows("contracts"):
        contracts[row["code"]] = create_contract(
            actor,
            code=row["code"],
            title=row["title"],
            provider=known[row["provider"]],
            signed_on=day(row["signed_on"]),
            starts_on=day(row["starts_on"]),
            ends_on=day(row["ends_on"]),
            budget_year=int(row["budget_year"]),
            note=row["note"],
            is_sample=True,
        )
    for row in rows("contract_lines"):
        create_contract_line(
            actor,
            contract=contracts[row["contract"]],
            number=int(row["number"]),
            kind=row["kind"],
            description=row["description"],
            quantity=Decimal(row["quantity"]),
            unit=row["unit"],
            cir_bps=parse_rate(row["rate"]) if row["rate"] else None,
            unit_price=Decimal(row["unit_price"]),
            starts_on=day(row["starts_on"]),
            ends_on=day(row["ends_on"]),
            budget_line=row["budget_line"],
        )


def contract_lines() -> dict[str, ContractLine]:
    """All lines by `<contract>#<number>`."""
    return {line.code: line for line in ContractLine.objects.select_related("contract")}
