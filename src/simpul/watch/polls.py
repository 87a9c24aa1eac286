"""Questions by SNMP version 2c: is there a signal at a port, and how much has passed it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gufo.snmp import SnmpError
from gufo.snmp.aio import SnmpSession

log = logging.getLogger(__name__)

UPTIME = "1.3.6.1.2.1.1.3.0"
OPER_STATUS = "1.3.6.1.2.1.2.2.1.8"
LAST_CHANGE = "1.3.6.1.2.1.2.2.1.9"
NAME = "1.3.6.1.2.1.31.1.1.1.1"
IN_OCTETS = "1.3.6.1.2.1.31.1.1.1.6"
OUT_OCTETS = "1.3.6.1.2.1.31.1.1.1.10"
UP = 1
# Ports are numbered anew now and then, at least by a restart.
NUMBERS_SECONDS = 600.0
# So many values fit into one packet of an answer.
AT_ONCE = 30
# No device may hold up its own poll for longer, whatever it answers; none has more interfaces.
WHOLE_SECONDS, MOST_ROWS = 10.0, 10_000
# After so much nonsense in a row it is left alone for a while; a single broken datagram may be anybody's.
MOST_NONSENSE, QUIET_SECONDS = 3, 60.0
FAILURES = (OSError, TimeoutError, SnmpError, ValueError, RuntimeError, OverflowError)


@dataclass(frozen=True, slots=True)
class PortReading:
    """One port. Octets are those of 64-bit counters of layer 2; `changed`: at which ticks it became what it is."""

    up: bool
    in_octets: int
    out_octets: int
    changed: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What one device said: `ticks` are hundredths of a second since its start, `at` our monotonic clock."""

    at: float
    ticks: int
    ports: dict[str, PortReading]


class Nonsense(ValueError):
    """What the device answered is no answer to the question."""


class Poller:
    """Asks one device. It may be broken or hostile: each reading ends in time, and takes a bounded amount of memory.

    Of its texts nothing is kept but the registered names of ports, of its numbers only whole ones.
    """

    def __init__(
        self,
        address: str,
        ports: Iterable[str],
        community: str,
        *,
        port: int = 161,
        within: float = 1.0,
        whole_seconds: float = WHOLE_SECONDS,
    ) -> None:
        self._ports = frozenset(ports)
        self._make: Callable[[], SnmpSession] = lambda: SnmpSession(
            address, port=port, community=community, timeout=within
        )
        self._session: SnmpSession | None = None
        self._numbers: dict[str, str] = {}
        self._numbered_at = 0.0
        self._ticks = 0
        self._address, self._whole_seconds = address, whole_seconds
        self._one = asyncio.Lock()
        self._nonsense, self._quiet_until = 0, 0.0

    async def read(self) -> Reading | None:
        """What it says now; None without an answer that can be used, and while an earlier reading is under way."""
        if self._one.locked() or time.monotonic() < self._quiet_until:
            return None
        async with self._one:
            try:
                async with asyncio.timeout(self._whole_seconds):
                    reading = await self._read()
            except FAILURES as error:
                self._failed(error)
            except BaseException as error:
                # The codec is Rust, whose panics come as an exception that no module exports.
                if type(error).__name__ != "PanicException":
                    raise
                self._failed(Nonsense(str(error)))
            else:
                self._nonsense = 0
                return reading
        return None

    def _failed(self, error: Exception) -> None:
        """Silence is the watch's affair; nonsense is told once, until it answers in order again."""
        # With the next question, not the answer to an old one.
        self._session = None
        if isinstance(error, OSError):
            return
        self._nonsense += 1
        if self._nonsense == 1:
            why = f"{type(error).__name__}: {error}"[:200]
            log.warning("%s answers SNMP with nonsense, so its ports are unknown (%r)", self._address, why)
        if self._nonsense % MOST_NONSENSE == 0:
            self._quiet_until = time.monotonic() + QUIET_SECONDS

    async def _read(self) -> Reading:
        session = self._session = self._session or self._make()
        if not self._numbers or time.monotonic() - self._numbered_at > NUMBERS_SECONDS:
            await self._number(session)
        values = await self._values(session)
        ticks = _number(values.get(UPTIME))
        if ticks < self._ticks:
            # It was restarted (or its clock began anew): the numbers of its ports may be others.
            await self._number(session)
            values = await self._values(session)
        self._ticks = ticks
        ports = {
            name: PortReading(
                _number(values[f"{OPER_STATUS}.{number}"]) == UP,
                _number(values.get(f"{IN_OCTETS}.{number}")),
                _number(values.get(f"{OUT_OCTETS}.{number}")),
                _number(values.get(f"{LAST_CHANGE}.{number}")),
            )
            for name, number in self._numbers.items()
            if f"{OPER_STATUS}.{number}" in values
        }
        return Reading(time.monotonic(), ticks, ports)

    async def _number(self, session: SnmpSession) -> None:
        numbers: dict[str, str] = {}
        last: tuple[int, ...] = ()
        rows = 0
        async for oid, value in session.getbulk(NAME):
            place = tuple(map(int, oid.split(".")))
            rows += 1
            if place <= last or rows > MOST_ROWS:
                raise Nonsense("its list of ports does not end")
            last = place
            if rows % AT_ONCE == 0:
                # An answer that is there already is taken without a pause; others must have their turn.
                await asyncio.sleep(0)
            name = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
            if name in self._ports:
                numbers[name] = oid.rpartition(".")[2]
                if len(numbers) == len(self._ports):
                    break
        self._numbers, self._numbered_at = numbers, time.monotonic()

    async def _values(self, session: SnmpSession) -> dict[str, object]:
        columns = (OPER_STATUS, LAST_CHANGE, IN_OCTETS, OUT_OCTETS)
        ports = [f"{column}.{number}" for number in self._numbers.values() for column in columns]
        wanted = [UPTIME, *ports]
        found: dict[str, object] = {}
        for start in range(0, len(wanted), AT_ONCE):
            asked = wanted[start : start + AT_ONCE]
            answers = await session.get_many(asked)
            found |= {oid: answers[oid] for oid in asked if oid in answers}
            await asyncio.sleep(0)
        return found


def _number(value: object) -> int:
    """Whole and not below nothing; whatever else a device may send counts as nothing."""
    return value if isinstance(value, int) and value >= 0 else 0
