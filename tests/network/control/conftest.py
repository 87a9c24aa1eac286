"""A network with a gateway, a running bus, and between them a town with agent and controller."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from network.bus import running_bus
from network.control.scene import Scene
from network.small import Standing, small_network
from simpul.configuration import Configuration
from simpul.lab.network.plan import Network
from simpul.register.service import create_prefix
from traffic.small_town import CLERK, build_town

CENTER = "198.18.0.66"


@pytest.fixture(scope="module")
def lab(raise_lab: Callable[[Network], Standing]) -> Standing:
    """A gateway with two ways out; the sandbox's own namespace is the center, behind the first site."""
    return raise_lab(small_network(sites=4, providers=2, center=True))


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory, lab: Standing) -> Iterator[Configuration]:
    """A running bus that lets the agent of GW in by the address of the center."""
    with running_bus(tmp_path_factory.mktemp("i") / "d", CENTER, "GW") as configuration:
        yield configuration


@pytest.fixture
def scene(transactional_db: None, lab: Standing, instance: Configuration, tmp_path: Path) -> Iterator[Scene]:
    """Agent and controller run; no plan yet."""
    town = build_town()
    create_prefix(CLERK, cidr="198.18.0.64/26", purpose="management")
    made = Scene(town, lab, instance, tmp_path)
    try:
        made.start_agent()
        made.start_controller()
        yield made
    finally:
        made.end()
