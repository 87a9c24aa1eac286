"""What the agent of a gateway may do on the bus: speak below its own name, hear what is asked of it, nothing else."""

from __future__ import annotations

import asyncio
import os
import re
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError

from simpul.configuration import Configuration, ConfigurationError, load
from simpul.engines.nats import Bus, Config, NoAnswer
from simpul.kit.problem import Problem
from simpul.up import bus_access
from simpul.up.bus_login import bus_login
from simpul.up.folder import make_folder
from simpul.up.ports import any_free_port
from up.bus_server import PASSWORD, BusServer
from up.processes import PYTHON, environment

AGENTS = {"GW-A": "password of a", "GW-B": "password of b"}


async def echo(subject: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"subject": subject, **payload}


@asynccontextmanager
async def connected(*clients: Bus) -> AsyncIterator[None]:
    for each in clients:
        await each.start()
    try:
        for each in clients:
            await each.connected(within=20)
        yield
    finally:
        for each in clients:
            await each.stop()


def owner(server: BusServer) -> Bus:
    return Bus(server.config("simpul", PASSWORD))


def agent(server: BusServer, name: str) -> Bus:
    return Bus(server.config(f"agent-{name}", AGENTS[name]))


def test_controller_and_agent_ask_each_other(server: BusServer) -> None:
    async def scenario() -> list[dict[str, Any]]:
        server.start(AGENTS)
        controller, gateway = owner(server), agent(server, "GW-A")
        await controller.subscribe("agent.*.ask", echo)
        await gateway.subscribe("agent.GW-A.do.*", echo)
        async with connected(controller, gateway):
            return [
                await controller.request("agent.GW-A.do.apply", {"n": 1}, within=20),
                await gateway.request("agent.GW-A.ask", {"n": 2}, within=20),
                # One answer for each request, however many there are.
                await controller.request("agent.GW-A.do.status", {"n": 3}, within=20),
            ]

    assert asyncio.run(scenario()) == [
        {"subject": "agent.GW-A.do.apply", "n": 1},
        {"subject": "agent.GW-A.ask", "n": 2},
        {"subject": "agent.GW-A.do.status", "n": 3},
    ]


class Thief:
    """Whoever has an agent's password, with a client that checks nothing by itself."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.client = Client()
        self.refused: list[str] = []
        self.heard: list[str] = []

    async def connect(self) -> None:
        async def note(error: Exception) -> None:
            self.refused.append(str(error))

        login = Bus(self.config)._credentials()
        await self.client.connect(self.config.url, **login, error_cb=note, allow_reconnect=False)

    async def settle(self) -> None:
        """Until the server has answered all that was said, refusals included."""
        for _ in range(2):
            await self.client.flush(timeout=10)

    async def subscribe(self, subject: str) -> None:
        async def hear(message: Any) -> None:
            self.heard.append(message.subject)

        await self.client.subscribe(subject, cb=hear)
        await self.settle()


async def with_thief(server: BusServer, act: Callable[[Thief, list[str]], Coroutine[Any, Any, None]]) -> Thief:
    """Run `act` with the password of GW-A beside a controller and GW-B; it is told what those two heard."""
    server.start(AGENTS)
    heard: list[str] = []

    async def hear(subject: str, _: dict[str, Any]) -> None:
        heard.append(subject)

    controller, other = owner(server), agent(server, "GW-B")
    await controller.subscribe(">", hear)
    thief = Thief(server.config("agent-GW-A", AGENTS["GW-A"]))
    async with connected(controller, other):
        await other.subscribe("agent.GW-B.do.>", echo)
        await thief.connect()
        try:
            await act(thief, heard)
            # Something of everything that goes on.
            await controller.request("agent.GW-B.do.apply", {}, within=20)
            await other.publish("agent.GW-B.report", {})
            await controller.publish("agent.GW-A.report", {})
            await controller.publish("lab.status", {})
            with suppress(NoAnswer):
                await controller.request("agent.GW-A.do.apply", {}, within=1)
            await thief.settle()
        finally:
            await thief.client.close()
    return thief


FOREIGN = [
    "agent.GW-B.report",
    "agent.GW-B.do.panic",
    "agent.GW-B.told",
    "agent.GW-A",
    # Not even to itself: only the controller gives orders.
    "agent.GW-A.do.panic",
    "lab.drill",
    "lab.up",
    "nudge",
    "_INBOX.simpul.x.y",
    "_INBOX.agent-GW-B.x.y",
    "$SYS.REQ.SERVER.PING",
]


def test_it_speaks_nowhere_but_below_its_own_name(server: BusServer) -> None:
    async def act(thief: Thief, heard: list[str]) -> None:
        for subject in (*FOREIGN, "agent.GW-A.last"):
            await thief.client.publish(subject, b"{}")
        await thief.settle()
        async with asyncio.timeout(10):
            while "agent.GW-A.last" not in heard:  # noqa: ASYNC110 (what is tested is what was heard)
                await asyncio.sleep(0.02)
        assert set(heard) & set(FOREIGN) == set()

    thief = asyncio.run(with_thief(server, act))
    assert refused(thief, "publish") == FOREIGN


OTHERS = [
    ">",
    "*.>",
    "agent.>",
    "agent.*.report",
    "agent.*.do.apply",
    "agent.GW-B.>",
    "agent.GW-B.do.apply",
    "agent.GW-A.report",
    "lab.status",
    "_INBOX.>",
    "_INBOX.simpul.>",
    "_INBOX.agent-GW-B.>",
    "$SYS.>",
]


def test_it_hears_nothing_that_is_not_for_it(server: BusServer) -> None:
    async def act(thief: Thief, _: list[str]) -> None:
        for subject in OTHERS:
            await thief.subscribe(subject)

    thief = asyncio.run(with_thief(server, act))
    assert refused(thief, "subscription") == OTHERS
    assert thief.heard == []


def refused(thief: Thief, what: str) -> list[str]:
    """Subjects that the server's refusals name, in their order; they come in small letters."""
    known = {subject.lower(): subject for subject in (*FOREIGN, *OTHERS)}
    found = [re.search(rf'permissions violation for {what} to "([^"]+)"', text.lower()) for text in thief.refused]
    return [known[each[1]] for each in found if each]


