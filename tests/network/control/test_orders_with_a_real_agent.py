"""From the database to the kernel: carried by the controller, done by the agent, taken back when it is cut off."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from network.control.alone import START
from network.small import Standing, small_network
from simpul.configuration import Configuration, load
from simpul.lab.network.plan import Network
from simpul.register.service import create_prefix
from simpul.traffic import reports
from simpul.traffic.models import PlanVersion
from simpul.traffic.service import apply, confirm, draft, panic, set_share
from simpul.up.bus_access import agent_credential
from simpul.up.folder import make_folder
from traffic.small_town import CLERK, MBIT, Town, build_town
from up.processes import PYTHON, environment

pytestmark = pytest.mark.django_db(transaction=True)
State = PlanVersion.State
CENTER = "198.18.0.66"
TESTS = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def lab(raise_lab: Callable[[Network], Standing]) -> Standing:
    """A gateway with two ways out; the sandbox's own namespace is the center, behind the first site."""
    return raise_lab(small_network(sites=4, providers=2, center=True))


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory, lab: Standing) -> Iterator[Configuration]:
    """A running bus that lets the agent of GW in by the address of the center."""
    folder = tmp_path_factory.mktemp("i") / "d"
    environ = environment(
        SIMPUL_CONFIG=os.devnull,
        SIMPUL_DATA_FOLDER=str(folder),
        SIMPUL_BUS_HOST="0.0.0.0",
        SIMPUL_BUS_NAMES=CENTER,
        SIMPUL_BUS_AGENTS="GW",
    )
    configuration = load(environ=environ)
    make_folder(configuration.data)
    line = [PYTHON, "-m", "simpul", "up", "--only", "bus", "--json"]
    with subprocess.Popen(line, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as tree:
        assert tree.stdout is not None
        assert tree.stdout.readline()
        yield configuration
        tree.terminate()


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


@pytest.fixture
def scene(transactional_db: None, lab: Standing, instance: Configuration, tmp_path: Path) -> Iterator[Scene]:
    """Agent and controller run; no plan yet."""
    town = build_town()
    create_prefix(CLERK, cidr="198.18.0.64/26", purpose="management")
    made = Scene(town, lab, instance, tmp_path)
    try:
        made.start_agent()
        made.start_controller()
        yield made
    finally:
        made.end()


def until(holds: Callable[[], bool], scene: Scene, seconds: float = 40) -> None:
    """Return as soon as `holds()`."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, scene.words()
        time.sleep(0.1)


def becomes(scene: Scene, version: PlanVersion, state: str, seconds: float = 40) -> PlanVersion:
    """The row, once it is so."""

    def there() -> bool:
        version.refresh_from_db()
        return version.state == state

    until(there, scene, seconds)
    return version


def test_an_order_reaches_the_kernel_and_stays_once_confirmed(scene: Scene) -> None:
    version = becomes(scene, scene.order(), State.APPLIED)
    assert "20Mbit" in scene.ceilings()
    confirm(CLERK, version)
    becomes(scene, version, State.CONFIRMED)
    run = scene.instance.data.run

    def reported() -> bool:
        heard = reports.heard(run, "GW")
        return heard is not None and heard.report["number"] == 1 and not heard.report["pending"]

    until(reported, scene)
    heard = reports.heard(run, "GW")
    assert heard is not None
    assert set(heard.report["nodes"]) == {"OFFICES", "PUBLIC", *scene.town.sites}
    assert {name: row["alive"] for name, row in heard.report["uplinks"].items()} == {"UP-1": True, "UP-2": True}


def test_a_plan_during_which_the_agent_is_cut_off_is_taken_back_by_itself(scene: Scene) -> None:
    becomes(scene, scene.order(unattended=True), State.CONFIRMED)
    before = scene.classes()
    set_share(CLERK, scene.town.sites["PARK"], ceiling_down_bps=7 * MBIT)
    second = becomes(scene, scene.order(6), State.APPLIED)
    assert "7Mbit" in scene.ceilings()
    scene.lab.cut("L-S01")
    until(lambda: scene.classes() == before, scene)
    assert "7Mbit" not in scene.ceilings()
    second.refresh_from_db()
    assert second.state == State.APPLIED
    scene.lab.restore("L-S01")
    scene.lab.lab.converge()
    becomes(scene, second, State.REVERTED, 60)
    assert PlanVersion.objects.get(number=1).state == State.CONFIRMED


def test_killing_the_controller_changes_nothing_and_loses_nothing(scene: Scene) -> None:
    first = becomes(scene, scene.order(unattended=True), State.CONFIRMED)
    before = scene.classes()
    controller = scene.processes[1]
    controller.kill()
    controller.wait()
    set_share(CLERK, scene.town.sites["PARK"], ceiling_down_bps=7 * MBIT)
    second = scene.order(unattended=True)
    time.sleep(3)
    assert scene.classes() == before
    scene.start_controller()
    becomes(scene, second, State.CONFIRMED)
    assert "7Mbit" in scene.ceilings()
    first.refresh_from_db()
    assert first.state == State.SUPERSEDED


def test_an_emergency_order_reaches_the_gateway(scene: Scene) -> None:
    becomes(scene, scene.order(unattended=True), State.CONFIRMED)
    order = panic(CLERK, scene.town.gateway, "equal")

    def done() -> bool:
        order.refresh_from_db()
        return order.done_at is not None

    until(done, scene)
    run = scene.instance.data.run
    until(lambda: (heard := reports.heard(run, "GW")) is not None and heard.report["panic"] == "equal", scene)
