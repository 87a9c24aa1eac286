"""The routers' answers as net-snmp reads them, compared with what iproute2 says of the same kernel."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from network.people.conftest import Living, links
from simpul.lab.network.plan import End, Span
from waiting import until

IF, IFX = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
NAME, ALIAS, OPER, ADMIN = f"{IFX}.1", f"{IFX}.18", f"{IF}.8", f"{IF}.7"
MTU, MAC, HIGH_SPEED, IN_OCTETS, OUT_OCTETS = f"{IF}.4", f"{IF}.6", f"{IFX}.15", f"{IFX}.6", f"{IFX}.10"
COUNTED = {
    ("rx", "bytes"): (IN_OCTETS,), ("tx", "bytes"): (OUT_OCTETS,),
    ("rx", "packets"): (f"{IFX}.7", f"{IFX}.8"), ("tx", "packets"): (f"{IFX}.11",),
    ("rx", "errors"): (f"{IF}.14",), ("rx", "dropped"): (f"{IF}.13",),
    ("tx", "errors"): (f"{IF}.20",), ("tx", "dropped"): (f"{IF}.19",),
}  # fmt: skip
OLDEST_ANSWER = 0.7


def address(living: Living, router: str, family: int = 4) -> str:
    """Where a router is asked, as net-snmp writes it."""
    v4, v6 = (each.partition("/")[0] for each in living.standing.network.by_code[router].loopback)
    return v4 if family == 4 else f"udp6:[{v6}]"


def walk(
    living: Living, router: str, oid: str = "1.3", *, tool: str = "snmpbulkwalk", shown: str = ""
) -> dict[str, str]:
    """A walk by net-snmp's client, asked inside the router, so that only its `lo` counts the question."""
    argv = [tool, "-v2c", "-c", "simpul-lab", f"-Onqet{shown}", "-t", "30", address(living, router), oid]
    return read(living.standing.run(router, argv))


def read(said: str) -> dict[str, str]:
    """Values by OID of what the client has printed."""
    pairs = [line.partition(" ")[::2] for line in said.splitlines() if line.startswith(".")]
    return {oid[1:]: value.strip('" ') for oid, value in pairs if "No more variables" not in value}


def column(walked: dict[str, str], oid: str) -> dict[str, str]:
    """One column by interface name."""
    names = {key.removeprefix(f"{NAME}."): value for key, value in walked.items() if key.startswith(f"{NAME}.")}
    return {name: walked[f"{oid}.{index}"] for index, name in names.items()}


@pytest.mark.parametrize("router", ["R-CORE", "D2", "GW"])
def test_a_walk_shows_every_interface_as_iproute2_does(answering: Living, router: str) -> None:
    walked, told = walk(answering, router), links(answering.standing, router)
    macs = column(walked | walk(answering, router, MAC, shown="x"), MAC)
    assert set(column(walked, NAME)) == set(told)
    assert len(walked) == 8 + 37 * len(told)
    for name, link in told.items():
        assert int(column(walked, MTU)[name]) == link["mtu"]
        assert (column(walked, ADMIN)[name], column(walked, OPER)[name]) == ("1", "1")
        heard = [int(part, 16) for part in macs[name].split()]
        assert heard == ([] if name == "lo" else [int(part, 16) for part in link["address"].split(":")])


def test_interfaces_carry_the_names_and_rates_of_their_lines(answering: Living) -> None:
    walked = walk(answering, "R-CORE")
    spans = [(end, span) for span in answering.standing.network.spans for end in (span.a, span.b)]
    expected = {end.interface: span.code for end, span in spans if end.node == "R-CORE"}
    assert column(walked, ALIAS) == {**expected, "lo": ""}
    assert set(column(walked, HIGH_SPEED).values()) == {"0", "10000"}


@pytest.mark.parametrize("router", ["R-CORE", "D1"])
def test_a_walk_has_the_kernels_counters(answering: Living, router: str) -> None:
    def resting() -> tuple[dict[str, str], dict[str, dict[str, Any]]] | None:
        time.sleep(OLDEST_ANSWER)
        before, walked = counters(answering, router), walk(answering, router)
        return (walked, before) if before == counters(answering, router) else None

    found = resting()
    for _ in range(20):
        found = found or resting()
    assert found is not None, "the counters never rest"
    walked, told = found
    assert any(link["rx"]["bytes"] for link in told.values())
    for name, link in told.items():
        for (way, what), oids in COUNTED.items():
            heard = sum(int(column(walked, oid)[name]) for oid in oids)
            assert heard == link[way][what], f"{name} {way} {what}"


