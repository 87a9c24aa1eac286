"""The supervisor: programs are started again with growing patience, stopped in time, and never outlive it."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from clocks import HeldClock
from simpul.kit.health import read_reports
from simpul.up.logs import Journal
from simpul.up.supervisor import Patience, Program, Supervisor
from up.processes import PYTHON, descendants, start, still_running
from waiting import becomes, until

SLEEPS = (PYTHON, "-c", "import time; time.sleep(3600)")
DEAF = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
print("deaf", flush=True)
time.sleep(3600)
"""
# A supervisor in a process of its own, so that a test can kill it.
APART = """
import asyncio, os, sys
from pathlib import Path
from simpul.up.logs import Journal
from simpul.up.supervisor import Program, Supervisor
async def main():
    program = Program("sleeper", (sys.executable, "-c", sys.argv[2]))
    supervisor = Supervisor([program], Journal(None, None), Path(sys.argv[1]), os.environ)
    supervisor.start()
    await asyncio.sleep(3600)
asyncio.run(main())
"""


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., Supervisor]]:
    journal = Journal(tmp_path / "log", None)

    def make(*programs: Program, patience: Patience | None = None, clock: HeldClock | None = None) -> Supervisor:
        return Supervisor(programs, journal, tmp_path, os.environ, patience, clock=clock)

    yield make
    journal.close()


def journal_of(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "log").read_text().splitlines()]


def texts(folder: Path) -> list[object]:
    return [entry["text"] for entry in journal_of(folder)] if (folder / "log").exists() else []


def ends(folder: Path) -> list[dict[str, object]]:
    """What the journal says of programs that ended and are started again."""
    return [entry for entry in journal_of(folder) if "delay" in entry] if (folder / "log").exists() else []


def test_a_crashing_program_is_started_again_with_doubling_delay(
    supervise: Callable[..., Supervisor], tmp_path: Path
) -> None:
    patience = Patience(first_delay=0.05, longest_delay=0.3)
    supervisor = supervise(Program("crash", ("/bin/sh", "-c", "exit 3")), patience=patience, clock=HeldClock())

    async def scenario() -> None:
        supervisor.start()
        await becomes(lambda: len(ends(tmp_path)) >= 5)
        await supervisor.stop()

    asyncio.run(scenario())
    assert [entry["delay"] for entry in ends(tmp_path)[:5]] == [0.05, 0.1, 0.2, 0.3, 0.3]
    assert all("starts again" in str(entry["text"]) for entry in ends(tmp_path))
    assert {entry["status"] for entry in ends(tmp_path)} == {3}


def test_a_healthy_while_makes_the_delay_short_again(supervise: Callable[..., Supervisor], tmp_path: Path) -> None:
    count, enough, clock = tmp_path / "count", tmp_path / "enough", HeldClock()
    # The third life lasts for the healthy while, by the held clock.
    wait = f"while [ ! -e {enough} ]; do sleep 0.02; done"
    script = f"echo x >> {count}; [ $(wc -l < {count}) = 3 ] && {wait}; exit 1"
    patience = Patience(first_delay=0.05, longest_delay=5, healthy_after=60)
    supervisor = supervise(Program("moody", ("/bin/sh", "-c", script)), patience=patience, clock=clock)

    async def scenario() -> None:
        supervisor.start()
        await becomes(lambda: count.exists() and count.read_text().count("x") == 3)
        clock.move(60)
        enough.touch()
        await becomes(lambda: len(ends(tmp_path)) >= 3)
        await supervisor.stop()

    asyncio.run(scenario())
    assert [entry["delay"] for entry in ends(tmp_path)[:3]] == [0.05, 0.1, 0.05]


def test_a_program_that_cannot_be_started_is_named_and_tried_again(
    supervise: Callable[..., Supervisor], tmp_path: Path
) -> None:
    supervisor = supervise(Program("absent", ("/no/such/program",)), patience=Patience(first_delay=0.05))

    async def scenario() -> None:
        supervisor.start()
        await becomes(lambda: supervisor.health()["absent"].state == "down" and len(ends(tmp_path)) >= 2)
        await supervisor.stop()

    asyncio.run(scenario())
    assert "/no/such/program cannot be run" in (tmp_path / "log").read_text()