def test_it_answers_once_and_only_who_asked(server: BusServer) -> None:
    replies: list[str] = []

    async def act(thief: Thief, heard: list[str]) -> None:
        async def answer(message: Any) -> None:
            replies.append(message.reply)
            await message.respond(b'{"first": 1}')
            await message.respond(b'{"second": 2}')

        await thief.client.subscribe("agent.GW-A.do.>", cb=answer)
        await thief.settle()

    thief = asyncio.run(with_thief(server, act))
    assert len(replies) == 1
    assert [text for text in thief.refused if replies[0].lower() in text.lower()] != []


def test_another_agents_password_is_refused(server: BusServer) -> None:
    async def scenario() -> None:
        server.start(AGENTS)
        for user, password in (("agent-GW-A", AGENTS["GW-B"]), ("simpul", AGENTS["GW-A"]), ("agent-GW-C", "x")):
            thief = Thief(server.config(user, password))
            with pytest.raises(NatsError, match="uthorization"):
                await thief.connect()
            await thief.client.close()

    asyncio.run(scenario())


@pytest.fixture
def settings(tmp_path: Path) -> Configuration:
    """An instance with two gateways, never started."""
    return instance(tmp_path, SIMPUL_BUS_AGENTS="GW-A, GW-B", SIMPUL_BUS_NAMES="198.51.100.7,bus.example.org")


def instance(folder: Path, **more: str) -> Configuration:
    made = load(environ={"SIMPUL_CONFIG": os.devnull, "SIMPUL_DATA_FOLDER": str(folder / "d"), **more})
    make_folder(made.data)
    return made


def test_passwords_follow_from_the_key_and_the_name(settings: Configuration) -> None:
    first, second = (bus_access.agent_password(settings, name) for name in ("GW-A", "GW-B"))
    assert first != second
    assert first == bus_access.agent_password(settings, "GW-A")
    assert len(first) == 43
    (settings.data.folder / "bus.key").unlink()
    assert first != bus_access.agent_password(settings, "GW-A")


def test_a_short_token_cannot_be_guessed_from_an_agents_password(tmp_path: Path, settings: Configuration) -> None:
    other = instance(tmp_path, SIMPUL_BUS_TOKEN="1234")
    assert bus_access.bus_password(other) == "1234"
    assert bus_access.agent_password(other, "GW-A") == bus_access.agent_password(settings, "GW-A")


def test_a_credential_before_the_first_start_says_what_to_do(settings: Configuration) -> None:
    with pytest.raises(Problem, match=r"bus-ca\.pem does not exist\. Start Simpul once"):
        bus_access.agent_credential(settings, "GW-A", b"k" * 32)
    with pytest.raises(Problem, match=r"GW-C: no such agent \(bus\.agents: GW-A, GW-B\)\. Add it"):
        bus_access.agent_credential(settings, "GW-C", b"k" * 32)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "tls://127.0.0.1:4222"),
        ({"HOST": "::1", "PORT": "5000"}, "tls://[::1]:5000"),
        ({"HOST": "0.0.0.0", "NAMES": "198.51.100.7,x.example.org"}, "tls://198.51.100.7:4222"),
        ({"NAMES": "198.51.100.7", "AGENTS_URL": "tls://bus.example.org:443"}, "tls://bus.example.org:443"),
        ({"URL": "tls://me:secret@bus.example.org:4222"}, "tls://bus.example.org:4222"),
    ],
)
def test_agents_dial(tmp_path: Path, given: dict[str, str], expected: str) -> None:
    made = instance(tmp_path, **{f"SIMPUL_BUS_{key}": value for key, value in given.items()})
    assert bus_access.agents_url(made) == expected


