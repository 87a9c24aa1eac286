"""One store for all tests that only add to it, in a process of its own: the tests' process never loads the engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.running import RunningStore


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStore]:
    """Runs. Other tests add to it too: use metrics of your own."""
    running = RunningStore(tmp_path_factory.mktemp("store"))
    running.start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def own_store(tmp_path: Path) -> Iterator[RunningStore]:
    """Not started yet; nobody else's."""
    running = RunningStore(tmp_path)
    yield running
    if running.process is not None and running.process.poll() is None:
        running.kill()
