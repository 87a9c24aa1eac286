"""Contracts: what runs, what each line costs and pays for, and that nobody reads another's."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from api.conftest import Caller
from api.regency import SYSTEM, Regency
from simpul.people.logic.rights import Role
from simpul.register.models import Circuit
from simpul.register.service import create_contract_line
from simpul.web.contracts import state_of


@pytest.fixture
def engineer(as_role: Caller) -> Client:
    """Sees all contracts."""
    return as_role(Role.ENGINEER)


def test_the_title_counts_what_is_in_force(engineer: Client) -> None:
    assert "0 dari 2 kontrak sedang berlaku" in engineer.get("/contracts/").content.decode()


def test_a_line_costs_quantity_times_price_and_the_sum_is_exact(engineer: Client, regency: Regency) -> None:
    create_contract_line(
        SYSTEM, contract=regency.contract, number=2, kind="fibre", description="Kabel", quantity=Decimal("11.40"),
        unit="km", unit_price=Decimal(64200000), starts_on=date(2023, 1, 16), ends_on=date(2023, 12, 31),
        budget_line="5.2",
    )  # fmt: skip
    text = engineer.get(f"/contracts/{regency.contract.pk}/").content.decode()
    assert "Rp540.000.006<" in text
    assert "11,4 km" in text
    assert "Rp731.880.000" in text
    assert "Rp1.271.880.006" in text
    assert "Rp1,27 miliar" in text


def test_a_line_says_what_it_pays_for(engineer: Client, regency: Regency) -> None:
    Circuit.objects.update(contract_line=regency.contract.lines.get())
    assert "1 sirkuit" in engineer.get(f"/contracts/{regency.contract.pk}/").content.decode()


def test_handed_over_sites_are_named_with_their_certificates(engineer: Client, regency: Regency) -> None:
    text = engineer.get(f"/contracts/{regency.contract.pk}/").content.decode()
    assert "BAST-1/2023" in text
    assert "Balai Kominfo" in text


def test_a_provider_reads_its_own_contract_and_no_other(as_role: Caller, regency: Regency) -> None:
    client = as_role(Role.PROVIDER)
    assert client.get(f"/contracts/{regency.contract.pk}/").status_code == 200
    assert client.get(f"/contracts/{regency.foreign_contract.pk}/").status_code == 404
    assert "027/119" not in client.get("/contracts/").content.decode()


@pytest.mark.parametrize("role", [Role.AGENCY, Role.CREW])
def test_who_may_see_no_contracts_is_refused(as_role: Caller, regency: Regency, role: Role) -> None:
    assert as_role(role).get("/contracts/").status_code == 403
    assert as_role(role).get(f"/contracts/{regency.contract.pk}/").status_code == 403


@pytest.mark.parametrize(
    ("today", "state"),
    [
        (date(2023, 1, 15), "coming"),
        (date(2023, 1, 16), "running"),
        (date(2023, 10, 31), "running"),
        (date(2023, 11, 1), "soon"),
        (date(2023, 12, 31), "soon"),
        (date(2024, 1, 1), "ended"),
    ],
)
def test_the_first_and_the_last_day_belong_to_the_contract(regency: Regency, today: date, state: str) -> None:
    assert state_of(regency.contract, today) == state


def test_the_list_filters_by_state(engineer: Client) -> None:
    assert "027/118/SPK/2023" in engineer.get("/contracts/?state=ended").content.decode()
    assert "027/118/SPK/2023" not in engineer.get("/contracts/?state=running").content.decode()
