"""An agent on its gateway reaches the bus over the network, with nothing but its credential."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from network.bus import running_bus
from simpul.configuration import Configuration
from simpul.up.bus_access import agent_credential
from simpul.up.ports import any_free_port
from up.processes import PYTHON, environment

CENTER, OTHER, GATEWAY = "198.51.100.1", "198.51.100.2", "198.51.100.9"
# What an agent does: connect, listen, ask, within some seconds; its last words are printed.
AGENT = """
import asyncio, json, sys
from simpul.engines.nats import Bus, Config, NoAnswer

async def live():
    given = json.load(sys.stdin)
    bus = Bus(Config(given["url"], given["user"], given["password"], ca=given["ca"], first_delay=0.05))
    async def hear(subject, payload):
        return {"heard": subject}
    await bus.subscribe(f"agent.{given['name']}.do.>", hear)
    await bus.start()
    try:
        await bus.connected(within=5)
        await bus.request(f"agent.{given['name']}.ask", {"number": 0}, within=5)
    except NoAnswer as nobody:
        print(nobody)
    except TimeoutError:
        print(bus.health().detail)
    await bus.stop()

asyncio.run(live())
"""


@pytest.fixture(scope="module")
def gateway() -> Iterator[str]:
    """A namespace joined to this one by a wire."""
    lines = [
        "ip netns add gw",
        "ip link add name to-gw type veth peer name wan netns gw",
        f"ip addr add {CENTER}/24 dev to-gw",
        f"ip addr add {OTHER}/24 dev to-gw",
        "ip link set to-gw up",
        f"ip -n gw addr add {GATEWAY}/24 dev wan",
        "ip -n gw link set wan up",
    ]
    for line in lines:
        subprocess.run(line.split(), check=True)
    yield "gw"
    subprocess.run(["ip", "netns", "del", "gw"], check=True)


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Configuration]:
    """The bus of an instance that lets the gateway in, as the demonstration does in its sandbox."""
    folder = tmp_path_factory.mktemp("instance") / "d"
    with running_bus(folder, CENTER, "GW-A", SIMPUL_BUS_PORT=str(any_free_port())) as configuration:
        yield configuration


def said_by_agent(gateway: str, credential: dict[str, object]) -> str:
    line = ["ip", "netns", "exec", gateway, PYTHON, "-c", AGENT]
    ended = subprocess.run(
        line, input=json.dumps(credential), env=environment(), capture_output=True, text=True, timeout=60, check=True
    )
    return ended.stdout.strip()


def test_it_is_let_in_by_the_address_of_the_center(gateway: str, instance: Configuration) -> None:
    credential = agent_credential(instance, "GW-A", b"k" * 32)
    assert credential["url"] == f"tls://{CENTER}:{instance.bus.port}"
    # Nobody answers since only the bus runs; but the question was allowed and passed on.
    assert said_by_agent(gateway, credential) == "agent.GW-A.ask: nats: no responders available for request"


def test_it_refuses_an_address_that_the_certificate_does_not_name(gateway: str, instance: Configuration) -> None:
    credential = agent_credential(instance, "GW-A", b"k" * 32)
    credential["url"] = f"tls://{OTHER}:{instance.bus.port}"
    assert "IP address mismatch" in said_by_agent(gateway, credential)


def test_the_bus_leaves_no_secret_where_others_may_read(instance: Configuration) -> None:
    folder: Path = instance.data.folder
    kept = [path for path in folder.rglob("*") if path.is_file() and path.parent.name != "log"]
    assert {path.stat().st_mode & 0o077 for path in kept} == {0}
