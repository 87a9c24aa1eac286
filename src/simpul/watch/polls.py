"""Questions by SNMP version 2c: is there a signal at a port, and how much has passed it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gufo.snmp import SnmpError
from gufo.snmp.aio import SnmpSession

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
FAILURES = (OSError, TimeoutError, SnmpError, ValueError, RuntimeError)


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


class Poller:
    """Asks one device."""

    def __init__(
        self, address: str, ports: Iterable[str], community: str, *, port: int = 161, within: float = 1.0
    ) -> None:
        self._ports = frozenset(ports)
        self._make: Callable[[], SnmpSession] = lambda: SnmpSession(
            address, port=port, community=community, timeout=within
        )
        self._session: SnmpSession | None = None
        self._numbers: dict[str, str] = {}
        self._numbered_at = 0.0
        self._ticks = 0
        self._one = asyncio.Lock()

    async def read(self) -> Reading | None:
        """What it says now; None without an answer."""
        async with self._one:
            try:
                return await self._read()
            except FAILURES:
                # With the next question, not the answer to an old one.
                self._session = None
                return None

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
        async for oid, value in session.getbulk(NAME):
            name = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
            if name in self._ports:
                numbers[name] = oid.rpartition(".")[2]
        self._numbers, self._numbered_at = numbers, time.monotonic()

    async def _values(self, session: SnmpSession) -> dict[str, object]:
        columns = (OPER_STATUS, LAST_CHANGE, IN_OCTETS, OUT_OCTETS)
        ports = [f"{column}.{number}" for number in self._numbers.values() for column in columns]
        wanted = [UPTIME, *ports]
        found: dict[str, object] = {}
        for start in range(0, len(wanted), AT_ONCE):
            found |= await session.get_many(wanted[start : start + AT_ONCE])
        return found


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0
