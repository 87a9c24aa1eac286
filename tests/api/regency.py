"""A small regency with everything the interface can list, made by the rooms' own verbs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from simpul.kit.actor import Actor
from simpul.people.logic.rights import Role
from simpul.people.models import Organisation, User
from simpul.people.service import create_organisation, create_user, grant
from simpul.register.models import Area, Contract, Interface, Site
from simpul.register.service import (
    advance_network,
    change_internet,
    create_application,
    create_area,
    create_camera,
    create_circuit,
    create_contract,
    create_contract_line,
    create_device,
    create_interface,
    create_link,
    create_prefix,
    create_site,
    create_uplink,
    hand_over,
    stall,
)

SYSTEM = Actor.system("test")
# No password fits it; the tests sign in without one, because hashing would take most of their time.
HASH = "!unusable"


@dataclass
class Regency:
    """What the tests name. `users` by role; `agency` and `provider` staff belong to `health` and `provider`."""

    diskominfo: Organisation
    health: Organisation
    school: Organisation
    provider: Organisation
    rival: Organisation
    hall: Site
    clinic: Site
    library: Site
    pop: Site
    contract: Contract
    foreign_contract: Contract
    users: dict[Role, User]


def day(year: int, month: int, number: int) -> datetime:
    """Noon UTC of a day, so that it is the same day in Jakarta."""
    return datetime(year, month, number, 5, tzinfo=UTC)


def build() -> Regency:
    """Four organisations, three sites with a story and a POP, and one of each element."""
    diskominfo, health, school, provider, rival = (
        create_organisation(SYSTEM, code=code, name=name, kind=kind)
        for code, name, kind in [
            ("DISKOMINFO", "Dinas Kominfo", "agency"),
            ("DINKES", "Dinas Kesehatan", "agency"),
            ("DISDIK", "Dinas Pendidikan", "agency"),
            ("PENYEDIA-A", "PT Penyedia Contoh A", "provider"),
            ("PENYEDIA-B", "PT Penyedia Contoh B", "provider"),
        ]
    )
    regency = create_area(SYSTEM, code="62.05", name="Barito Utara", level=Area.Level.REGENCY)
    town = create_area(SYSTEM, code="62.05.05", name="Teweh Tengah", level=Area.Level.DISTRICT, parent=regency)
    sites = [
        create_site(
            SYSTEM, code=code, name=name, kind=kind, organisation=user, owner=diskominfo, operator=diskominfo,
            area=area, medium=medium, latitude=-0.95, longitude=114.89, position="sample", is_sample=True,
        )
        for code, name, kind, user, area, medium in [
            ("POP-1", "Simpul Distribusi 1", "pop", diskominfo, town, "own_fibre"),
            ("OPD-1", "Balai Kominfo", "opd", diskominfo, town, "own_fibre"),
            ("OPD-2", "Klinik Dinas Kesehatan", "opd", health, town, "leased"),
            ("RP-1", "Perpustakaan Daerah", "public_space", school, regency, "radio"),
        ]
    ]  # fmt: skip
    pop, hall, clinic, library = sites
    contract, foreign = _contracts(provider, rival)
    _story(hall, clinic, library, contract)
    _network(diskominfo, provider, pop, clinic, hall)
    return Regency(
        diskominfo, health, school, provider, rival, hall, clinic, library, pop, contract, foreign,
        _users(diskominfo, health, provider),
    )  # fmt: skip


def _contracts(provider: Organisation, rival: Organisation) -> tuple[Contract, Contract]:
    first, last = date(2023, 1, 16), date(2023, 12, 31)
    made = []
    for code, seller in [("027/118/SPK/2023", provider), ("027/119/SPK/2023", rival)]:
        contract = create_contract(
            SYSTEM, code=code, title="Kerja sama jaringan", provider=seller, signed_on=date(2023, 1, 10),
            starts_on=first, ends_on=last, budget_year=2023,
        )  # fmt: skip
        create_contract_line(
            SYSTEM, contract=contract, number=1, kind="bandwidth", description="Internet", quantity=Decimal(12),
            unit="bulan", cir_bps=500_000_000, unit_price=Decimal("45000000.50"), starts_on=first, ends_on=last,
            budget_line="5.1.02.02.01.0063",
        )  # fmt: skip
        made.append(contract)
    return made[0], made[1]


def _story(hall: Site, clinic: Site, library: Site, contract: Contract) -> None:
    for state, at in [("cable", day(2018, 3, 1)), ("spliced", day(2018, 4, 1)), ("lit", day(2018, 5, 1))]:
        advance_network(SYSTEM, hall, state, at)
    change_internet(SYSTEM, hall, "ordered", day(2023, 1, 20))
    change_internet(SYSTEM, hall, "on", day(2023, 2, 1))
    hand_over(SYSTEM, hall, contract, "BAST-1/2023", day(2023, 2, 3))
    advance_network(SYSTEM, clinic, "lit", day(2023, 3, 1))
    stall(SYSTEM, library, "network", day(2020, 4, 1), "anggaran dialihkan (COVID-19)")


def _network(owner: Organisation, provider: Organisation, pop: Site, clinic: Site, hall: Site) -> None:
    both = {"owner": owner, "operator": owner}
    router = create_device(SYSTEM, code="R-1", name="Ruter inti", kind="gateway", site=pop, **both)
    switch = create_device(SYSTEM, code="SW-1", name="Sakelar klinik", kind="switch", site=clinic, **both)
    ports: list[Interface] = [
        create_interface(SYSTEM, device=device, name=name, speed_bps=1_000_000_000)
        for device, name in [(router, "wan"), (router, "lan"), (switch, "up")]
    ]
    circuit = create_circuit(
        SYSTEM, code="C-1", kind="leased", provider=provider, service_number="SID-1", site_a=pop, site_b=clinic,
        cir_bps=100_000_000, **both,
    )  # fmt: skip
    create_link(SYSTEM, code="L-1", interface_a=ports[1], interface_b=ports[2], circuit=circuit, **both)
    create_uplink(
        SYSTEM, code="U-1", name="Uplink A", provider=provider, interface=ports[0], down_bps=10**9, up_bps=10**9, **both
    )
    create_prefix(SYSTEM, cidr="192.0.2.0/25", purpose="site", site=clinic)
    create_prefix(SYSTEM, cidr="2001:db8:1::/64", purpose="site", site=hall)
    create_camera(SYSTEM, code="K-1", name="Kamera klinik", site=clinic, address="192.0.2.5", **both)
    create_application(SYSTEM, code="A-1", name="Portal", organisation=owner, url="https://portal.contoh.go.id", **both)


def _users(diskominfo: Organisation, health: Organisation, provider: Organisation) -> dict[Role, User]:
    users = {}
    homes = {Role.AGENCY: health, Role.PROVIDER: provider}
    for role in Role:
        user = create_user(SYSTEM, username=f"u-{role.value}", name=f"Pegawai {role.value}", password_hash=HASH)
        if role is not Role.PUBLIC:  # that is everybody, so nobody is granted it
            grant(SYSTEM, user, homes.get(role, diskominfo), role)
        users[role] = user
    return users
