"""The people's connections: what a site's habits ask for, fetched from its own addresses, in its own namespace.

Demand is open: a fetch begins when it is wanted, whether or not earlier ones are done, up to a limit at which people
give up trying. Failures are a part of life here (a cut line, a lost uplink): counted, and tried again after a while.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from simpul.lab.network.namespaces import entered
from simpul.lab.network.plan import SERVER_PORT
from simpul.lab.people.habits import Habits
from simpul.lab.servers import BUFFER_BYTES, Content

CONNECT_SECONDS = 4.0
# A fetch that gets nothing for so long has failed; one that takes so long is given up.
SILENT_SECONDS, LONGEST_SECONDS = 10.0, 120.0
AT_ONCE_PER_CLIENT, AT_ONCE_AT_LEAST, AT_ONCE_AT_MOST = 4, 6, 16
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
GREEDY_FLOWS, ENDLESS = 6, 1 << 60
# The loop wakes when so much has come, and not for every packet.
LOW_WATER = 8 * 1024
IP_BIND_ADDRESS_NO_PORT = 24

Address = tuple[str, int]


@dataclass(slots=True)
class Counts:
    """Totals of one site since the start. `turned_away`: wanted while too much was under way."""

    fetches: int = 0
    done: int = 0
    failed: int = 0
    given_up: int = 0
    turned_away: int = 0
    down_bytes: int = 0
    up_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Errand:
    """What one connection is for: bytes to get, or to put when `up`."""

    count: int
    up: bool = False

    @property
    def endless(self) -> bool:
        """Whether it goes on until somebody stops it."""
        return self.count >= ENDLESS

    def line(self) -> bytes:
        """The request as the server reads it."""
        return f"{'PUT' if self.up else 'GET'} {self.count}\n".encode()


class Fetch:
    """One connection, driven by the loop's readiness calls; tells its household when it ends."""

    def __init__(self, household: Household, errand: Errand, connection: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._household = household
        self._socket = connection
        self.errand = errand
        self._left = errand.count
        self._connected = False
        self.begun_at = self.moved_at = self._loop.time()
        self._loop.add_writer(connection, self._on_connected)

    def close(self) -> None:
        """End it, whatever state it is in."""
        if self._socket.fileno() < 0:
            return
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()

    def overdue(self, now: float) -> bool:
        """Whether nothing has moved for too long."""
        return now - self.moved_at > (SILENT_SECONDS if self._connected else CONNECT_SECONDS)

    def tedious(self, now: float) -> bool:
        """Whether a person would have given it up by now."""
        return not self.errand.endless and now - self.begun_at > LONGEST_SECONDS

    def _on_connected(self) -> None:
        self._loop.remove_writer(self._socket)
        try:
            error = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                raise OSError(error, os.strerror(error))
            self._socket.send(self.errand.line())
            if not self.errand.up:
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, min(self._left, LOW_WATER))
        except OSError:
            self._household.ended(self, well=False)
            return
        self._connected = True
        self.moved_at = self._loop.time()
        self._loop.add_reader(self._socket, self._on_answer if self.errand.up else self._on_readable)
        if self.errand.up:
            self._loop.add_writer(self._socket, self._on_writable)

    def _on_readable(self) -> None:
        try:
            # MSG_TRUNC: the kernel counts the bytes and throws them away; none is copied.
            room = self._household.scratch
            count = self._socket.recv_into(room, min(self._left, len(room)), socket.MSG_TRUNC)
        except BlockingIOError:
            return
        except OSError:
            count = 0
        self._left -= count
        self._household.counts.down_bytes += count
        self.moved_at = self._loop.time()
        if not count or not self._left:
            self._household.ended(self, well=bool(count))
        elif self._left < LOW_WATER:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, self._left)

    def _on_writable(self) -> None:
        try:
            while self._left:
                sent = os.sendfile(self._socket.fileno(), self._household.content, 0, min(self._left, BUFFER_BYTES))
                self._left -= sent
                self._household.counts.up_bytes += sent
                self.moved_at = self._loop.time()
        except BlockingIOError:
            return
        except OSError:
            self._household.ended(self, well=False)
            return
        self._loop.remove_writer(self._socket)

    def _on_answer(self) -> None:
        answer = b""
        with suppress(OSError):
            answer = self._socket.recv(64)
        self._household.ended(self, well=answer == b"ok\n")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all households of a process share; `now` is the local time of the region."""

    content: Content
    scratch: memoryview
    now: Callable[[], datetime]


class Household:
    """The people of one site: where they sit, whom they ask, what they are doing."""

    def __init__(
        self, habits: Habits, seats: Sequence[tuple[str, str]], servers: Sequence[str], around: Surroundings, netns: str
    ) -> None:
        self.habits = habits
        self.counts = Counts()
        self.greedy = False
        self.scratch = around.scratch
        self.content = around.content.handle
        self._around = around
        self._netns = netns
        self._seats = seats
        self._servers = servers
        self._open: set[Fetch] = set()
        self._most = min(max(AT_ONCE_AT_LEAST, AT_ONCE_PER_CLIENT * len(seats)), AT_ONCE_AT_MOST)
        self._failures = 0
        self._quiet_until = 0.0
        self._next: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Live from now on."""
        self._wait()

    def close(self) -> None:
        """Stop at once."""
        if self._next is not None:
            self._next.cancel()
        for fetch in self._open:
            fetch.close()
        self._open.clear()

    def sweep(self, now: float) -> None:
        """End what hangs; begin or end greed. Called about twice a second."""
        for fetch in list(self._open):
            if fetch.overdue(now):
                self.ended(fetch, well=False)
            elif fetch.tedious(now):
                self._drop(fetch)
                self.counts.given_up += 1
            elif fetch.errand.endless and not self.greedy:
                self._drop(fetch)
        endless = sum(fetch.errand.endless for fetch in self._open)
        for _ in range(GREEDY_FLOWS - endless if self.greedy else 0):
            self._begin(Errand(ENDLESS))

    def ended(self, fetch: Fetch, *, well: bool) -> None:
        """A fetch says that it is over."""
        self._drop(fetch)
        if well:
            self.counts.done += 1
            self._failures, self._quiet_until = 0, 0.0
        else:
            self._failed()

    def figures(self) -> dict[str, Any]:
        """How it goes, for whoever asks."""
        want = 0.0 if self.greedy else self.habits.rate_bps(self._around.now())
        return {
            **asdict(self.counts),
            "wants_bps": None if self.greedy else round(want),
            "greedy": self.greedy,
            "open": len(self._open),
        }

    def _wait(self) -> None:
        # Nobody plans further ahead than a minute: the day goes on meanwhile.
        pause = min(self.habits.pause(self._around.now()), 60.0)
        self._next = asyncio.get_running_loop().call_later(pause, self._want)

    def _want(self) -> None:
        self._wait()
        up = self.habits.upload_bytes()
        if up:
            self._begin(Errand(up, up=True))
        self._begin(Errand(self.habits.download_bytes()))

    def _begin(self, errand: Errand) -> None:
        if asyncio.get_running_loop().time() < self._quiet_until:
            return
        if len(self._open) >= self._most + (GREEDY_FLOWS if self.greedy else 0):
            self.counts.turned_away += 1
            return
        self.counts.fetches += 1
        family = self.habits.chance.randrange(len(self._servers))
        seat = self.habits.chance.choice(self._seats)[family]
        try:
            connection = self._connect(seat, (self._servers[family], SERVER_PORT))
        except OSError:
            self._failed()
            return
        self._open.add(Fetch(self, errand, connection))

    def _connect(self, seat: str, server: Address) -> socket.socket:
        with entered(self._netns):
            kind = socket.AF_INET6 if ":" in seat else socket.AF_INET
            connection = socket.socket(kind, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            # Some kernels begin with another one, and shares are measured against this one.
            with suppress(OSError):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
            connection.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            connection.bind((seat, 0))
            with suppress(BlockingIOError):
                connection.connect(server)
        except OSError:
            connection.close()
            raise
        return connection

    def _failed(self) -> None:
        self.counts.failed += 1
        self._failures += 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self._failures - 1, 6))
        self._quiet_until = asyncio.get_running_loop().time() + pause

    def _drop(self, fetch: Fetch) -> None:
        fetch.close()
        self._open.discard(fetch)
