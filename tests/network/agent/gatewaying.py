"""A gateway with an agent for tests: plans of the small network, the agent as a process or inside the test, load."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from network.small import GATEWAY, Standing, site_blocks
from simpul.engines.netlink_tc import ClassState, Tc
from simpul.lab.network.plan import SERVERS
from simpul.traffic.agent.gateway import Gateway
from simpul.traffic.agent.state import Folder
from simpul.traffic.agent.trouble import Trouble
from simpul.traffic.logic.plan import Plan
from simpul.traffic.logic.plan_file import plan_from_data
from up.processes import PYTHON, environment

# What a full segment has as payload and as a frame of layer 2, with TCP's time stamps; IPv6 carries 20 bytes less.
PAYLOAD = {4: 1448, 6: 1428}
FRAME = 1514
PROBES = {"UP-1": ["203.0.113.1", "2001:db8:a::1"], "UP-2": ["198.51.100.1", "2001:db8:b::1"]}


def plan_data(
    weights: Mapping[str, float],
    down: Sequence[int],
    up: Sequence[int],
    *,
    homes: Mapping[str, str] | None = None,
    nodes: Mapping[str, Mapping[str, Any]] | None = None,
    protected: Sequence[str] = (),
) -> dict[str, Any]:
    """Sites (`S01` ...) with their weights below a group of each uplink; `nodes` says more of one, or another parent."""
    uplinks = [
        {"name": f"UP-{at}", "dev": f"wan{at}", "down": rate_down, "up": rate_up, "probes": PROBES[f"UP-{at}"]}
        for at, (rate_down, rate_up) in enumerate(zip(down, up, strict=True), start=1)
    ]
    rows: list[dict[str, Any]] = [{"name": f"G-{uplink['name']}", "parent": uplink["name"]} for uplink in uplinks]
    for site, weight in weights.items():
        home = (homes or {}).get(site, "UP-1")
        prefixes = [str(block) for block in site_blocks(int(site[1:]))]
        more = (nodes or {}).get(site, {})
        rows.append({"name": site, "parent": f"G-{home}", "weight": weight, "prefixes": prefixes, **more})
    return {"format": 1, "uplinks": uplinks, "lan": ["lan"], "nodes": rows, "protected": list(protected)}


def plan(*args: Any, **named: Any) -> Plan:
    """`plan_data`, read."""
    return plan_from_data(plan_data(*args, **named), "test")


@contextlib.contextmanager
def agent(lab: Standing, folder: Path, data: Mapping[str, Any]) -> Iterator[subprocess.Popen[str]]:
    """`simpul agent` in the gateway, shaping already; ended at the end, if it has not ended before."""
    process = start_agent(lab, folder, data)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=10)
        forget(lab)


def start_agent(lab: Standing, folder: Path, data: Mapping[str, Any]) -> subprocess.Popen[str]:
    """Returns when all classes stand and have been looked at twice."""
    file = folder / "plan.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    log = (folder / "agent.log").open("a", encoding="utf-8")
    argv = [PYTHON, "-m", "simpul", "agent", "--plan", str(file), "--state", str(folder / "state")]
    with lab.inside(GATEWAY), log:
        process = subprocess.Popen(argv, env=environment(), stdout=log, stderr=log, text=True)
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and process.poll() is None:
        if (folder / "state" / "steering.json").exists() and len(classes(lab, "lan")) > len(data["nodes"]):
            time.sleep(1.2)
            return process
        time.sleep(0.1)
    raise AssertionError((folder / "agent.log").read_text(encoding="utf-8"))


@contextlib.contextmanager
def gateway(lab: Standing, folder: Path) -> Iterator[tuple[Gateway, Trouble]]:
    """The agent's gateway inside this thread, which stands in the gateway's namespace; no process, no clock."""
    state = Folder(folder)
    state.take()
    trouble = Trouble(time.monotonic)
    made = Gateway(state, trouble)
    with lab.inside(GATEWAY):
        try:
            yield made, trouble
        finally:
            made.close()
            state.give_back()
    forget(lab)


def forget(lab: Standing) -> None:
    """The gateway as it was before any agent."""
    for device in ("lan", "wan1", "wan2"):
        lab.start(GATEWAY, ["tc", "qdisc", "del", "dev", device, "root"], check=False)
    lab.start(GATEWAY, ["nft", "delete", "table", "inet", "simpul"], check=False)
    for family in ("-4", "-6"):
        for preference in range(5300, 5304):
            lab.start(GATEWAY, ["ip", family, "rule", "del", "pref", str(preference)], check=False)


def classes(lab: Standing, device: str) -> dict[int, ClassState]:
    """The classes of a device of the gateway, by number."""
    with lab.inside(GATEWAY), Tc(device) as tc:
        return {state.handle & 0xFFFF: state for state in tc.classes()}


def seats(folder: Path) -> dict[str, int]:
    """The number of each seat, out of a state folder."""
    found: dict[str, int] = json.loads((folder / "numbers.json").read_text(encoding="utf-8"))["seats"]
    return found


def measured(
    lab: Standing, sites: Mapping[str, int], *, down: bool, seconds: int = 10, settling: int = 4, server: str = "UP-1"
) -> dict[str, float]:
    """Layer-2 bit/s of each site by iperf3's receiver; `sites` says by which family (4 or 6) each one speaks."""
    servers, clients = [], {}
    for port, (site, family) in enumerate(sites.items(), start=5201):
        servers.append(lab.popen(server, ["iperf3", "-s", "-1", "-p", str(port)]))
    time.sleep(0.5)
    for port, (site, family) in enumerate(sites.items(), start=5201):
        source, target = lab.clients(site)[0][family == 6], SERVERS[family == 6]
        argv = ["iperf3", "-c", target, "-p", str(port), "-B", source, "-C", "cubic", "-J"]
        argv += ["-O", str(settling), "-t", str(seconds), *(["-R"] if down else [])]
        clients[site] = lab.popen(site, argv)
    found = {}
    try:
        for site, client in clients.items():
            said, _ = client.communicate(timeout=seconds + settling + 20)
            payload = json.loads(said)["end"]["sum_received"]["bits_per_second"]
            found[site] = payload * FRAME / PAYLOAD[sites[site]]
    finally:
        for process in (*clients.values(), *servers):
            if process.poll() is None:
                process.kill()
            process.communicate()
    return found


