"""Greedy sites, measured by iperf3's own receivers and by nothing of ours."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from typing import Any

from network.small import Standing
from simpul.lab.network.plan import SERVERS

FIRST_PORT = 5201
# One frame on the wire and the payload in it: Ethernet, IP, TCP with timestamps (RFC 7323).
FRAME, PAYLOAD_V4, PAYLOAD_V6 = 1514, 1448, 1428
OMITTED_SECONDS = 5


@contextlib.contextmanager
def servers(lab: Standing, providers: Sequence[str], count: int) -> Iterator[None]:
    """One iperf3 server per site in each provider's namespace; gone at the end."""
    running = [
        lab.popen(provider, ["iperf3", "-s", "-p", str(FIRST_PORT + number)])
        for provider in providers
        for number in range(count)
    ]
    time.sleep(0.5)
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.communicate()


def family_of(number: int) -> int:
    """Every other site speaks IPv6."""
    return 6 if number % 2 else 4


class Greedy:
    """Sites that all fetch (or send) as much as they get, from `__init__` on; `wire_rates` waits for their end."""

    def __init__(self, lab: Standing, sites: Sequence[str], *, upload: bool = False, seconds: int = 10) -> None:
        self.sites = sites
        self.seconds = seconds
        self._clients = [self._client(lab, site, upload=upload) for site in sites]

    def _client(self, lab: Standing, site: str, *, upload: bool) -> subprocess.Popen[str]:
        number = int(site[1:]) - 1
        v6 = family_of(number) == 6
        source = lab.clients(site)[0][1 if v6 else 0]
        argv = ["iperf3", "-c", SERVERS[1 if v6 else 0], "-B", source, "-p", str(FIRST_PORT + number)]
        argv += ["-C", "cubic", "-O", str(OMITTED_SECONDS), "-t", str(self.seconds), "-J"]
        return lab.popen(site, argv if upload else [*argv, "-R"])

    def wire_rates(self) -> dict[str, float]:
        """Received layer-2 bit/s per site, from the receiver's bytes."""
        rates = {}
        for site, client in zip(self.sites, self._clients, strict=True):
            said, wrong = client.communicate(timeout=self.seconds + OMITTED_SECONDS + 20)
            answer: dict[str, Any] = json.loads(said)
            assert "error" not in answer, f"{site}: {answer.get('error')} {wrong}"
            payload = PAYLOAD_V6 if family_of(int(site[1:]) - 1) == 6 else PAYLOAD_V4
            rates[site] = answer["end"]["sum_received"]["bits_per_second"] * FRAME / payload
        return rates


def worst_part(rates: dict[str, float], answer: dict[str, int]) -> tuple[str, float]:
    """The site whose part of the sum differs most from its part of the answer, and by how much of it."""
    whole, expected = sum(rates.values()), sum(answer[site] for site in rates)
    errors = {site: rates[site] / whole / (answer[site] / expected) - 1 for site in rates}
    site = max(errors, key=lambda each: abs(errors[each]))
    return site, errors[site]
