"""The disk of the state folder is full when a way out is lost: its sites leave by the other all the same."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from network.agent.gatewaying import agent, echoes, plan_data
from network.small import GATEWAY, Standing, small_network
from simpul.lab.network.plan import Network
from waiting import until

CAP = 40_000_000


@pytest.fixture(scope="module")
def lab(raise_lab: Callable[[Network], Standing]) -> Standing:
    """Two sites, two ways out."""
    return raise_lab(small_network(2, providers=2))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own for the state folder."""
    folder = tmp_path / "state"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path) -> None:
    """To the last byte."""
    filling = os.open(disk / "filling", os.O_WRONLY | os.O_CREAT)
    with pytest.raises(OSError, match="No space left"):
        os.posix_fallocate(filling, 0, 1 << 20)
    while os.statvfs(disk).f_bfree:
        os.write(filling, bytes(os.statvfs(disk).f_bsize))
    os.close(filling)


def homes(lab: Standing) -> str:
    """By which way out the gateway's table sends each site."""
    return lab.run(GATEWAY, ["nft", "list", "map", "inet", "simpul", "home_ip"])


def test_a_way_out_that_is_lost_while_the_disk_is_full_is_left(lab: Standing, tmp_path: Path, disk: Path) -> None:
    data = plan_data({"S01": 1.0, "S02": 1.0}, [CAP, CAP], [CAP, CAP])
    with agent(lab, tmp_path, data) as process:
        before, log = homes(lab), tmp_path / "agent.log"
        fill(disk)
        lab.lose_uplink("UP-1")
        try:
            # The kernel by itself may find the other way too: what counts is where the agent sends them.
            until(lambda: homes(lab) != before)
            assert echoes(lab, "S01", 4, 3) == 3
            # Counters are kept every ten seconds; that they cannot be ends nothing either.
            until(lambda: "cannot be written (No space left on device)" in log.read_text(encoding="utf-8"))
            assert process.poll() is None
        finally:
            lab.restore()
    assert "uplink UP-1 is dead" in log.read_text(encoding="utf-8")
