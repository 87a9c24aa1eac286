"""The sandbox: a network of its own, and nothing left of it whichever of its processes is killed."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from simpul.engines.nats_server import find_program
from simpul.kit.problem import Problem
from simpul.up.sandbox import Sandbox
from up.processes import PYTHON, as_nobody, descendants, environment, private_folder, start, still_running
from waiting import until

# The outer process, with the bus alone inside: what kills and frees is the same, and it starts at once.
OUTER = """
import asyncio, os, signal
from simpul.configuration import load
from simpul.up.folder import clear_run, make_folder
from simpul.up.groups import command
from simpul.up.sandbox import Sandbox
data = load().data
make_folder(data)
clear_run(data)
async def main():
    sandbox = Sandbox([*command("run sandbox"), "--only", "bus"], os.environ, as_root=os.geteuid() == 0)
    sandbox.start()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    inner, asked = asyncio.create_task(sandbox.wait()), asyncio.create_task(stop.wait())
    await asyncio.wait({inner, asked}, return_when=asyncio.FIRST_COMPLETED)
    raise SystemExit(await sandbox.stop())
asyncio.run(main())
"""
NAMESPACES = ("net", "pid", "mnt")


class Running:
    """A sandbox with its chain of processes: outer, unshare, first inside, and the bus."""

    def __init__(self, user: str, folder: Path) -> None:
        wrapper, python = (as_nobody() if user == "nobody" else None) or ([], PYTHON)
        self.folder = folder
        self.outer = start(
            [*wrapper, python, "-c", OUTER],
            environment(
                SIMPUL_CONFIG=os.devnull,
                SIMPUL_DATA_FOLDER=str(folder),
                SIMPUL_LOG_CONSOLE="error",
                SIMPUL_BUS_BINARY=str(find_program("")),
            ),
        )
        try:
            until(lambda: "bus is up" in self.log())
        except AssertionError:
            self.outer.kill()
            raise AssertionError(f"the sandbox did not come up: {self.outer.communicate()[1]}{self.log()}") from None
        self.chain = [psutil.Process(self.outer.pid), *descendants(self.outer.pid)]
        self.spaces = {_space(self.chain[-1].pid, kind) for kind in NAMESPACES}

    def log(self) -> str:
        """The tree's log so far."""
        path = self.folder / "log" / "simpul.log"
        return path.read_text() if path.exists() else ""

    def end(self) -> None:
        """Whatever the test has left."""
        for process in self.chain:
            if process.is_running():
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
        self.outer.communicate()


def _space(pid: int | str, kind: str) -> str:
    return str(Path(f"/proc/{pid}/ns/{kind}").readlink())


def _spaces_in_use() -> set[str]:
    found = set()
    for pid in psutil.pids():
        for kind in NAMESPACES:
            try:
                found.add(_space(pid, kind))
            except OSError:
                continue
    return found


def _freed(spaces: set[str]) -> bool:
    return spaces.isdisjoint(_spaces_in_use())


@pytest.fixture
def sandbox(user: str) -> Iterator[Running]:
    folder = private_folder(user)
    running = Running(user, folder)
    yield running
    running.end()
    shutil.rmtree(folder)


def test_what_is_inside_has_other_namespaces_than_the_machine(sandbox: Running) -> None:
    assert sandbox.spaces.isdisjoint({_space("self", kind) for kind in NAMESPACES})
    assert [process.name() for process in sandbox.chain][1] == "unshare"
    assert sandbox.chain[-1].name() == "nats-server"


@pytest.mark.parametrize("victim", [0, 1, 2], ids=["outer process", "unshare", "first process inside"])
def test_kill_9_of_any_process_leaves_nothing(sandbox: Running, victim: int) -> None:
    sandbox.chain[victim].kill()
    assert still_running(sandbox.chain) == []
    until(lambda: _freed(sandbox.spaces))
    assert str(sandbox.folder) not in Path("/proc/self/mountinfo").read_text()


def test_an_orderly_stop_leaves_nothing_and_is_logged(sandbox: Running) -> None:
    sandbox.chain[0].terminate()
    assert still_running(sandbox.chain) == []
    assert '"text": "stopped"' in sandbox.log()
    assert sandbox.outer.wait() == 0


def test_where_namespaces_are_forbidden_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    forbidding = tmp_path / "unshare"
    forbidding.write_text("#!/bin/sh\necho 'unshare: unshare failed: Operation not permitted' >&2\nexit 1\n")
    forbidding.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Problem, match=r"ordinary user may not make namespaces here \(.*not permitted\).*--no-lab"):
        Sandbox(["true"], os.environ, as_root=False).start()
