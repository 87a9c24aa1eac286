"""A gateway with an agent for tests: plans of the small network, the agent as a process or inside the test."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from network.small import GATEWAY, Standing, site_blocks
from simpul.engines.netlink_tc import ClassState, Tc
from simpul.lab.network.plan import SERVERS
from simpul.traffic.agent.gateway import Gateway
from simpul.traffic.agent.memory import Memory
from simpul.traffic.agent.state import Folder
from simpul.traffic.agent.trouble import Trouble
from simpul.traffic.logic.plan import Plan
from simpul.traffic.logic.plan_file import plan_from_data
from up.processes import PYTHON, environment

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
    """Sites with their weights below a group of each uplink; `nodes` says more of one, or another parent."""
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
            process.wait(timeout=120)
        forget(lab)


def start_agent(lab: Standing, folder: Path, data: Mapping[str, Any]) -> subprocess.Popen[str]:
    """Returns when all classes stand and have been looked at twice."""
    file = folder / "plan.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    log = (folder / "agent.log").open("a", encoding="utf-8")
    argv = [PYTHON, "-m", "simpul", "agent", "--plan", str(file), "--state", str(folder / "state")]
    with lab.inside(GATEWAY), log:
        process = subprocess.Popen(argv, env=environment(), stdout=log, stderr=log, text=True)
    deadline = time.monotonic() + 120
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
    made = Gateway(Memory(state, trouble), trouble)
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


def echoes(lab: Standing, site: str, family: int, count: int) -> int:
    """How many of so many echo requests of a site's client the internet answers."""
    source, target = lab.clients(site)[0][family == 6], SERVERS[family == 6]
    protocol = socket.IPPROTO_ICMPV6 if family == 6 else socket.IPPROTO_ICMP
    kind = socket.AF_INET6 if family == 6 else socket.AF_INET
    with lab.inside(site):
        Path("/proc/sys/net/ipv4/ping_group_range").write_text("0 0", encoding="ascii")
        door = socket.socket(kind, socket.SOCK_DGRAM, protocol)
    answered = 0
    with door:
        door.bind((source, 0))
        door.settimeout(1)
        for number in range(count):
            door.sendto(bytes([128 if family == 6 else 8, 0, 0, 0, 0, 0, 0, number]) + bytes(56), (target, 0))
            with contextlib.suppress(TimeoutError):
                answered += bool(door.recv(256))
    return answered
