"""The bus: messages and answers with the token, nothing without it, and a client that comes back."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simpul.engines.nats import Bus, Config, NoAnswer
from simpul.engines.nats_server import check_version, find_program, write_settings
from simpul.kit.problem import Problem
from simpul.up.ports import any_free_port

# With a quote, since it is written into a file with a syntax of its own.
TOKEN = 'se"cret'
Server = subprocess.Popen[bytes]


@pytest.fixture
def port() -> int:
    return any_free_port()


@pytest.fixture
def start_server(tmp_path: Path, port: int) -> Iterator[Callable[[], Server]]:
    running: list[Server] = []

    def begin() -> Server:
        write_settings(tmp_path / "nats.conf", port, TOKEN)
        server = subprocess.Popen(
            [find_program(""), "-c", tmp_path / "nats.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        running.append(server)
        return server

    yield begin
    for server in running:
        server.kill()
        server.wait()


def client(port: int, token: str = TOKEN) -> Bus:
    return Bus(Config(f"nats://127.0.0.1:{port}", token, first_delay=0.05))


def test_messages_and_answers_travel_with_the_token(start_server: Callable[[], Server], port: int) -> None:
    heard: list[tuple[str, dict[str, Any]]] = []

    async def listen(subject: str, payload: dict[str, Any]) -> dict[str, Any]:
        heard.append((subject, payload))
        return {"twice": payload["n"] * 2}

    async def scenario() -> dict[str, Any]:
        one, other = client(port), client(port)
        await one.subscribe("live.*", listen)
        await one.start()
        await other.start()
        start_server()
        await one.connected(within=20)
        await other.connected(within=20)
        await other.publish("live.a", {"n": 1})
        answer = await other.request("live.b", {"n": 21}, within=20)
        assert other.health().state == "up"
        await one.stop()
        await other.stop()
        return answer

    assert asyncio.run(scenario()) == {"twice": 42}
    assert heard == [("live.a", {"n": 1}), ("live.b", {"n": 21})]


def test_without_the_token_there_is_no_bus(start_server: Callable[[], Server], port: int) -> None:
    async def scenario() -> None:
        start_server()
        right, wrong = client(port), client(port, token="guess")
        await right.start()
        await right.connected(within=20)
        await wrong.start()
        with pytest.raises(TimeoutError):
            await wrong.connected(within=0.5)
        assert wrong.health().state == "starting"
        assert "uthorization" in wrong.health().detail
        with pytest.raises(NoAnswer):
            await wrong.request("live.a", {})
        await right.stop()
        await wrong.stop()

    asyncio.run(scenario())


def test_a_client_comes_back_with_its_subscriptions_when_the_server_does(
    start_server: Callable[[], Server], port: int
) -> None:
    async def echo(_: str, payload: dict[str, Any]) -> dict[str, Any]:
        return payload

    async def scenario() -> None:
        server = start_server()
        one, other = client(port), client(port)
        await one.subscribe("echo", echo)
        for each in (one, other):
            await each.start()
            await each.connected(within=20)
        server.kill()
        server.wait()
        async with asyncio.timeout(5):
            while "up" in {each.health().state for each in (one, other)}:  # noqa: ASYNC110 (what is tested is the health)
                await asyncio.sleep(0.02)
        await other.publish("echo", {"lost": True})
        assert other.health().counters["dropped"] == 1
        start_server()
        for each in (one, other):
            await each.connected(within=20)
        assert await other.request("echo", {"again": 1}, within=20) == {"again": 1}
        await one.stop()
        await other.stop()

    asyncio.run(scenario())


def test_nobody_listening_is_no_answer_at_once(start_server: Callable[[], Server], port: int) -> None:
    async def scenario() -> None:
        start_server()
        bus = client(port)
        await bus.start()
        await bus.connected(within=20)
        with pytest.raises(NoAnswer, match="nobody"):
            await bus.request("nobody", {}, within=60)
        await bus.stop()

    asyncio.run(asyncio.wait_for(scenario(), 30))


def test_the_servers_settings_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    write_settings(tmp_path / "nats.conf", 4222, "secret")
    assert (tmp_path / "nats.conf").stat().st_mode & 0o777 == 0o600


def test_the_installed_server_is_as_new_as_the_tested_one() -> None:
    assert check_version(find_program("")) >= (2, 15, 1)


@pytest.mark.parametrize(
    ("answer", "complaint"), [("nats-server: v2.9.0", "2.9.0; at least 2.15.1"), ("hello", "is no nats-server")]
)
def test_an_unfit_server_is_refused_with_the_remedy(tmp_path: Path, answer: str, complaint: str) -> None:
    program = tmp_path / "nats-server"
    program.write_text(f"#!/bin/sh\necho '{answer}'\n")
    program.chmod(0o755)
    with pytest.raises(Problem, match=complaint):
        check_version(find_program(str(program)))
