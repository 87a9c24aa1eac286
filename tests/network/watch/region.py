"""The demonstration's region with its watch: what its processes do when lines are cut, and who is told."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from simpul.configuration import load
from simpul.kit.health import read_reports
from simpul.kit.problem import Problem
from simpul.lab.cli import ask as ask_lab
from simpul.lab.region import settings as region_settings
from simpul.up.demo import Plan, demo_environment
from simpul.up.folder import make_folder
from simpul.up.groups import command
from simpul.up.sandbox import unshare_command
from simpul.watch.cli import ask as ask_watch
from up.processes import environment
from waiting import until

# No pages, no people, no store: what is proven here needs none of them.
GROUPS = ("bus", "control", "watch", "lab", "agent", "lab-snmp")
PORT = 8999
# Eight seconds are usual; a machine that does much else at once takes many times as long.
START_SECONDS = 240.0
# Writes every message that apprise posts into a file, one JSON object in a line.
RECEIVER = """
import http.server, sys

class Take(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open(sys.argv[1], "ab") as file:
            file.write(body.replace(b"\\n", b" ") + b"\\n")
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass

http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), Take).serve_forever()
"""
MUTE = """
table inet mute {
  chain said { type filter hook output priority 0; meta l4proto tcp drop; }
}
"""


@dataclass(frozen=True)
class Row:
    """One alarm as it stands in the database."""

    id: int
    kind: str
    refs: list[str]
    sites: list[str]
    without_internet: list[str]
    together: list[str]
    party: str
    service_number: str
    flapping: bool
    evidence: dict[str, Any]
    opened_at: datetime
    is_open: bool
    is_told: bool
    is_over_told: bool


class Region:
    """The tree in a sandbox within the tests' own; it ends with this process."""

    def __init__(self, folder: Path, by_hand: Sequence[str] = ()) -> None:
        """`by_hand`: groups that are begun and killed by the test, without a supervisor who becomes patient."""
        self.folder, self.by_hand = folder, by_hand
        self.groups = [group for group in GROUPS if group not in by_hand]
        self.begun: dict[str, subprocess.Popen[bytes]] = {}
        self.messages_file = folder.parent / "messages"
        self.messages_file.touch()
        plan = Plan(8000, folder, sandbox=True, seconds=None, as_json=False, history=False)
        self.environ = {
            **demo_environment(plan, environment(), region_settings()),
            "SIMPUL_WATCH_NOTIFY_URL": f"json://127.0.0.1:{PORT}/",
        }
        self.run = folder / "run"
        self.lifeline, self.keep = os.pipe()
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Raise it and wait until the watch asks and the gateway tells of its ways out."""
        make_folder(load(environ=self.environ).data)
        (self.folder / "DEMONSTRATION").touch()
        argv = [
            *unshare_command(as_root=True),
            *command("run sandbox"),
            "--only",
            ",".join(self.groups),
            str(self.lifeline),
        ]
        tree = subprocess.Popen(argv, env=self.environ, pass_fds=[self.lifeline], stdout=subprocess.DEVNULL)
        self.processes.append(tree)
        until(lambda: "lab" in read_reports(self.run), START_SECONDS)
        self.inside = ["nsenter", "-t", str(psutil.Process(tree.pid).children()[0].pid), "--net", "--"]
        self._receive()
        for group in self.by_hand:
            self.begin(group)
        until(self._is_seen, START_SECONDS)

    def _receive(self) -> None:
        """The channel's other end, in the network of the tree."""
        argv = [*self.inside, *command("")[:1], "-c", RECEIVER]
        self.processes.append(subprocess.Popen([*argv, str(self.messages_file), str(PORT)], env=self.environ))

    def begin(self, group: str) -> None:
        """One of those that are begun by hand; `kill` ends it."""
        argv = [*self.inside, *command(f"run {group}")]
        self.begun[group] = subprocess.Popen(argv, env=self.environ, stdout=subprocess.DEVNULL)

    def _is_seen(self) -> bool:
        told = self.status()
        if told is None or "devices" not in told:
            return False
        settled = told["devices"]["up"] > 40 and not told["devices"]["unknown"] and not told["links"]["unknown"]
        return bool(settled and told["uplinks"]["up"] == 2)

    def end(self) -> None:
        """The lifeline breaks, so the sandbox dies at once and everything in it."""
        os.close(self.keep)
        for process in [*self.processes, *self.begun.values()]:
            process.kill()
            process.wait()
        os.close(self.lifeline)

    def status(self) -> dict[str, Any] | None:
        """What `simpul watch status` asks for; None while nobody answers."""
        try:
            return ask_watch(self.run / "watch.sock", {"do": "status"})
        except Problem:
            return None

    def why(self, target: str) -> dict[str, Any]:
        """What `simpul watch why` asks for."""
        answer = ask_watch(self.run / "watch.sock", {"do": "why", "target": target})
        assert answer is not None
        return answer

    def drill(self, name: str, target: str = "") -> datetime:
        """Let it happen; the moment before."""
        at = datetime.now(UTC)
        answer = ask_lab(self.run / "lab.sock", {"do": "drill", "name": name, "target": target})
        assert answer is not None
        assert answer["ok"], answer
        return at

    def alarms(self) -> list[Row]:
        """All that ever were, the oldest first."""
        sql = (
            "SELECT a.id, a.kind, a.refs, a.sites, a.without_internet, a.together, o.code, a.service_number, "
            "a.flapping, a.evidence, a.opened_at, a.closed_at IS NULL, a.told_opened_at IS NOT NULL, "
            "a.told_closed_at IS NOT NULL "
            "FROM watch_alarm a LEFT JOIN people_organisation o ON o.id = a.party_id ORDER BY a.id"
        )
        database = sqlite3.connect(f"file:{self.folder / 'simpul.sqlite3'}?mode=ro", uri=True)
        try:
            return [_row(row) for row in database.execute(sql)]
        finally:
            database.close()

    def messages(self) -> list[str]:
        """Titles of all that were sent."""
        return [json.loads(line)["title"] for line in self.messages_file.read_text().splitlines()]

    def kill(self, group: str) -> None:
        """By SIGKILL; its supervisor, if it has one, starts another."""
        if group in self.begun:
            self.begun[group].kill()
            self.begun[group].wait()
            return
        self._process(group).kill()

    @contextmanager
    def cut_off(self, group: str) -> Iterator[None]:
        """For a while nothing that it says by TCP leaves its network; it lives on."""
        inside = ["nsenter", "-t", str(self._process(group).pid), "--net", "--", "nft"]
        subprocess.run([*inside, "-f", "-"], input=MUTE, text=True, check=True)
        try:
            yield
        finally:
            subprocess.run([*inside, "delete table inet mute"], check=True)

    def _process(self, group: str) -> psutil.Process:
        for process in psutil.Process(self.processes[0].pid).children(recursive=True):
            if process.cmdline()[-2:] == ["run", group]:
                return process
        raise AssertionError(f"no {group} runs")

    def words(self) -> str:
        """The end of the log, for a test that fails."""
        return "\n".join((self.folder / "log" / "simpul.log").read_text().splitlines()[-20:])


def _row(row: tuple[Any, ...]) -> Row:
    number, kind, *lists, party, service, flapping, evidence, opened, is_open, is_told, is_over_told = row
    refs, sites, offline, together = (json.loads(each) for each in lists)
    return Row(
        number,
        kind,
        refs,
        sites,
        offline,
        together,
        party or "",
        service,
        bool(flapping),
        json.loads(evidence),
        datetime.fromisoformat(opened).replace(tzinfo=UTC),
        bool(is_open),
        bool(is_told),
        bool(is_over_told),
    )
