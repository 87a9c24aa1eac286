"""What is asked: everything built that has an address, nothing else; and from where."""

from __future__ import annotations

from dataclasses import replace

from register.networks import PROBER, network
from simpul.watch import targets
from watch.addressed import PAIRS, addressed, town


def test_every_built_device_and_both_ends_of_every_built_link_are_asked_but_not_the_asker() -> None:
    snapshot = town()
    found = {target.address for target in targets.targets(snapshot, PROBER)}
    ends = {address for link in snapshot.links.values() for address in (link.a_address, link.b_address)}
    own = {snapshot.devices[PROBER].address, snapshot.links["R-CENTER-SRV"].b_address}
    assert found == ({device.address for device in snapshot.devices.values()} | ends) - own


def test_what_is_only_planned_is_not_asked() -> None:
    snapshot = addressed(network(PAIRS, planned=["X-Y"]))
    devices = {target.device for target in targets.targets(snapshot, PROBER)}
    assert "Y" not in devices
    assert "Y" not in {each.device for each in targets.polled(snapshot)}
    assert not any(target.link == "X-Y" for target in targets.targets(snapshot, PROBER))


def test_routers_and_the_gateway_are_asked_by_snmp_servers_are_not() -> None:
    found = {each.device: each for each in targets.polled(town())}
    assert PROBER not in found
    assert {"GW", "CORE", "B"} <= set(found)
    assert found["B"].ports["to-X"] == ("B-X", "a")


def test_the_way_to_a_device_is_told_nearest_to_it_first() -> None:
    ways = targets.ways(town(), PROBER)
    assert ways["Y"] == ("X", "B", "CORE", "R-CENTER", PROBER)
    assert ways[PROBER] == ()


def test_the_asker_is_the_device_whose_address_this_machine_has() -> None:
    snapshot = town()
    mine = snapshot.devices["B"].address
    assert targets.own_device(snapshot, lambda address: address == mine) == "B"
    port = snapshot.links["X-Y"].b_address
    assert targets.own_device(snapshot, lambda address: address == port) == "Y"
    assert targets.own_device(snapshot, lambda _: False) == ""


def test_a_loopback_address_in_the_register_makes_no_machine_the_asker() -> None:
    snapshot = town()
    odd = replace(snapshot.devices["B"], address="127.0.0.1")
    snapshot = replace(snapshot, devices={**snapshot.devices, "B": odd})
    assert targets.own_device(snapshot, targets.is_ours) == ""
