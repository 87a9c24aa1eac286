"""Everybody reaches everybody inside, the internet through NAT, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

from network.echo import Question
from network.lab.questions import everybody, from_center, served
from network.small import CENTER, GATEWAY, Standing
from simpul.lab.network.commands import namespaces, ports
from simpul.lab.network.plan import GROUND, SERVERS


def test_every_site_reaches_the_internet_and_the_center_in_both_families(lab: Standing) -> None:
    assert served(lab) == everybody(lab)


def test_the_center_reaches_every_router_where_it_is_managed(lab: Standing) -> None:
    questions = from_center(lab)
    assert lab.answered(questions) == set(questions)


def test_both_providers_answer_on_their_probes_addresses(lab: Standing) -> None:
    probes = ["203.0.113.1", "203.0.113.53", "2001:db8:a::53", "198.51.100.1", "198.51.100.53", "2001:db8:b::53"]
    questions = [Question(node, probe) for node in (GATEWAY, CENTER) for probe in probes]
    assert lab.answered(questions) == set(questions)


def test_providers_see_the_gateways_address_only(lab: Standing) -> None:
    rule = "table inet seen { set s4 { type ipv4_addr; flags dynamic; }; set s6 { type ipv6_addr; flags dynamic; }; "
    rule += "chain c { type filter hook input priority 0; "
    rule += "ip daddr 192.0.2.80 add @s4 { ip saddr }; ip6 daddr 2001:db8:ffff::80 add @s6 { ip6 saddr }; }; }"
    lab.run("UP-1", ["nft", rule])
    assert served(lab) == everybody(lab)
    seen = json.loads(lab.run("UP-1", ["nft", "-j", "list", "table", "inet", "seen"]))
    addresses = {element for part in seen["nftables"] for element in part.get("set", {}).get("elem", [])}
    lab.run("UP-1", ["nft", "delete table inet seen"])
    assert addresses == {"203.0.113.2", "2001:db8:a::2"}


def test_an_inside_address_that_nobody_has_does_not_leave_through_a_provider(lab: Standing) -> None:
    lab.cut("L-S04")
    gone = str(lab.blocks("S05")[0][1])
    assert "unreachable" in lab.start(GATEWAY, ["ip", "route", "get", gone], check=False).stdout + lab.start(
        GATEWAY, ["ip", "route", "show", gone + "/26"], check=False
    ).stdout + lab.run(GATEWAY, ["ip", "route", "show", "type", "unreachable"])


def test_no_interface_leads_out_of_the_sandbox(lab: Standing) -> None:
    planned = {
        GROUND: {"lo", *(f"s{number}" for number in range(len(lab.network.spans)))}
        | {port for pair in ports(lab.network).values() for port in pair}
    }
    for node in lab.network.nodes:
        own = {end.interface for span in lab.network.spans for end in (span.a, span.b) if end.node == node.code}
        planned[node.code] = {"lo", *own} | ({"lan"} if node.lan else set())
    found = {GROUND: _interfaces(json.loads(lab.run("S01", ["ip", "-n", GROUND, "-j", "link"])))}
    for node in lab.network.nodes:
        found[node.code] = _interfaces(json.loads(lab.run(node.code, ["ip", "-j", "link"])))
    assert found == planned
    assert {path.name for path in Path("/run/netns").iterdir()} == set(namespaces(lab.network))
    routes = json.loads(lab.run(CENTER, ["ip", "-j", "route", "show", "default"]))
    assert [route["dev"] for route in routes] == ["net0"]


def test_an_address_of_the_real_internet_would_find_no_way(lab: Standing) -> None:
    # Asked of the routing tables only; nothing is sent.
    for provider in ("UP-1", "UP-2"):
        assert lab.run(provider, ["ip", "route", "show", "default"]) == ""
        assert lab.run(provider, ["ip", "-6", "route", "show", "default"]) == ""


def test_the_servers_stand_on_both_providers_sides(lab: Standing) -> None:
    for provider in ("UP-1", "UP-2"):
        held = lab.run(provider, ["ip", "-br", "address", "show", "dev", "lo"])
        assert all(server in held for server in SERVERS)


def _interfaces(links: list[dict[str, object]]) -> set[str]:
    return {str(link["ifname"]) for link in links}
