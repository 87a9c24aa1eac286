"""The daemon that owns the lab: one at a time, the same however often asked, unharmed by its forerunner's death."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from network.lab import daemon_alone
from network.lab.conftest import RING_NETWORK
from network.lab.questions import everybody, served
from network.small import Standing
from simpul.lab.cli import ask
from simpul.lab.network.build import RECORD, Lab
from simpul.lab.network.namespaces import existing
from simpul.lab.network.plan import network_from_text
from waiting import until

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "run").mkdir()
    yield tmp_path
    Lab(RING_NETWORK).down()


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """Starts the daemon and waits until its network stands; all end with the test."""
    running: list[subprocess.Popen[str]] = []

    def begin(convergence: float = 0.5) -> subprocess.Popen[str]:
        process = spawn(folder, convergence)
        running.append(process)
        until(lambda: said(folder, "status").get("up"))
        return process

    yield begin
    for process in running:
        process.kill()
        process.communicate()


def spawn(folder: Path, convergence: float = 0.5) -> subprocess.Popen[str]:
    line = [sys.executable, "-W", "error", daemon_alone.__file__, str(folder), str(convergence)]
    paths = os.pathsep.join(path for path in sys.path if path)
    environ = {**os.environ, "PYTHONPATH": paths}
    return subprocess.Popen(line, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def said(folder: Path, verb: str, **more: str) -> dict[str, Any]:
    return ask(folder / "run" / "lab.sock", {"do": verb, **more}) or {}


def standing() -> Standing:
    """Only for asking: the daemon has built it."""
    return Standing(RING_NETWORK, Lab(RING_NETWORK), 0)


def gateway_namespace() -> int:
    return Path("/run/netns/GW").stat().st_ino


def test_it_builds_by_itself_and_says_what_stands(folder: Path, start: Start) -> None:
    start()
    status = said(folder, "status")
    assert (status["how"], status["sites"], status["cut"], status["converged"]) == ("built", 12, [], True)
    assert {span["state"] for span in status["spans"]} == {"lit"}
    shown = folder / "run" / "lab" / "network.json"
    assert network_from_text(shown.read_text(), "network.json") == RING_NETWORK
    assert served(standing()) == everybody(standing())


def test_a_drill_cuts_at_once_and_routes_follow_after_the_stated_time(folder: Path, start: Start) -> None:
    start(8)
    began = time.monotonic()
    status = said(folder, "drill", name="cut-span", target="RING-1")
    assert (status["cut"], status["converged"], status["convergence_seconds"]) == (["RING-1"], False, 8)
    assert not standing().answers("S01", "192.0.2.80", within=0.2)
    assert not said(folder, "status")["converged"]
    until(lambda: said(folder, "status")["converged"])
    assert time.monotonic() - began >= 8
    assert served(standing()) == everybody(standing())
    assert said(folder, "drill", name="restore", target="RING-1")["cut"] == []


def test_a_cut_that_comes_while_another_waits_is_followed_too(folder: Path, start: Start) -> None:
    start()
    said(folder, "drill", name="cut-span", target="RING-1")
    time.sleep(0.3)
    said(folder, "drill", name="cut-span", target="L-S12")
    until(lambda: said(folder, "status")["converged"])
    assert served(standing(), within=0.5) == everybody(standing()) - {"S12"}


def test_drills_name_uplinks_and_sites_and_restore_ends_them_all(folder: Path, start: Start) -> None:
    start()
    assert said(folder, "drill", name="lose-uplink", target="UP-1")["uplinks"][0]["state"] == "cut"
    assert said(folder, "drill", name="greedy-site", target="S03")["greedy"] == ["S03"]
    wishes = folder / "run" / "lab" / "people.json"
    assert json.loads(wishes.read_text()) == {"greedy": ["S03"]}
    status = said(folder, "drill", name="restore")
    assert (status["cut"], status["greedy"]) == ([], [])
    assert json.loads(wishes.read_text()) == {"greedy": []}


@pytest.mark.parametrize(
    ("drill", "words"),
    [
        ({"name": "cut-span", "target": "RING-9"}, '"RING-9" is no span'),
        ({"name": "lose-uplink", "target": ""}, "name a uplink"),
        ({"name": "flood", "target": "S01"}, 'there is no drill "flood"'),
    ],
)
def test_a_drill_that_makes_no_sense_is_refused_with_its_reason(
    folder: Path, start: Start, drill: dict[str, str], words: str
) -> None:
    start()
    answer = said(folder, "drill", **drill)
    assert not answer["ok"]
    assert words in answer["problem"]
    assert said(folder, "status")["cut"] == []


def test_up_and_down_may_be_said_as_often_as_one_likes(folder: Path, start: Start) -> None:
    start()
    before = gateway_namespace()
    assert said(folder, "up")["up"]
    assert gateway_namespace() == before
    for _ in range(2):
        assert not said(folder, "down")["up"]
        assert not existing()
        assert not (folder / "run" / "lab" / "network.json").exists()
    for _ in range(2):
        assert said(folder, "up")["up"]
    assert served(standing()) == everybody(standing())


def test_a_second_lab_is_refused_by_the_owners_name(folder: Path, start: Start, tmp_path: Path) -> None:
    first = start()
    other = tmp_path / "other"
    (other / "run").mkdir(parents=True)
    second = spawn(other)
    words, _ = second.communicate(timeout=120)
    assert second.returncode == 1
    assert f"a virtual network stands here already (pid {first.pid}, data folder {folder})" in words
    assert said(folder, "status")["up"]


def test_a_killed_daemons_network_goes_on_and_is_adopted_with_its_cuts(folder: Path, start: Start) -> None:
    first = start()
    said(folder, "drill", name="cut-span", target="RING-1")
    before = gateway_namespace()
    first.send_signal(signal.SIGKILL)
    first.wait()
    # Killed before the routes had followed the cut: the next one finds that out and mends it.
    start()
    status = said(folder, "status")
    assert (status["how"], status["cut"], status["converged"]) == ("adopted", ["RING-1"], True)
    assert gateway_namespace() == before
    assert served(standing()) == everybody(standing())
    said(folder, "drill", name="restore")
    assert served(standing()) == everybody(standing())


def test_what_a_killed_daemon_has_left_half_built_is_built_anew(folder: Path, start: Start) -> None:
    first = start()
    first.send_signal(signal.SIGKILL)
    first.wait()
    before = gateway_namespace()
    record = json.loads(RECORD.read_text())
    RECORD.write_text(json.dumps({**record, "complete": False}))
    start()
    assert said(folder, "status")["how"] == "built"
    assert gateway_namespace() != before
    assert served(standing()) == everybody(standing())


def test_it_can_be_killed_at_any_moment_while_it_builds(folder: Path, start: Start) -> None:
    for milliseconds in (0, 20, 40, 60, 80, 120):
        process = spawn(folder)
        until(RECORD.exists)
        time.sleep(milliseconds / 1000)
        process.kill()
        process.communicate()
    start()
    assert served(standing()) == everybody(standing())
