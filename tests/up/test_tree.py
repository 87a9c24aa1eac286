"""`simpul up` with bus and web for real: all up, health told, nothing left however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import psutil
import pytest

from simpul.up.ports import any_free_port
from up.processes import PYTHON, descendants, environment, resident_bytes, start, still_running
from waiting import until


class Tree:
    """One `simpul up` on a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = any_free_port()
        self.environ = environment(
            SIMPUL_CONFIG=os.devnull,
            SIMPUL_DATA_FOLDER=str(folder),
            SIMPUL_SERVER_LISTEN=f"127.0.0.1:{self.port}",
            SIMPUL_BUS_PORT=str(any_free_port()),
        )
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> list[psutil.Process]:
        """Start it; the processes once all groups are up."""
        self.end()
        self.process = start([PYTHON, "-m", "simpul", "up", "--only", "bus,web", "--json"], self.environ)
        assert self.process.stdout is not None
        answer = json.loads(self.process.stdout.readline())
        assert answer["pid"] == self.process.pid
        assert set(answer["groups"]) == {"bus", "web"}
        return [psutil.Process(self.process.pid), *descendants(self.process.pid)]

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of one answer."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read()
        except HTTPError as error:
            with error:
                return error.code, error.read()

    def end(self) -> None:
        """Whatever the test has left."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    """Shared, so that the tables are made once."""
    folder = tmp_path_factory.mktemp("t")
    folder.chmod(0o700)
    tree = Tree(folder)
    yield tree
    tree.end()


def test_kill_9_of_the_supervisor_leaves_no_process_and_a_new_start_works(tree: Tree) -> None:
    processes = tree.start()
    # Supervisor, bus, granian, its worker.
    assert len(processes) == 4
    processes[0].send_signal(signal.SIGKILL)
    assert still_running(processes) == []
    tree.end()
    processes = tree.start()
    processes[0].terminate()
    assert still_running(processes) == []
    tree.end()


def test_it_tells_its_health_heals_and_stops_when_asked(tree: Tree) -> None:
    processes = tree.start()
    status, body = tree.get("/healthz")
    answer = json.loads(body)
    assert (status, answer["ok"]) == (200, True)
    assert {name: part["state"] for name, part in answer["components"].items()} == {"bus": "up", "web": "up"}
    assert {part["detail"] for part in answer["components"].values()} == {""}

    next(process for process in processes if process.name() == "nats-server").kill()
    until(lambda: tree.get("/healthz")[0] == 503)
    until(lambda: tree.get("/healthz")[0] == 200)

    resident = resident_bytes(processes) / 1e6
    assert resident < 300
    processes[0].send_signal(signal.SIGINT)
    assert still_running(processes) == []
    assert tree.process is not None
    assert tree.process.wait() == 0


def test_it_writes_nothing_but_its_folder_and_keeps_that_private(tree: Tree) -> None:
    processes = tree.start()
    processes[0].terminate()
    assert still_running(processes) == []
    tree.end()
    found = {path.name: path for path in tree.folder.iterdir()}
    assert {"simpul.sqlite3", "bus.key", "secret.key", "log", "run", "tmp", "simpul.lock", "evidence"} <= set(found)
    assert list(found["tmp"].iterdir()) == []
    for name in ("bus.key", "secret.key"):
        assert found[name].stat().st_mode & 0o777 == 0o600
    lines = (found["log"] / "simpul.log").read_text().splitlines()
    assert {json.loads(line)["from"] for line in lines} >= {"up", "bus", "web"}
