"""A small network with two ways out, a ring and a center, with people and answering routers in it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import simpul
from network.small import Standing, small_network, with_scale
from simpul.kit.health import Health, read_reports
from simpul.lab.network.plan import Network
from waiting import until

SOURCES = str(Path(simpul.__file__).parents[1])


@dataclass
class Living:
    """A network that stands, the folder in which a process finds it, and that process."""

    standing: Standing
    run_dir: Path
    name: str
    process: subprocess.Popen[bytes]

    @property
    def file(self) -> Path:
        """What the lab writes down."""
        return self.run_dir / "lab" / "network.json"

    @property
    def health(self) -> Health:
        """What the process says of itself."""
        return read_reports(self.run_dir).get(self.name, Health("down"))

    def wait(self, state: str = "up") -> None:
        """Until the process says that it is so."""
        until(lambda: self.health.state == state, otherwise=f"{self.name} is not {state}")

    def write(self, network: Network) -> None:
        """As the lab does."""
        draft = self.file.with_suffix(".draft")
        draft.write_text(network.to_text(), encoding="utf-8")
        draft.replace(self.file)


def links(standing: Standing, node: str) -> dict[str, dict[str, Any]]:
    """The interfaces of a node as iproute2 tells them, by name."""
    return {link["ifname"]: link for link in json.loads(standing.run(node, ["ip", "-s", "-j", "link"]))}


@pytest.fixture(scope="module")
def lab(raise_lab: Callable[[Network], Standing]) -> Standing:
    """Six sites on a ring of three, two ways out, a center."""
    network = small_network(6, ring=3, providers=2, center=True, down_bps=(400_000_000,) * 2, up_bps=(400_000_000,) * 2)
    return raise_lab(with_scale(network, 0.1))


def zone_where_it_is(hour: int) -> str:
    """A time zone in which that hour has begun, so that no test depends on the time of day."""
    ahead = (hour - datetime.now(UTC).hour + 11) % 24 - 11
    return f"Etc/GMT{-ahead:+d}"


@contextlib.contextmanager
def process(lab: Standing, name: str, folder: Path) -> Iterator[Living]:
    """One process beside the network, as the demonstration starts it."""
    (folder / "run" / "lab").mkdir(parents=True)
    environment = {
        **os.environ,
        "SIMPUL_DATA_FOLDER": str(folder),
        "SIMPUL_LOG_LEVEL": "warning",
        "SIMPUL_INSTANCE_TIMEZONE": zone_where_it_is(2),
        "PYTHONPATH": os.pathsep.join(filter(None, [SOURCES, os.environ.get("PYTHONPATH")])),
    }
    process = subprocess.Popen([sys.executable, "-m", "simpul", "run", name], env=environment)
    living = Living(lab, folder / "run", name, process)
    living.write(lab.network)
    try:
        living.wait()
        yield living
        process.terminate()
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def answering(lab: Standing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Living]:
    """Routers that answer SNMP, in a network in which nobody lives: no counter moves unless a test does it."""
    with process(lab, "lab-snmp", tmp_path_factory.mktemp("data")) as living:
        yield living


@pytest.fixture(scope="module")
def peopled(lab: Standing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Living]:
    """People and servers."""
    with process(lab, "lab-people", tmp_path_factory.mktemp("data")) as living:
        yield living
