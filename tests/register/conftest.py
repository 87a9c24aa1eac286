"""A small regency of organisations, sites and contracts, made by the verbs themselves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from simpul.kit.actor import Actor
from simpul.people.models import Organisation
from simpul.register.models import Contract, ContractLine, Site
from simpul.register.service import create_contract, create_contract_line, create_site


@pytest.fixture
def clerk() -> Actor:
    """May do everything; the log names the test."""
    return Actor.system("test")


@pytest.fixture
def office(db: None) -> Organisation:
    """The agency that runs the network."""
    return Organisation.objects.create(code="DISKOMINFO", name="Dinas Kominfo", kind="agency")


@pytest.fixture
def provider(db: None) -> Organisation:
    """A provider that sells fibre and bandwidth."""
    return Organisation.objects.create(code="PENYEDIA-A", name="PT Penyedia Contoh A", kind="provider")


@pytest.fixture
def contract(clerk: Actor, provider: Organisation) -> Contract:
    """The cooperation contract of 2023."""
    return create_contract(
        clerk,
        code="027/11/KOMINFO/2023",
        title="Kerja sama jaringan",
        provider=provider,
        signed_on=date(2023, 1, 10),
        starts_on=date(2023, 1, 16),
        ends_on=date(2023, 12, 31),
        budget_year=2023,
    )


@pytest.fixture
def line(clerk: Actor, contract: Contract) -> ContractLine:
    """Its bandwidth."""
    return create_contract_line(
        clerk,
        contract=contract,
        number=1,
        kind="bandwidth",
        description="Internet dedicated 500 Mbps",
        quantity=Decimal(12),
        unit="month",
        cir_bps=500_000_000,
        unit_price=Decimal(45_000_000),
        starts_on=date(2023, 1, 16),
        ends_on=date(2023, 12, 31),
        budget_line="5.1.02.02.01.0063",
    )


@pytest.fixture
def site(clerk: Actor, office: Organisation) -> Site:
    """An agency office on own fibre."""
    return create_site(
        clerk, code="OPD-01", name="Dinas Kesehatan", kind="opd", organisation=office, owner=office, operator=office
    )
