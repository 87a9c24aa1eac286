"""People who really fetch, over the network of namespaces, and what they do when it fails them."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from network.people.conftest import Living, links
from network.small import Standing
from simpul.lab.network.plan import SERVER_PORT, SERVERS
from waiting import until


def moved(standing: Standing, node: str, interface: str, way: str = "rx") -> int:
    """Bytes an interface has counted."""
    counted: int = links(standing, node)[interface]["stats64"][way]["bytes"]
    return counted


def port_of(living: Living, node: str, span: str) -> str:
    """The node's interface on a span."""
    found = living.standing.network.span_by_code[span]
    return next(end.interface for end in (found.a, found.b) if end.node == node)


def site_rate(living: Living, site: str, seconds: float) -> float:
    """What a site receives, bit/s."""
    port = port_of(living, site, f"L-{site}")
    begun, first = time.monotonic(), moved(living.standing, site, port)
    time.sleep(seconds)
    return (moved(living.standing, site, port) - first) * 8 / (time.monotonic() - begun)


@contextmanager
def connected(living: Living, site: str, family: int) -> Iterator[socket.socket]:
    """A connection from a site's client to the servers."""
    seat = living.standing.clients(site)[0][family]
    with living.standing.inside(site):
        client = socket.socket(socket.AF_INET6 if ":" in seat else socket.AF_INET)
    with client:
        client.settimeout(120)
        client.bind((seat, 0))
        client.connect((SERVERS[family], SERVER_PORT))
        yield client


def read_exactly(client: socket.socket, count: int) -> int:
    """How much came until there was so much, or the end."""
    found = 0
    while found < count and (piece := client.recv(min(65536, count - found))):
        found += len(piece)
    return found


@pytest.mark.parametrize("family", [0, 1])
def test_a_server_gives_and_takes_exactly_what_is_asked(peopled: Living, family: int) -> None:
    with connected(peopled, "S04", family) as client:
        for count in (1, 70_000, 3_000_000):
            client.sendall(f"GET {count}\n".encode())
            assert read_exactly(client, count) == count
        client.sendall(b"PUT 200000\n" + bytes(200_000))
        assert client.recv(10) == b"ok\n"
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(1)


@pytest.mark.parametrize("said", [b"GET\n", b"GET -1\n", b"DELETE 5\n", b"GET 0\n", b"\0" * 500, b"GET 1e9\n"])
def test_a_server_hangs_up_on_nonsense_and_serves_the_next(peopled: Living, said: bytes) -> None:
    with connected(peopled, "S04", 0) as client:
        client.sendall(said)
        assert client.recv(10) == b""
    with connected(peopled, "S04", 0) as client:
        client.sendall(b"GET 5\n")
        assert read_exactly(client, 5) == 5


def test_every_site_lives_over_both_families_from_the_clients_addresses(peopled: Living) -> None:
    counting = "table inet seen { counter v4 {}; counter v6 {}; chain c { type filter hook prerouting priority -300; "
    sites = [node.code for node in peopled.standing.network.sites]
    for site in sites:
        pairs = peopled.standing.clients(site)
        v4, v6 = (", ".join(pair[family] for pair in pairs) for family in (0, 1))
        rules = f"ip daddr {{ {v4} }} counter name v4; ip6 daddr {{ {v6} }} counter name v6; }}; }}"
        peopled.standing.run(site, ["nft", counting + rules])
    try:
        until(
            lambda: all(all(seen(peopled, site).values()) for site in sites), otherwise="a site or a family is silent"
        )
    finally:
        for site in sites:
            peopled.standing.run(site, ["nft", "delete table inet seen"])


def seen(living: Living, site: str) -> dict[str, int]:
    """Packets that reached a site's clients, by family."""
    said = json.loads(living.standing.run(site, ["nft", "-j", "list", "counters"]))
    return {row["counter"]["name"]: row["counter"]["packets"] for row in said["nftables"] if "counter" in row}


def test_a_greedy_site_takes_what_there_is_until_it_is_restored(peopled: Living) -> None:
    wishes = peopled.file.with_name("people.json")
    wishes.write_text('{"greedy": ["S05"]}', encoding="utf-8")
    until(lambda: "greedy: S05" in peopled.health.detail, otherwise="nobody is greedy")
    others = ["S01", "S02", "S03", "S04", "S06"]
    # One way out carries 40 Mbit/s at this scale, and nobody shares it out here.
    greedy = until(lambda: rate if (rate := site_rate(peopled, "S05", 4)) > 15_000_000 else 0)
    wishes.unlink()
    until(lambda: "greedy" not in peopled.health.detail, otherwise="S05 is greedy for ever")
    # Once buffers are empty what is left is an ordinary day, which is the same for all within a few times.
    until(
        lambda: (
            site_rate(peopled, "S05", 4) < max(0.6 * greedy, 4 * max(site_rate(peopled, site, 1) for site in others))
        )
    )


def figures(living: Living, what: str) -> dict[str, int]:
    """One figure of every site."""
    told = json.loads(living.file.with_name("sites.json").read_text(encoding="utf-8"))
    return {site: figures[what] for site, figures in told.items()}


def test_a_cut_is_counted_and_people_come_back_when_it_is_restored(peopled: Living) -> None:
    failed = figures(peopled, "failed")
    peopled.standing.cut("L-S06")
    until(lambda: figures(peopled, "failed")["S06"] > failed["S06"], otherwise="nobody noticed the cut")
    assert {**figures(peopled, "failed"), "S06": 0} == {**failed, "S06": 0}
    peopled.standing.restore("L-S06")
    port = port_of(peopled, "S06", "L-S06")
    first = moved(peopled.standing, "S06", port)
    until(lambda: moved(peopled.standing, "S06", port) > first + 20_000, otherwise="nobody came back")
    assert peopled.process.poll() is None


def test_nobody_is_left_in_a_network_that_was_taken_down(peopled: Living) -> None:
    standing = peopled.standing
    peopled.file.unlink()
    peopled.wait("starting")
    # An open socket would keep its namespace alive. The two that are left are the loop's own.
    until(lambda: sockets(peopled) == 2, otherwise="a socket is still open")
    standing.lab.down()
    standing.lab.up()
    peopled.write(standing.network)
    peopled.wait()
    done = peopled.health.counters["done"]
    until(lambda: peopled.health.counters["done"] > done, otherwise="nobody lives in the new network")


def sockets(living: Living) -> int:
    """How many the process holds."""
    handles = (Path("/proc") / str(living.process.pid) / "fd").iterdir()
    return sum(str(handle.readlink()).startswith("socket:") for handle in handles)


def test_all_of_it_costs_little(peopled: Living) -> None:
    status = (Path("/proc") / str(peopled.process.pid) / "status").read_text(encoding="ascii")
    resident = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    assert int(resident) < 45_000
