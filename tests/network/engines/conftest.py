"""A fresh wire for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from network.engines.wire import DEVICE, Wire, stretch
from simpul.engines.netlink_tc import Tc


@pytest.fixture
def wire() -> Iterator[Wire]:
    """Two namespaces joined by one silent wire."""
    yield from stretch()


@pytest.fixture
def tc(wire: Wire) -> Iterator[Tc]:
    """The shaping of the wire's near end, with nothing on it yet."""
    with wire.here():
        opened = Tc(DEVICE)
    with opened:
        yield opened