def test_a_deaf_program_and_its_children_are_killed_in_time(
    supervise: Callable[..., Supervisor], tmp_path: Path
) -> None:
    patience = Patience(stop_within=0.3, foundations_within=0.3)
    supervisor = supervise(
        Program("deaf", (PYTHON, "-c", DEAF)), Program("bus", SLEEPS, foundation=True), patience=patience
    )

    async def scenario() -> list[psutil.Process]:
        supervisor.start()
        await becomes(lambda: "deaf" in texts(tmp_path))
        processes = [psutil.Process(pid) for pid in supervisor.pids().values()]
        processes += [child for process in processes for child in process.children(recursive=True)]
        await supervisor.stop()
        return processes

    processes = asyncio.run(scenario())
    assert len(processes) == 3
    assert still_running(processes) == []
    killed = [text for text in texts(tmp_path) if "was killed" in str(text)]
    assert killed == ["deaf did not stop within 0.3 s and was killed"]


def test_kill_9_of_the_supervisor_leaves_no_child(tmp_path: Path) -> None:
    apart = start([PYTHON, "-c", APART, str(tmp_path), "import time; time.sleep(3600)"])
    with apart:
        try:
            until(lambda: descendants(apart.pid))
            children = descendants(apart.pid)
        finally:
            apart.kill()
    assert len(children) == 1
    assert still_running(children) == []


def test_the_health_file_tells_starting_up_and_off(supervise: Callable[..., Supervisor], tmp_path: Path) -> None:
    ready = asyncio.Event()

    async def answers(_: int) -> bool:
        return ready.is_set()

    supervisor = supervise(Program("web", SLEEPS, answers=answers))

    async def scenario() -> list[str]:
        states: list[str] = []
        supervisor.start()
        await becomes(lambda: read_reports(tmp_path).get("web"))
        states.append(read_reports(tmp_path)["web"].state)
        ready.set()
        await becomes(lambda: read_reports(tmp_path)["web"].state == "up")
        states.append("up")
        await supervisor.stop()
        states.append(read_reports(tmp_path)["web"].state)
        return states

    assert asyncio.run(scenario()) == ["starting", "up", "off"]


def test_a_program_that_stops_answering_is_reported_down(supervise: Callable[..., Supervisor], tmp_path: Path) -> None:
    works = True

    async def answers(_: int) -> bool:
        return works

    clock = HeldClock()
    supervisor = supervise(Program("web", SLEEPS, answers=answers), patience=Patience(silent_after=10), clock=clock)

    async def scenario() -> None:
        nonlocal works
        supervisor.start()
        await becomes(lambda: supervisor.health()["web"].state == "up")
        works = False
        clock.move(11)
        await becomes(lambda: supervisor.health()["web"].state == "down")
        assert supervisor.health()["web"].detail == "runs but has not answered for 11 s"
        await supervisor.stop()

    asyncio.run(scenario())


def test_the_health_names_no_pid_which_outside_of_a_sandbox_would_be_another_process(
    supervise: Callable[..., Supervisor],
) -> None:
    supervisor = supervise(Program("web", SLEEPS))

    async def scenario() -> None:
        supervisor.start()
        await becomes(lambda: supervisor.health()["web"].state == "starting" or supervisor.all_up.is_set())
        said = {supervisor.health()["web"].detail}
        await becomes(lambda: supervisor.health()["web"].state == "up")
        assert said | {supervisor.health()["web"].detail} == {""}
        await supervisor.stop()

    asyncio.run(scenario())


def test_a_group_that_cannot_start_says_its_reason_once_and_its_health_names_it(
    supervise: Callable[..., Supervisor], tmp_path: Path
) -> None:
    async def never(_: int) -> bool:
        return False

    line = '{"level": "error", "text": "secret.key is empty. Restore it"}'
    program = Program("web", (PYTHON, "-c", f"import sys; print('{line}'); sys.exit(2)"), answers=never)
    supervisor = supervise(program, patience=Patience(first_delay=0.01, longest_delay=0.01))

    async def scenario() -> str:
        supervisor.start()
        await becomes(lambda: sum("starts again in" in str(text) for text in texts(tmp_path)) >= 4)
        await becomes(lambda: supervisor.health()["web"].state == "down")
        detail = supervisor.health()["web"].detail
        await supervisor.stop()
        return detail

    detail = asyncio.run(scenario())
    assert detail.startswith("ended with status 2 (secret.key is empty. Restore it) after ")
    assert texts(tmp_path).count("secret.key is empty. Restore it") == 1
