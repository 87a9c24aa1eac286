"""A bus of its own for one test: the real server with its real certificates."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from simpul.engines.certificate_store import Store
from simpul.engines.certificates import ensure
from simpul.engines.nats import Config
from simpul.engines.nats_server import Settings, find_program, write_settings
from simpul.up.ports import any_free_port
from waiting import PATIENCE_SECONDS, until

# With a quote, since it is written into a file with a syntax of its own.
PASSWORD = 'se"cret'
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class BusServer:
    """Started and ended as often as a test likes, always on the same port."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder)
        self.port = any_free_port()
        self.log = folder / "nats.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, agents: Mapping[str, str] | None = None, names: tuple[str, ...] = LOOPBACK) -> None:
        """Run the server; `agents` are passwords by name."""
        ensure(self.store, names, datetime.now(UTC))
        file = self.store.folder / "nats.conf"
        settings = Settings("127.0.0.1", self.port, self.store.certificate, self.store.key, PASSWORD, agents or {})
        write_settings(file, settings)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen([find_program(""), "-c", file], stdout=log, stderr=log)

    def config(self, user: str, password: str, **more: Any) -> Config:
        """How a client connects."""
        config = Config(
            f"tls://127.0.0.1:{self.port}", user, password, ca=self.store.authority, connect_within=60, first_delay=0.05
        )
        return replace(config, **more)

    def signal(self, number: int) -> None:
        """Stopped by SIGSTOP it keeps its connections and answers nothing; SIGCONT lets it go on."""
        if self._process is not None:
            self._process.send_signal(number)

    def end(self) -> None:
        """Make sure that it has ended."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def said(self, words: str, within: float = PATIENCE_SECONDS) -> bool:
        """Whether the words appear in the server's log in time."""
        with suppress(AssertionError):
            until(lambda: words in self.log.read_text(encoding="utf-8"), within)
        return words in self.log.read_text(encoding="utf-8")
