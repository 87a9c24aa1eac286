"""Routers asked by SNMP, over real datagrams on the loopback; the router's answers are those of the laboratory's."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from simpul.lab.snmp.messages import Refused, answer
from simpul.lab.snmp.mib import Link, Router, view
from simpul.watch.polls import Poller, PortReading, Reading

COMMUNITY = "not public"
ROUTER = Router("B", "a router", "here")


def port(index: int, name: str, *, up: bool = True, octets: int = 0) -> Link:
    """One interface."""
    return Link(
        index, name, loopback=False, mtu=1500, address=b"", admin_up=True, oper_up=up, in_octets=octets, out_octets=7
    )


class Agent:
    """A router on a port of the loopback. `silent`: it answers nothing."""

    def __init__(self) -> None:
        self.links = [port(1, "lo"), port(2, "sfp1", octets=2**40), port(3, "sfp2", up=False)]
        self.uptime = 100.0
        self.silent = False
        self.asked = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]

    def serve(self) -> None:
        """Until an empty datagram comes."""
        while True:
            data, asker = self.socket.recvfrom(65536)
            if not data:
                return
            self.asked += 1
            with contextlib.suppress(Refused):
                said = answer(data, COMMUNITY, lambda: view(ROUTER, self.links, {}, self.uptime))
                if not self.silent:
                    self.socket.sendto(said, asker)


@pytest.fixture
def agent() -> Iterator[Agent]:
    """Serves in a thread of its own."""
    made = Agent()
    thread = threading.Thread(target=made.serve)
    thread.start()
    yield made
    made.socket.sendto(b"", made.socket.getsockname())
    thread.join()
    made.socket.close()


def readings(agent: Agent, *between: Callable[[], None], community: str = COMMUNITY) -> list[Reading | None]:
    """What one poller reads, and again after each change."""

    async def read() -> list[Reading | None]:
        poller = Poller("127.0.0.1", ["sfp1", "sfp2"], community, port=agent.port, within=1.0)
        found = [await poller.read()]
        for change in between:
            change()
            found.append(await poller.read())
        return found

    return asyncio.run(read())


def test_it_tells_of_the_registered_ports_their_signal_and_64_bit_counters(agent: Agent) -> None:
    (reading,) = readings(agent)
    assert reading is not None
    assert reading.ticks == 10_000
    assert set(reading.ports) == {"sfp1", "sfp2"}
    assert reading.ports["sfp1"] == PortReading(up=True, in_octets=2**40, out_octets=7, changed=0)
    assert not reading.ports["sfp2"].up


def test_who_does_not_answer_is_none_and_is_asked_again(agent: Agent) -> None:
    def silence() -> None:
        agent.silent = True

    def speak() -> None:
        agent.silent = False

    first, second, third = readings(agent, silence, speak)
    assert (first is None, second is None, third is None) == (False, True, False)


def test_another_community_is_not_answered(agent: Agent) -> None:
    assert readings(agent, community="public") == [None]
    assert agent.asked >= 1


def test_after_a_restart_ports_are_found_under_their_new_numbers(agent: Agent) -> None:
    def restart() -> None:
        agent.uptime = 5.0
        agent.links = [replace(link, index=link.index + 40) for link in agent.links]
        agent.links[1] = replace(agent.links[1], in_octets=9)

    _, after = readings(agent, restart)
    assert after is not None
    assert after.ports["sfp1"].in_octets == 9
