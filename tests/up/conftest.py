"""Who runs what is tested."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from up.bus_server import BusServer
from up.processes import as_nobody


@pytest.fixture(params=["root", "nobody"])
def user(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if name == "root" and os.geteuid() != 0:
        pytest.skip("the tests were not started by root")
    if name == "nobody" and as_nobody() is None:
        pytest.skip("an ordinary user can read neither this clone nor a Python")
    return name


@pytest.fixture
def server(tmp_path: Path) -> Iterator[BusServer]:
    """A bus that the test starts."""
    server = BusServer(tmp_path)
    yield server
    server.end()
