"""One gateway with two ways out and twelve sites, shaped by an agent for all tests of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from network.agent.shaped import MBIT, Shaped, plan_of
from network.small import Standing, small_network
from simpul.lab.network.plan import Network
from waiting import until


@pytest.fixture(scope="module")
def lab(raise_lab: Callable[[Network], Standing]) -> Standing:
    """Two providers, twelve sites."""
    return raise_lab(small_network(12, providers=2))


@pytest.fixture(scope="module")
def shaped(request: pytest.FixtureRequest, lab: Standing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shaped]:
    """UP-1 carries both groups at 60 Mbit/s; a file with `SPLIT = True` sends the second group over UP-2, 30 Mbit/s."""
    split = bool(getattr(request.module, "SPLIT", False))
    plan = plan_of(lab, {"UP-1": 60 * MBIT, "UP-2": 30 * MBIT}, split=split)
    made = Shaped(lab, plan, tmp_path_factory.mktemp("agent"))
    made.start()
    until(lambda: len(made.classes()) >= len(plan.nodes), otherwise=made.log)
    yield made
    made.kill()