def errors(found: Mapping[str, float], weights: Mapping[str, float]) -> dict[str, float]:
    """How far each site's part of the sum is from its part of the weights, relative."""
    total, weight = sum(found.values()), sum(weights[site] for site in found)
    return {site: rate / total / (weights[site] / weight) - 1 for site, rate in found.items()}


class Fetchers:
    """Sites that fetch all they can get over TCP, and connect again whenever their connection breaks."""

    PORT = 5300

    def __init__(self, lab: Standing, sites: Sequence[str], servers: Sequence[str]) -> None:
        self.octets = dict.fromkeys(sites, 0)
        self._stop = threading.Event()
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._serve, args=(lab, name), daemon=True) for name in servers]
        self._threads += [threading.Thread(target=self._fetch, args=(lab, site), daemon=True) for site in sites]
        for thread in self._threads:
            thread.start()

    def rates(self, seconds: float) -> dict[str, float]:
        """Layer-2 bit/s of each site over the next seconds."""
        before, began = dict(self.octets), time.monotonic()
        time.sleep(seconds)
        span = time.monotonic() - began
        return {site: (count - before[site]) * 8 * FRAME / PAYLOAD[4] / span for site, count in self.octets.items()}

    def stop(self) -> None:
        """End all threads."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=5)

    def _serve(self, lab: Standing, name: str) -> None:
        with lab.inside(name):
            door = socket.create_server((SERVERS[0], self.PORT), backlog=64)
        door.settimeout(0.2)
        with door:
            while not self._stop.is_set():
                with contextlib.suppress(TimeoutError):
                    client, _ = door.accept()
                    threading.Thread(target=self._pour, args=(client,), daemon=True).start()

    def _pour(self, client: socket.socket) -> None:
        client.settimeout(2)
        with client, contextlib.suppress(OSError):
            while not self._stop.is_set():
                client.sendall(bytes(65536))

    def _fetch(self, lab: Standing, site: str) -> None:
        source = lab.clients(site)[0][0]
        while not self._stop.is_set():
            with lab.inside(site):
                door = socket.socket()
            with door, contextlib.suppress(OSError):
                door.settimeout(1)
                door.bind((source, 0))
                door.connect((SERVERS[0], self.PORT))
                while not self._stop.is_set() and (got := len(door.recv(65536))):
                    self.octets[site] += got
            time.sleep(0.05)
