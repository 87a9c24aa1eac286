"""Another user of the machine: reads no key, no data, no socket, no secret of a process, and nothing of the bus."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from simpul.up.ports import any_free_port
from up.processes import PACKAGES, PYTHON, SOURCE, as_nobody, descendants, environment, private_folder, start
from waiting import until

# What the other user tries; it prints what it got.
BURGLAR = """
import asyncio, json, os, socket, ssl, sys
from pathlib import Path
folder, port, pids = Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
got = []
for name in ("secret.key", "credential.key", "plan.key", "bus.key", "bus-ca.key", "simpul.sqlite3", "run/nats.conf",
             "log/simpul.log", "run/health/up.json", "spool", "evidence", "store", "tmp", "."):
    path = folder / name
    try:
        got.append(str(list(path.iterdir()) if path.is_dir() else path.read_bytes()))
    except OSError:
        pass
for name in ("store.sock", "watch.sock", "lab.sock", "web.sock", "simpul.sock"):
    try:
        socket.socket(socket.AF_UNIX).connect(str(folder / "run" / name))
        got.append(name)
    except OSError:
        pass
for pid in pids:
    for name in ("environ", "mem", "maps", "fd"):
        path = Path(f"/proc/{pid}/{name}")
        try:
            got.append(str(list(path.iterdir()) if name == "fd" else path.open("rb").read(64)))
        except OSError:
            pass
async def bus():
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    await writer.start_tls(trust)
    writer.write(b'CONNECT {"verbose":false,"user":"simpul","pass":"guess"}\\r\\nSUB > 1\\r\\nPING\\r\\n')
    return (await asyncio.wait_for(reader.readline(), 60)).decode()
print(json.dumps({"got": got, "bus": asyncio.run(bus())}))
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Root's own folder, in a place that everybody may enter."""
    made = private_folder("root")
    yield made
    shutil.rmtree(made)


@pytest.fixture
def tree(folder: Path) -> Iterator[tuple[list[psutil.Process], int]]:
    """The whole ordinary tree, and the port of its bus."""
    port = any_free_port()
    environ = environment(
        SIMPUL_CONFIG=os.devnull,
        SIMPUL_DATA_FOLDER=str(folder),
        SIMPUL_SERVER_LISTEN="unix",
        SIMPUL_BUS_PORT=str(port),
        SIMPUL_STORE_GUARD_MB="0",
    )
    running = start([PYTHON, "-m", "simpul", "up", "--json"], environ)
    assert running.stdout is not None
    json.loads(running.stdout.readline())
    yield [psutil.Process(running.pid), *descendants(running.pid)], port
    running.send_signal(signal.SIGTERM)
    until(lambda: running.poll() is not None, 60)
    running.communicate()


def test_another_user_gets_nothing(folder: Path, tree: tuple[list[psutil.Process], int]) -> None:
    found = as_nobody()
    if found is None or os.geteuid() != 0:
        pytest.skip("needs two users, of whom the other one can run Python")
    wrapper, python = found
    processes, port = tree
    pids = json.dumps([process.pid for process in processes])
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{SOURCE}{os.pathsep}{PACKAGES}"}
    tried = subprocess.run(
        [*wrapper, python, "-c", BURGLAR, str(folder), str(port), pids],
        env=environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    told = json.loads(tried.stdout or "{}")
    assert told.get("got") == [], tried.stderr
    assert told["bus"].startswith("-ERR 'Authorization Violation'")


def test_no_secret_is_in_the_list_of_processes_or_their_environment(
    folder: Path, tree: tuple[list[psutil.Process], int]
) -> None:
    secrets = [
        line for path in folder.glob("*.key") for line in path.read_text().splitlines() if not line.startswith("-----")
    ]
    assert len(secrets) >= 3
    for process in tree[0]:
        shown = " ".join([*process.cmdline(), *(f"{name}={value}" for name, value in process.environ().items())])
        assert not [secret for secret in secrets if secret in shown]


def test_every_socket_and_key_is_the_owners_alone(folder: Path, tree: tuple[list[psutil.Process], int]) -> None:
    assert len(tree[0]) > 4
    sockets = [path for path in (folder / "run").rglob("*") if path.is_socket()]
    assert {path.name for path in sockets} >= {"store.sock", "watch.sock"}
    for path in [*sockets, *folder.glob("*.key"), folder, folder / "run", folder / "log", folder / "evidence"]:
        assert path.stat().st_mode & 0o077 == 0, path
