"""`simpul lab` where no demonstration runs: up in a sandbox of its own, asked from outside, gone without a trace."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from up.processes import PYTHON, as_nobody, descendants, environment, private_folder, start, still_running
from waiting import until


class Alone:
    """`simpul lab` as one user on a folder of its own."""

    def __init__(self, user: str) -> None:
        wrapper, self.python = (as_nobody() if user == "nobody" else None) or ([], PYTHON)
        self.wrapper = list(wrapper)
        self.folder = private_folder(user)
        self.processes: list[subprocess.Popen[str]] = []

    def line(self, *words: str) -> list[str]:
        return [*self.wrapper, self.python, "-m", "simpul", "lab", *words, "--data", str(self.folder)]

    def environment(self) -> dict[str, str]:
        return environment(PATH=f"{Path(PYTHON).parent}:{os.environ['PATH']}")

    def up(self) -> subprocess.Popen[str]:
        process = start(self.line("up"), self.environment())
        self.processes.append(process)
        assert process.stdout is not None
        assert process.stdout.readline().startswith("the virtual network stands: 38 sites")
        return process

    def ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.line(*words), env=self.environment(), capture_output=True, text=True, check=False, timeout=120
        )

    def answer(self, *words: str) -> dict[str, Any]:
        ended = self.ask(*words, "--json")
        assert ended.returncode == 0, ended.stderr
        answer: dict[str, Any] = json.loads(ended.stdout)
        return answer


@pytest.fixture
def alone(user: str) -> Iterator[Alone]:
    alone = Alone(user)
    yield alone
    for process in alone.processes:
        process.kill()
        process.communicate()
    shutil.rmtree(alone.folder)


def test_it_is_built_drilled_from_outside_and_taken_down(alone: Alone) -> None:
    before = set(psutil.net_if_addrs())
    process = alone.up()
    status = alone.answer("status")
    assert (status["sites"], status["scale"], status["cut"]) == (38, 0.1, [])
    assert status["build_seconds"] > 0
    assert alone.answer("drill", "cut-span", "RING-1")["cut"] == ["RING-1"]
    until(lambda: alone.answer("status")["converged"])
    assert alone.answer("drill", "restore")["cut"] == []
    refused = alone.ask("drill", "cut-span", "RING-99")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith('simpul lab: "RING-99" is no span of the virtual network. Write for example ')
    assert alone.answer("up")["sites"] == 38
    assert set(psutil.net_if_addrs()) == before
    below = descendants(process.pid)
    assert alone.ask("down").returncode == 0
    assert process.wait(timeout=120) == 0
    assert still_running(below) == []


@pytest.mark.parametrize("user", ["root"], indirect=True)
def test_nothing_is_left_of_it_when_it_is_killed(alone: Alone) -> None:
    process = alone.up()
    below = descendants(process.pid)
    assert len(below) > 5
    process.send_signal(signal.SIGKILL)
    assert still_running(below) == []
    ended = alone.ask("status")
    assert ended.returncode == 2
    assert "no virtual network is run on" in ended.stderr


@pytest.mark.parametrize("user", ["root"], indirect=True)
def test_a_second_one_on_the_same_folder_asks_the_first(alone: Alone) -> None:
    alone.up()
    assert alone.answer("up")["how"] == "built"
