"""A town in the database, its gateway in the network, agent and controller between them, as processes of their own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from network.control.alone import START
from network.small import Standing
from simpul.configuration import Configuration
from simpul.traffic.models import PlanVersion
from simpul.traffic.service import apply, draft
from simpul.up.bus_access import agent_credential
from traffic.small_town import CLERK, Town
from up.processes import PYTHON, environment
from waiting import until

TESTS = Path(__file__).resolve().parents[2]


class Scene:
    """The town in the database, its gateway in the network, agent and controller between them."""

    def __init__(self, town: Town, lab: Standing, instance: Configuration, folder: Path) -> None:
        self.town, self.lab, self.instance, self.folder = town, lab, instance, folder
        self.processes: list[subprocess.Popen[Any]] = []

    def start_agent(self) -> subprocess.Popen[Any]:
        """In the gateway's namespace, with nothing but its credential."""
        key = settings.PLAN_KEY().public_key().public_bytes_raw()
        file = self.folder / "credential.json"
        file.write_text(json.dumps(agent_credential(self.instance, "GW", key)), encoding="utf-8")
        file.chmod(0o600)
        line = [PYTHON, "-m", "simpul", "agent", "--credential", str(file), "--state", str(self.folder / "state")]
        with self.lab.inside("GW"), (self.folder / "agent.log").open("ab") as log:
            return self._kept(subprocess.Popen(line, env=environment(), stdout=log, stderr=log))

    def start_controller(self) -> subprocess.Popen[Any]:
        """As a process on the test's database."""
        database = str(connection.settings_dict["NAME"])
        path = {"PYTHONPATH": f"{TESTS.parent / 'src'}:{TESTS}"}
        environ = {**environment(), **path, "SIMPUL_CONFIG": os.devnull, "DJANGO_SETTINGS_MODULE": "simpul.settings"}
        environ |= {name: value for name, value in os.environ.items() if name == "SIMPUL_DATA_FOLDER"}
        line = [sys.executable, "-c", START, database, str(self.instance.data.folder)]
        with (self.folder / "controller.log").open("ab") as log:
            return self._kept(subprocess.Popen(line, env=environ, stdout=log, stderr=log))

    def _kept(self, process: subprocess.Popen[Any]) -> subprocess.Popen[Any]:
        self.processes.append(process)
        return process

    def end(self) -> None:
        """Take the agent's work away, so that the next scene begins with a bare gateway."""
        for process in self.processes:
            process.kill()
            process.wait()
        for device in ("lan", "wan1", "wan2"):
            self.lab.start("GW", ["tc", "qdisc", "del", "dev", device, "root"], check=False)
        self.lab.start("GW", ["nft", "delete", "table", "inet", "simpul"], check=False)
        self.lab.restore()

    def order(self, seconds: int = 60, **more: Any) -> PlanVersion:
        """A new plan on its way."""
        return apply(CLERK, draft(CLERK, self.town.gateway), seconds, **more)

    def classes(self) -> list[str]:
        """Every class of the port inwards but what changes by itself: rates follow demand, so only ceilings count."""
        shown = self.lab.run("GW", ["tc", "class", "show", "dev", "lan"])
        return sorted(re.sub(r" (rate|burst|cburst) \S+", "", line) for line in shown.splitlines())

    def ceilings(self) -> set[str]:
        """The ceilings that classes of the port inwards have."""
        return set(re.findall(r"ceil (\S+)", "\n".join(self.classes())))

    def words(self) -> str:
        """What agent and controller wrote, for a test that fails."""
        rows = [f"{row.number} {row.state} {row.reason}" for row in PlanVersion.objects.all()]
        return "\n".join([*rows, *(path.read_text(errors="replace")[-3000:] for path in self.folder.glob("*.log"))])


def becomes(scene: Scene, version: PlanVersion, state: str) -> PlanVersion:
    """The row, once it is so."""

    def there() -> bool:
        version.refresh_from_db()
        return version.state == state

    until(there, otherwise=scene.words)
    return version
