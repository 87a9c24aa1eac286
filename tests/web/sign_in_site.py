"""An instance with a few people, really served, for a browser to sign in to."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "src"
PASSWORD = "gajah makan kacang"
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Site:
    """Where it answers, and the process that serves it."""

    url: str
    folder: Path
    environment: dict[str, str]
    server: subprocess.Popen[bytes]

    def user(self, *words: str, typed: str = "") -> dict[str, str]:
        """`simpul user ...`, as an administrator of the machine calls it."""
        done = subprocess.run(
            [sys.executable, "-m", "simpul", "user", *words, "--json"],
            cwd=self.folder, env=self.environment, input=typed, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        answer: dict[str, str] = json.loads(done.stdout)
        return answer

    def log(self) -> str:
        """What the server wrote."""
        return (self.folder / "web.log").read_text(encoding="utf-8", errors="replace")


def start(folder: Path, issuer: str = "", client: str = "", secret: str = "", **more: str) -> Site:
    """Make the tables and serve, with `more` in the environment.

    Raises AssertionError with the server's words if it does not come up.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not re.match(r"SIMPUL_|DJANGO_", name)}
    environment = kept | {
        "PYTHONPATH": str(SOURCES),
        "SIMPUL_DATA_FOLDER": str(folder),
        "SIMPUL_SERVER_LISTEN": f"127.0.0.1:{port}",
        "SIMPUL_INSTANCE_PUBLIC_URL": f"http://localhost:{port}",
        "SIMPUL_OIDC_ISSUER": issuer,
        "SIMPUL_OIDC_NAME": "SSO Kabupaten",
        "SIMPUL_OIDC_CLIENT_ID": client,
        "SIMPUL_OIDC_CLIENT_SECRET": secret,
        "TMPDIR": str(folder / "tmp"),  # as the process tree sets it
        **more,
    }
    for name in ("", "run", "log", "evidence", "tmp"):
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    simpul = [sys.executable, "-m", "simpul", "run"]
    prepared = subprocess.run(
        [*simpul, "prepare"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert prepared.returncode == 0, prepared.stderr
    with (folder / "web.log").open("wb") as log:
        server = subprocess.Popen([*simpul, "web"], cwd=folder, env=environment, stdout=log, stderr=log)
    site = Site(f"http://localhost:{port}", folder, environment, server)
    _wait(site)
    return site


def stop(site: Site) -> None:
    """End the server."""
    site.server.terminate()
    try:
        site.server.wait(10)
    except subprocess.TimeoutExpired:
        site.server.kill()
        site.server.wait()


def _wait(site: Site) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and site.server.poll() is None:
        try:
            with urllib.request.urlopen(f"{site.url}/account/login/", timeout=60) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the server did not answer within {PATIENCE_SECONDS} s:\n{site.log()[-3000:]}")
