"""A network with a gateway, a running bus, and between them a town with agent and controller."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from network.control.scene import Scene
from network.small import Standing, small_network
from simpul.configuration import Configuration, load
from simpul.lab.network.plan import Network
from simpul.register.service import create_prefix
from simpul.up.folder import make_folder
from traffic.small_town import CLERK, build_town
from up.processes import PYTHON, environment

CENTER = "198.18.0.66"


@pytest.fixture(scope="module")
def lab(raise_lab: Callable[[Network], Standing]) -> Standing:
    """A gateway with two ways out; the sandbox's own namespace is the center, behind the first site."""
    return raise_lab(small_network(sites=4, providers=2, center=True))


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory, lab: Standing) -> Iterator[Configuration]:
    """A running bus that lets the agent of GW in by the address of the center."""
    folder = tmp_path_factory.mktemp("i") / "d"
    environ = environment(
        SIMPUL_CONFIG=os.devnull,
        SIMPUL_DATA_FOLDER=str(folder),
        SIMPUL_BUS_HOST="0.0.0.0",
        SIMPUL_BUS_NAMES=CENTER,
        SIMPUL_BUS_AGENTS="GW",
    )
    configuration = load(environ=environ)
    make_folder(configuration.data)
    line = [PYTHON, "-m", "simpul", "up", "--only", "bus", "--json"]
    with subprocess.Popen(line, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as tree:
        assert tree.stdout is not None
        assert tree.stdout.readline()
        yield configuration
        tree.terminate()


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
