"""`simpul demo` as people start it: soon ready, told once, gone without a trace."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from simpul.up.demo import Plan, demo_environment
from simpul.up.ports import any_free_port
from up.processes import (
    PYTHON,
    as_nobody,
    descendants,
    environment,
    private_folder,
    resident_bytes,
    start,
    still_running,
)


class Demo:
    """One demonstration in a folder of its own."""

    def __init__(self, user: str) -> None:
        self.user = user
        self.folder = private_folder(user)
        self.port = any_free_port()
        self.process: subprocess.Popen[str] | None = None

    def start(self, *words: str) -> dict[str, object]:
        """Start it; what it says when ready."""
        wrapper, python = (as_nobody() if self.user == "nobody" else None) or ([], PYTHON)
        path = f"{Path(PYTHON).parent}:{os.environ['PATH']}"
        line = [python, "-m", "simpul", "demo", "--json", "--port", str(self.port), "--data", str(self.folder), *words]
        # A setting of a real instance, which must not be heeded.
        self.process = start([*wrapper, *line], environment(PATH=path, SIMPUL_DATABASE_URL="postgresql://real/one"))
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        if not said:
            raise AssertionError(f"the demonstration did not start: {self.process.communicate()[1]}")
        answer: dict[str, object] = json.loads(said)
        return answer

    def processes(self) -> list[psutil.Process]:
        """All of it, now."""
        assert self.process is not None
        return [psutil.Process(self.process.pid), *descendants(self.process.pid)]

    def end(self) -> str:
        """Make sure that it has ended; what it said on stderr."""
        assert self.process is not None
        self.process.kill()
        return self.process.communicate()[1]


@pytest.fixture
def demo(user: str) -> Iterator[Demo]:
    demo = Demo(user)
    yield demo
    if demo.process is not None:
        demo.end()
    shutil.rmtree(demo.folder)


def test_it_is_soon_ready_shows_the_password_once_and_leaves_nothing(demo: Demo) -> None:
    answer = demo.start()
    assert answer["url"] == f"http://localhost:{demo.port}/"
    # How long it takes, and the stop, is measured by bench/first_start.py; a loaded machine must not fail a test.
    assert float(str(answer["ready_s"])) > 0
    with urlopen(f"http://localhost:{demo.port}/", timeout=60) as page:
        assert page.status == 200
        assert b"sample-mark" in page.read()
    with urlopen(f"http://localhost:{demo.port}/healthz", timeout=60) as health:
        assert {"bus", "web", "control"} <= json.load(health)["components"].keys()
    processes = demo.processes()
    assert resident_bytes(processes) < 1.2e9
    processes[0].kill()
    assert still_running(processes) == []
    password = next(line for line in demo.end().splitlines() if line.startswith("admin ")).split()[1]

    demo.start()
    processes = demo.processes()
    processes[0].send_signal(signal.SIGINT)
    assert still_running(processes) == []
    assert password not in demo.end()
    assert password not in (demo.folder / "log" / "simpul.log").read_text()
    assert list((demo.folder / "tmp").iterdir()) == []


@pytest.mark.parametrize("user", ["root"], indirect=True)
def test_without_sandbox_it_ends_by_itself_after_the_given_time(demo: Demo) -> None:
    demo.start("--no-lab", "--for", "0.5")
    processes = demo.processes()
    assert "unshare" not in [process.name() for process in processes]
    assert still_running(processes) == []
    assert demo.process is not None
    assert demo.process.wait() == 0


@pytest.mark.parametrize(("sandbox", "host"), [(True, "0.0.0.0"), (False, "127.0.0.1")])
def test_only_in_the_sandbox_does_the_bus_listen_to_more_than_loopback(sandbox: bool, host: str) -> None:
    plan = Plan(port=8000, folder=Path("/x"), sandbox=sandbox, seconds=None, as_json=False)
    made = demo_environment(
        plan, {"SIMPUL_BUS_AGENTS": "A-REAL-ONE"}, {"bus_agents": "GW-A", "bus_names": "198.18.0.1"}
    )
    assert (made["SIMPUL_BUS_HOST"], made["SIMPUL_BUS_AGENTS"]) == (host, "GW-A")


def refused(*words: str) -> str:
    ended = subprocess.run(
        [PYTHON, "-m", "simpul", "demo", *words], env=environment(), capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1
    return ended.stderr


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").touch()
    assert "holds something that is not a demonstration" in refused("--data", str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.odt"]


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused("--data", str(tmp_path / "d"), "--port", str(port))
    assert said.startswith(f"simpul demo: port {port} cannot be used: ")
    assert not (tmp_path / "d").exists()


def test_a_port_taken_on_ipv6_only_is_named_and_no_folder_is_left(tmp_path: Path) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        port = taken.getsockname()[1]
        said = refused("--data", str(tmp_path / "d"), "--port", str(port))
    assert said.startswith(f"simpul demo: port {port} cannot be used: Address already in use (::1)")
    assert not (tmp_path / "d").exists()


def test_a_folder_closed_to_its_owner_is_refused_and_stays_so(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir(mode=0o700)
    (folder / "DEMONSTRATION").touch()
    folder.chmod(0o500)
    said = refused("--data", str(folder), "--port", str(any_free_port()))
    assert said.endswith(f"data folder {folder} is closed to its owner (mode 0500). Run: chmod 700 {folder}\n")
    assert folder.stat().st_mode & 0o777 == 0o500


def test_a_folder_below_run_is_refused_since_the_sandbox_covers_it() -> None:
    assert "lies below /run" in refused("--data", "/run/simpul-demo")
    assert not Path("/run/simpul-demo").exists()
