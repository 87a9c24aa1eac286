"""Echo requests (ICMP, both families): paced by the caller, answered or not within a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gufo.ping import Ping
from gufo.ping.socket import SelectionPolicy

# What the kernel may hold for us while this process is busy; without it answers vanish silently.
RECEIVE_BUFFER = 4_000_000
TABLES = (Path("/proc/self/net/raw"), Path("/proc/self/net/raw6"), Path("/proc/self/net/icmp"))


class Prober:
    """One socket for each family, made with the first request, in the network namespace of this process."""

    def __init__(self, longest_wait: float) -> None:
        self._ping = Ping(
            policy=SelectionPolicy.RAW_DGRAM, timeout=longest_wait, recv_buffer_size=RECEIVE_BUFFER, coarse=False
        )

    async def ask(self, address: str) -> float | None:
        """Seconds until the answer, or None. Raises OSError where this process may not send such packets."""
        return await self._ping.ping(address)


def kernel_drops() -> int:
    """Answers that the kernel has thrown away since the sockets were made, because nobody fetched them in time."""
    return sum(drops for table in TABLES for drops in _drops(table))


def _drops(table: Path) -> Iterator[int]:
    try:
        lines = table.read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return
    for line in lines:
        last = line.split()[-1]
        if last.isdigit():
            yield int(last)
