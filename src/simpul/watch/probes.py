"""Echo requests (ICMP, both families): paced by the caller, answered or not within a time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from gufo.ping import Ping
from gufo.ping.socket import SelectionPolicy

# What the kernel may hold for us while this process is busy; without it answers vanish silently.
RECEIVE_BUFFER = 4_000_000
TABLES = (Path("/proc/self/net/raw"), Path("/proc/self/net/raw6"), Path("/proc/self/net/icmp"))


class Prober:
    """One socket for each family, made with the first question, in the network of this process."""

    def __init__(self, longest_wait: float) -> None:
        self._ping = Ping(
            policy=SelectionPolicy.RAW_DGRAM, timeout=longest_wait, recv_buffer_size=RECEIVE_BUFFER, coarse=False
        )
        # What was asked and is no longer waited for; the library gives up on it by itself.
        self._late: set[asyncio.Task[float | None]] = set()

    async def ask(self, address: str, within: float) -> float | None:
        """Seconds until the answer; None without one. Raises OSError where this process may not send such packets."""
        question = asyncio.ensure_future(self._ping.ping(address))
        done, _ = await asyncio.wait({question}, timeout=within)
        if done:
            return question.result()
        self._late.add(question)
        question.add_done_callback(self._late.discard)
        return None


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