def counters(living: Living, router: str) -> dict[str, dict[str, Any]]:
    """iproute2's counters of every interface but `lo`, which counts the questions themselves."""
    return {name: link["stats64"] for name, link in links(living.standing, router).items() if name != "lo"}


def test_counters_grow_by_what_was_sent(answering: Living) -> None:
    time.sleep(OLDEST_ANSWER)
    before = column(walk(answering, "D1"), IN_OCTETS)
    port = next(s.a.interface for s in answering.standing.network.spans if s.code == "L-S01")
    count, size = 500, 1000
    with answering.standing.inside("S01"):
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with sender:
        for _ in range(count):
            sender.sendto(bytes(size), (address(answering, "D1"), 9))
    time.sleep(OLDEST_ANSWER)
    after = column(walk(answering, "D1"), IN_OCTETS)
    # UDP, IPv4 and Ethernet heads.
    expected = count * (size + 8 + 20 + 14)
    assert expected <= int(after[port]) - int(before[port]) < expected + 5_000


@pytest.mark.parametrize("tool", ["snmpwalk", "snmpbulkwalk"])
@pytest.mark.parametrize("family", [4, 6])
def test_every_router_answers_from_the_address_that_was_asked(answering: Living, tool: str, family: int) -> None:
    for router in ("GW", "R-CORE", "D1", "D2", "D3"):
        argv = [
            tool,
            "-v2c",
            "-c",
            "simpul-lab",
            "-Onq",
            "-t",
            "30",
            address(answering, router, family),
            "1.3.6.1.2.1.1",
        ]
        said = read(answering.standing.run("S06", argv))
        assert said["1.3.6.1.2.1.1.5.0"] == router
        assert len(said) == 7


def test_a_far_address_of_a_router_answers_under_its_own_name(answering: Living) -> None:
    """A client that takes answers only from whom it has asked."""
    network = answering.standing.network
    far = next(span for span in network.spans if span.code == "RING-1").a.bare(6)
    with answering.standing.inside("S06"):
        client = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    with client:
        client.settimeout(60)
        client.connect((far, 161))
        client.send(bytes.fromhex("302a 020101 040a") + b"simpul-lab" + GET_SYS_NAME)
        assert b"R-CORE" in client.recv(2000)


# The request of RFC 3416 for sysName.0, written by hand.
GET_SYS_NAME = bytes.fromhex("a019 020101 020100 020100 300e 300c 0608 2b06010201010500 0500")


def test_a_wrong_community_hears_nothing(answering: Living) -> None:
    argv = [
        "snmpget",
        "-v2c",
        "-c",
        "public",
        "-t",
        "0.5",
        "-r",
        "0",
        address(answering, "R-CORE"),
        "1.3.6.1.2.1.1.5.0",
    ]
    answer = answering.standing.start("S06", argv, check=False)
    assert answer.returncode == 1
    assert "Timeout" in answer.stderr


def test_a_flood_of_nonsense_does_not_silence_a_router(answering: Living) -> None:
    with answering.standing.inside("S06"):
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with sender:
        for number in range(2000):
            sender.sendto(number.to_bytes(2, "big") * (number % 300), (address(answering, "R-CORE"), 161))
    assert walk(answering, "R-CORE", "1.3.6.1.2.1.1.5")["1.3.6.1.2.1.1.5.0"] == "R-CORE"
    assert answering.process.poll() is None


def test_a_cut_line_is_down_at_both_ends_and_up_again_when_restored(answering: Living) -> None:
    span = next(span for span in answering.standing.network.spans if span.code == "RING-2")
    answering.standing.cut("RING-2")
    await_state(answering, span, "2")
    changed = column(walk(answering, "D1", shown=""), f"{IF}.9")[span.a.interface]
    assert int(changed) > 0
    answering.standing.restore("RING-2")
    await_state(answering, span, "1")


def await_state(living: Living, span: Span, state: str) -> None:
    """Until both ends of a span show this ifOperStatus."""

    def shown(end: End) -> str:
        return column(walk(living, end.node), OPER)[end.interface]

    until(lambda: {shown(span.a), shown(span.b)} == {state}, otherwise=f"{span.code} is not in state {state}")


def test_a_network_built_anew_is_answered_for_anew(answering: Living) -> None:
    standing = answering.standing
    answering.file.unlink()
    answering.wait("starting")
    standing.lab.down()
    standing.lab.up()
    answering.write(standing.network)
    answering.wait()
    until(lambda: walk(answering, "D3", "1.3.6.1.2.1.1.5"), otherwise="the new routers do not answer")
    assert set(column(walk(answering, "D3"), OPER).values()) == {"1"}