def test_an_external_bus_is_told_what_is_configured(tmp_path: Path) -> None:
    made = instance(tmp_path, SIMPUL_BUS_URL="tls://bus.example.org", SIMPUL_BUS_TOKEN="t", SIMPUL_BUS_CA="/etc/ca.pem")
    login = bus_login(made, "control")
    assert (login.user, login.token, login.ca) == ("", "t", Path("/etc/ca.pem"))
    made = instance(tmp_path, SIMPUL_BUS_URL="tls://me:pw@bus.example.org")
    assert (bus_login(made, "control").token, bus_login(made, "control").ca) == ("", None)


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("agents", '["GW.A"]', '"GW.A" cannot be an agent\'s name'),
        ("agents", '["GW *"]', "letters, digits, - and _"),
        ("agents", '[">"]', "cannot be an agent's name"),
        ("agents", '["-a"]', "cannot be an agent's name"),
        ("agents", '["' + "a" * 61 + '"]', "at most 60"),
        ("agents", '["A", "B", "A"]', '"A" is named twice'),
        ("names", '["bus..example"]', "neither a host name nor an address"),
        ("names", '["*.example.org"]', "neither a host name nor an address"),
        ("names", '["a b"]', "neither a host name nor an address"),
        ("host", '"here"', "is no address of this machine"),
        ("agents_url", '"nats://h:4222"', "no address that agents can dial"),
        ("agents_url", '"tls://u:p@h:4222"', "no address that agents can dial"),
        ("url", '"http://u:secret@h"', "this is no bus address"),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, key: str, value: str, complaint: str) -> None:
    file = tmp_path / "simpul.toml"
    file.write_text(f"[bus]\n{key} = {value}\n")
    with pytest.raises(ConfigurationError) as caught:
        load(file, {})
    assert complaint in str(caught.value)
    assert "secret" not in str(caught.value)


class Instance:
    """`simpul up --only bus` on one folder, with the settings of the moment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = {"SIMPUL_CONFIG": os.devnull, "SIMPUL_DATA_FOLDER": str(folder)}
        self.settings["SIMPUL_BUS_PORT"] = str(any_free_port())

    @asynccontextmanager
    async def running(self, **more: str) -> AsyncIterator[Configuration]:
        environ = environment(**self.settings, **more)
        line = [PYTHON, "-m", "simpul", "up", "--only", "bus", "--json"]
        process = await asyncio.create_subprocess_exec(*line, env=environ, stdout=PIPE, stderr=DEVNULL)
        try:
            assert process.stdout is not None
            assert await process.stdout.readline()
            yield load(environ=environ)
        finally:
            process.terminate()
            await process.communicate()


async def dial(credential: dict[str, Any]) -> bool:
    """Connect as the agent does, with nothing but its credential; whether it is let in and may listen."""
    bus = Bus(Config(credential["url"], credential["user"], credential["password"], ca=credential["ca"]))
    name = credential["name"]
    await bus.subscribe(f"agent.{name}.do.>", echo)
    async with connected(bus):
        return bus.health().state == "up"


def test_a_gateway_added_later_and_an_old_data_folder(tmp_path: Path) -> None:
    """A folder of earlier days has a bus key and no certificate; its agents stay known over every restart."""
    started = Instance(tmp_path / "d")
    make_folder(instance(tmp_path).data)
    key = tmp_path / "d" / "bus.key"
    key.write_text("the-key-of-earlier-days\n")
    key.chmod(0o600)

    async def scenario() -> None:
        async with started.running(SIMPUL_BUS_AGENTS="GW-A") as now:
            first = bus_access.agent_credential(now, "GW-A", b"k" * 32)
            assert await dial(first)
            control = Bus(bus_login(now, "control"))
            async with connected(control):
                assert bus_access.bus_password(now) == "the-key-of-earlier-days"
        async with started.running(SIMPUL_BUS_AGENTS="GW-A,GW-B", SIMPUL_BUS_NAMES="bus.example.org") as now:
            second = bus_access.agent_credential(now, "GW-B", b"k" * 32)
            assert second["url"].startswith("tls://bus.example.org:")
            assert (second["ca"], second["user"]) == (first["ca"], "agent-GW-B")
            for each in (first, second | {"url": first["url"]}):
                assert await dial(each)
        async with started.running(SIMPUL_BUS_AGENTS="GW-B"):
            bus = Bus(Config(first["url"], first["user"], first["password"], ca=first["ca"], first_delay=0.05))
            await bus.start()
            async with asyncio.timeout(20):
                while "uthorization" not in bus.health().detail:  # noqa: ASYNC110 (what is tested is the health)
                    await asyncio.sleep(0.02)
            await bus.stop()

    asyncio.run(scenario())
    assert key.read_text() == "the-key-of-earlier-days\n"
    log = (tmp_path / "d" / "log" / "simpul.log").read_text().splitlines()
    # The supervisor looks once a second, and that is no trouble worth a line.
    assert [line for line in log if "TLS handshake error" in line] == []
