"""The process `lab-snmp`: gateway, core and ring routers answer SNMP version 2c, each in its own namespace."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import logging
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from simpul.configuration import load
from simpul.engines.netlink import Socket
from simpul.kit.component import Component, run_components
from simpul.kit.health import Health
from simpul.kit.problem import Problem
from simpul.lab.network.namespaces import entered
from simpul.lab.network.plan import Network, Node
from simpul.lab.snmp.links import read_links
from simpul.lab.snmp.messages import LONGEST_REQUEST, Refused, answer
from simpul.lab.snmp.mib import COMMUNITY, Link, Port, Router, View, ticks, view
from simpul.lab.standing import Standing

log = logging.getLogger(__name__)
PORT = 161
ANSWERING = frozenset({"gateway", "core", "ring"})
LOOK_SECONDS = 0.5
# Counters may be so old.
FRESH_SECONDS = 0.5
MOST_PER_TURN = 32
PACKET_INFORMATION = struct.Struct("=16sI")

Clock = Callable[[], float]


def register(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(_: argparse.Namespace) -> int:
    """Until SIGTERM."""
    run_dir = load().data.run
    return asyncio.run(run_components([Responders(run_dir)], run_dir, "lab-snmp"))


class Responder:
    """One router's answers: a socket for all its addresses of both families, and the kernel's counters."""

    def __init__(self, node: Node, network: Network, clock: Clock) -> None:
        self.counters = {"answered": 0, "refused": 0, "failed": 0}
        self._router = router_of(node)
        self._ports = ports_of(node, network)
        self._clock = clock
        self._started = clock()
        self._changed: dict[int, tuple[bool, int]] = {}
        self._view: tuple[float, View] | None = None
        with entered(node.code):
            self._kernel = Socket()
            self._socket = _bound_socket()
        asyncio.get_running_loop().add_reader(self._socket, self._readable)

    def close(self) -> None:
        """Answer no more."""
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()
        self._kernel.close()

    def view(self) -> View:
        """The router's objects, at most `FRESH_SECONDS` old. Raises Problem when the kernel does not answer."""
        now = self._clock()
        if self._view is None or now - self._view[0] > FRESH_SECONDS:
            uptime = now - self._started
            links = [self._dated(link, ticks(uptime)) for link in read_links(self._kernel)]
            self._view = (now, view(self._router, links, self._ports, uptime))
        return self._view[1]

    def _dated(self, link: Link, at: int) -> Link:
        """With the time since which it is up or down, as far as it was seen."""
        known = self._changed.get(link.index)
        if known is None or known[0] != link.oper_up:
            known = self._changed[link.index] = (link.oper_up, 0 if known is None else at)
        return dataclasses.replace(link, changed=known[1])

    def _readable(self) -> None:
        for _ in range(MOST_PER_TURN):
            try:
                datagram, ancillary, _, asker = self._socket.recvmsg(LONGEST_REQUEST + 1, socket.CMSG_SPACE(64))
            except BlockingIOError:
                return
            except OSError:
                # A network that says that an earlier answer did not arrive; the asker will ask again.
                continue
            try:
                reply = answer(datagram, COMMUNITY, self.view)
            except Refused:
                self.counters["refused"] += 1
                continue
            except (Problem, OSError) as error:
                log.warning("%s: the kernel's counters cannot be read: %s", self._router.name, error)
                self.counters["failed"] += 1
                continue
            self._send(reply, ancillary, asker)

    def _send(self, reply: bytes, ancillary: list[tuple[int, int, bytes]], asker: tuple[str, int]) -> None:
        """From the address that was asked, which is not always the one on the way back."""
        from_there = [
            (level, kind, PACKET_INFORMATION.pack(data[:16], 0))
            for level, kind, data in ancillary
            if (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO)
        ]
        with suppress(OSError):
            self._socket.sendmsg([reply], from_there, 0, asker)
            self.counters["answered"] += 1


class Responders(Component):
    """The responders of the network that stands now."""

    name = "lab-snmp"

    def __init__(self, run_dir: Path) -> None:
        self._standing = Standing(run_dir)
        self._responders: list[Responder] = []
        self._life: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look for a network."""
        self._life = asyncio.create_task(self._live())

    async def stop(self) -> None:
        """Close all sockets."""
        if self._life is not None:
            self._life.cancel()
            await asyncio.wait({self._life})
        self._leave()

    async def finished(self) -> None:
        """Return when its life ended by an error."""
        if self._life is not None:
            await asyncio.shield(self._life)

    def health(self) -> Health:
        """Up while routers answer."""
        if not self._responders:
            return Health("starting", self._standing.trouble)
        names = ("answered", "refused", "failed")
        counters = {name: sum(each.counters[name] for each in self._responders) for name in names}
        return Health("up", f"{len(self._responders)} routers answer", counters)

    async def _live(self) -> None:
        while True:
            if self._standing.changed():
                self._leave()
                self._enter()
            await asyncio.sleep(LOOK_SECONDS)

    def _enter(self) -> None:
        network = self._standing.network
        if network is None:
            return
        clock = asyncio.get_running_loop().time
        try:
            for node in network.nodes:
                if node.kind in ANSWERING:
                    self._responders.append(Responder(node, network, clock))
        except (OSError, Problem) as error:
            log.warning("the virtual network cannot be entered yet: %s", error)
            self._leave()
            self._standing.look_anew()

    def _leave(self) -> None:
        for responder in self._responders:
            responder.close()
        self._responders.clear()


def router_of(node: Node) -> Router:
    """What a node says of itself."""
    return Router(node.code, f"Simpul virtual router, {node.kind}: {node.name or node.code} (sample data)", node.site)


def ports_of(node: Node, network: Network) -> dict[str, Port]:
    """What the register says of its interfaces, by name."""
    ends = [(end, span) for span in network.spans for end in (span.a, span.b) if end.node == node.code]
    return {end.interface: Port(span.capacity_bps, span.code) for end, span in ends}


def _bound_socket() -> socket.socket:
    """For both families, in the namespace one stands in; it tells which address a datagram was for."""
    bound = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        bound.bind(("::", PORT))
    except BaseException:
        bound.close()
        raise
    return bound
