"""The program as a visitor meets it: real verbs, real server, the invented regency in a folder of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from simpul.lab.accounts import DEMO_PASSWORD
from simpul.lab.region import instance
from up.bus_server import PASSWORD as BUS_TOKEN
from waiting import until

SOURCES = Path(__file__).resolve().parents[2] / "src"


@dataclass(frozen=True)
class Demonstration:
    """Its address, its folder, the process that serves it, and where that looks for a bus (nobody is there yet)."""

    url: str
    folder: Path
    server: subprocess.Popen[bytes]
    bus_port: int
    passwords: dict[str, str] = field(default_factory=dict, repr=False)

    def password(self, account: str) -> str:
        """Most accounts share one; the administrator's is shown at the first start."""
        return self.passwords.get(account, DEMO_PASSWORD)


def start(folder: Path) -> Demonstration:
    """Fill the folder and serve it. Raises AssertionError with the server's words if it does not come up."""
    port, bus_port = _free_port(), _free_port()
    # A data folder has mode 0700, and a socket's path must stay short.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SIMPUL_", "DJANGO_"))} | {
        "PYTHONPATH": str(SOURCES),
        "SIMPUL_DATA_FOLDER": str(folder),
        "SIMPUL_DEMO_ON": "true",
        **{f"SIMPUL_INSTANCE_{key.upper()}": value for key, value in instance().items()},
        "SIMPUL_BUS_PORT": str(bus_port),
        "SIMPUL_BUS_TOKEN": BUS_TOKEN,
        "SIMPUL_SERVER_LISTEN": f"127.0.0.1:{port}",
        "SIMPUL_INSTANCE_PUBLIC_URL": f"http://localhost:{port}",
    }
    folder.chmod(0o700)
    for name in ("run", "log", "evidence"):
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    said = _run("prepare", folder, environment)
    shown = dict(line.split()[:2] for line in said.splitlines() if len(line.split()) > 2)
    with (folder / "web.log").open("wb") as log:
        command = [sys.executable, "-m", "simpul", "run", "web"]
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    served = Demonstration(f"http://localhost:{port}", folder, server, bus_port, {"admin": shown["admin"]})
    _wait(served)
    return served


def stop(served: Demonstration) -> None:
    """End the server; what it would not hear is ended for it."""
    served.server.terminate()
    try:
        served.server.wait(10)
    except subprocess.TimeoutExpired:
        served.server.kill()
        served.server.wait()


def _run(verb: str, folder: Path, environment: dict[str, str]) -> str:
    command = [sys.executable, "-m", "simpul", "run", verb]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"run {verb}: {done.stderr[-2000:]}"
    return done.stdout


def _wait(served: Demonstration) -> None:
    def log() -> str:
        return (served.folder / "web.log").read_text(errors="replace")[-3000:]

    def answers() -> bool:
        assert served.server.poll() is None, f"the server has ended:\n{log()}"
        try:
            with urllib.request.urlopen(f"{served.url}/account/login/", timeout=60) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    until(answers, otherwise=lambda: f"the server does not answer:\n{log()}")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
