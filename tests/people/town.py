"""The regency of the API tests, with a second agency and a second provider that own as much as the first."""

from __future__ import annotations

from api.regency import SYSTEM, Regency, build, day
from simpul.register.service import (
    change_internet,
    create_application,
    create_camera,
    create_circuit,
    create_device,
    create_interface,
    create_link,
    create_prefix,
    create_uplink,
    hand_over,
    stall,
)

PASSWORD = "gajah makan kacang"


def build_town() -> Regency:
    """`health` and `school`, `provider` and `rival` have something of every kind."""
    town = build()
    both = {"owner": town.diskominfo, "operator": town.diskominfo}
    switch = create_device(SYSTEM, code="SW-2", name="Sakelar perpustakaan", kind="switch", site=town.library, **both)
    router = create_device(SYSTEM, code="R-2", name="Ruter kedua", kind="gateway", site=town.pop, **both)
    ports = [
        create_interface(SYSTEM, device=device, name=name, speed_bps=10**9)
        for device, name in [(router, "wan"), (router, "lan"), (switch, "up")]
    ]
    circuit = create_circuit(
        SYSTEM, code="C-2", kind="leased", provider=town.rival, service_number="SID-2", site_a=town.pop,
        site_b=town.library, cir_bps=50_000_000, **both,
    )  # fmt: skip
    create_link(SYSTEM, code="L-2", interface_a=ports[1], interface_b=ports[2], circuit=circuit, **both)
    create_uplink(
        SYSTEM,
        code="U-2",
        name="Uplink B",
        provider=town.rival,
        interface=ports[0],
        down_bps=10**9,
        up_bps=10**9,
        **both,
    )
    for site, contract in [(town.clinic, town.contract), (town.library, town.foreign_contract)]:
        change_internet(SYSTEM, site, "ordered", day(2024, 1, 20))
        hand_over(SYSTEM, site, contract, f"BAST-{site.code}", day(2024, 2, 3))
        stall(SYSTEM, site, "internet", day(2024, 3, 1), "menunggu anggaran")
    create_prefix(SYSTEM, cidr="192.0.2.128/25", purpose="site", site=town.library)
    create_prefix(SYSTEM, cidr="198.51.100.0/24", purpose="pool")
    create_camera(SYSTEM, code="K-2", name="Kamera perpustakaan", site=town.library, **both)
    for code, organisation in [("A-2", town.health), ("A-3", town.school)]:
        create_application(
            SYSTEM, code=code, name=code, organisation=organisation, url=f"https://{code.lower()}.contoh.go.id", **both
        )
    return town
