"""Who asks the log about a site finds its roll-out steps and equipment too, each under a name that people can read."""

from __future__ import annotations

from register.moments import day
from simpul.kit.actor import Actor
from simpul.people.models import Organisation
from simpul.record.entries import of
from simpul.record.models import LogEntry
from simpul.record.verify import verify_chain
from simpul.register.models import Contract, ContractLine, Site
from simpul.register.service import (
    advance_network,
    change_internet,
    create_circuit,
    create_device,
    create_interface,
    create_site,
    hand_over,
    resume,
    stall,
    update_device,
    withdraw,
)


def told(ref: str, kind: str = "") -> list[tuple[str, str, str]]:
    """(verb, kind, ref) of what the log holds about an object, oldest first."""
    found = LogEntry.objects.filter(of(ref, kind)).order_by("seq")
    return [(entry.verb, entry.kind.removeprefix("register."), entry.ref) for entry in found]


def test_every_step_of_a_roll_out_is_found_with_its_site(clerk: Actor, site: Site, contract: Contract) -> None:
    held = stall(clerk, site, "network", day("2018-01-01"), "Tiang belum ada")
    resume(clerk, held, day("2018-02-01"))
    lit = advance_network(clerk, site, "cable", day("2018-03-01"))
    ordered = change_internet(clerk, site, "ordered", day("2018-03-02"))
    number = ordered.pk
    withdraw(clerk, ordered, "Salah titik")
    paper = hand_over(clerk, site, contract, "BAST-1", day("2023-04-01"))
    assert told(site.code, "register.site") == [
        ("created", "site", site.code),
        ("created", "stall", f"{site.code}/{held.pk}"),
        ("changed", "stall", f"{site.code}/{held.pk}"),
        ("created", "networkevent", f"{site.code}/{lit.pk}"),
        ("created", "internetevent", f"{site.code}/{number}"),
        ("deleted", "internetevent", f"{site.code}/{number}"),
        ("created", "handover", f"{site.code}/{paper.pk}"),
    ]
    assert verify_chain().ok


def test_what_stands_at_a_site_is_found_with_it(clerk: Actor, site: Site, office: Organisation) -> None:
    owned = {"owner": office, "operator": office}
    pop = create_site(clerk, code="POP-9", name="Simpul 9", kind="pop", organisation=office, **owned)
    device = create_device(clerk, code="R-1", name="Perute", kind="router", site=site, **owned)
    create_interface(clerk, device=device, name="ether1")
    create_circuit(clerk, code="S-1", kind="own", site_a=site, site_b=pop, **owned)
    update_device(clerk, device, note="Diganti")
    equipment = [("created", "device", "R-1"), ("created", "interface", "R-1:ether1"), ("created", "circuit", "S-1")]
    assert told(site.code) == [("created", "site", site.code), *equipment, ("changed", "device", "R-1")]
    assert told("POP-9") == [("created", "site", "POP-9")]


def test_lines_are_found_with_their_contract(line: ContractLine) -> None:
    assert told(line.contract.code)[-1] == ("created", "contractline", f"{line.contract.code}#1")


def test_the_same_code_of_another_kind_is_not_found(clerk: Actor, site: Site) -> None:
    assert not told(site.code, "register.contract")
