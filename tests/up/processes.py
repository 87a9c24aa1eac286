"""What tests of processes share: starting one apart, seeing it and its descendants gone."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from waiting import PATIENCE_SECONDS, until

SOURCE = Path(__file__).resolve().parents[2] / "src"
PYTHON = sys.executable
PACKAGES = sysconfig.get_path("purelib")


def environment(**more: str) -> dict[str, str]:
    """This process's environment without settings of Simpul, then `more`."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("SIMPUL_", "DJANGO_"))}
    return plain | {"PYTHONPATH": f"{SOURCE}{os.pathsep}{PACKAGES}"} | more


def as_nobody() -> tuple[list[str], str] | None:
    """(words before a command, Python) that run as an ordinary user; None where such a one can read no Python.

    A Python below /root is out of its reach; the system's own then does, with this one's packages.
    """
    wrapper = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    for python in (PYTHON, "/usr/bin/python3"):
        # Through a shell: setpriv itself still has root's rights when it looks for the program.
        line = [*wrapper, "sh", "-c", f"exec {python} -c 'import simpul, nats'"]
        if subprocess.run(line, env=environment(), capture_output=True, check=False).returncode == 0:
            return wrapper, python
    return None


def private_folder(user: str) -> Path:
    """A new data folder that `user` ("root" or "nobody") may use; the caller removes it.

    Not below pytest's own folder, which an ordinary user cannot enter.
    """
    folder = Path(tempfile.mkdtemp(prefix="simpul-test-", dir="/tmp"))
    if user == "nobody" and os.geteuid() == 0:
        owner = pwd.getpwnam("nobody")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    return folder


def start(argv: Sequence[str], environ: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """A process whose output can be read; the caller ends it."""
    return subprocess.Popen(
        list(argv),
        env=dict(environ or environment()),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def descendants(pid: int) -> list[psutil.Process]:
    """All below the process, at this moment."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def resident_bytes(processes: Sequence[psutil.Process]) -> int:
    """Memory of all that still run: a tool that one of them has called may have ended by now."""
    total = 0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            total += process.memory_info().rss
    return total


def still_running(processes: Sequence[psutil.Process], seconds: float = PATIENCE_SECONDS) -> list[psutil.Process]:
    """Those that do not end. A zombie has ended: its adoptive parent is only slow to look."""
    with suppress(AssertionError):
        until(lambda: not any(map(_runs, processes)), seconds)
    return [process for process in processes if _runs(process)]


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
