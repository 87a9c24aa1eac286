"""A ring of four routers with spurs of three sites, two providers, and the center behind the first site."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from network.small import Standing, small_network
from simpul.lab.network.plan import Network

RING_NETWORK = small_network(sites=12, ring=3, spur=3, providers=2, center=True)


@pytest.fixture(scope="module")
def ring(raise_lab: Callable[[Network], Standing]) -> Standing:
    """Stands for all tests of one file."""
    return raise_lab(RING_NETWORK)


@pytest.fixture
def lab(ring: Standing) -> Iterator[Standing]:
    """The ring, with every line lit before and after."""
    yield ring
    ring.restore()
