"""The bus: messages and answers over TLS with the password, nothing without, and a client that comes back."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clocks import HeldClock
from simpul.engines.certificate_store import Store
from simpul.engines.nats import Bus, Config, NoAnswer
from simpul.engines.nats_server import check_version, find_program, running
from simpul.engines.nats_users import without_secrets
from simpul.kit.problem import Problem
from simpul.up import renewal
from up.bus_server import LOOPBACK, PASSWORD, BusServer
from waiting import becomes


@asynccontextmanager
async def started(*clients: Bus) -> AsyncIterator[None]:
    """Clients that are connected, and stopped afterwards."""
    for each in clients:
        await each.start()
    try:
        for each in clients:
            await each.connected(within=120)
        yield
    finally:
        for each in clients:
            await each.stop()


def client(server: BusServer, password: str = PASSWORD, **more: Any) -> Bus:
    return Bus(server.config("simpul", password, **more))


async def echo(_: str, payload: dict[str, Any]) -> dict[str, Any]:
    return payload


async def why_refused(bus: Bus) -> str:
    """What a client says that is not let in; that nobody listens yet is no refusal."""

    def said() -> str:
        detail = bus.health().detail
        return "" if detail == "not connected yet" or "Connect call failed" in detail else detail

    await bus.start()
    try:
        await becomes(said)
        assert bus.health().state == "starting"
        return said()
    finally:
        await bus.stop()


def test_messages_and_answers_travel_with_the_password(server: BusServer) -> None:
    heard: list[tuple[str, dict[str, Any]]] = []

    async def listen(subject: str, payload: dict[str, Any]) -> dict[str, Any]:
        heard.append((subject, payload))
        return {"twice": payload["n"] * 2}

    async def scenario() -> dict[str, Any]:
        one, other = client(server), client(server)
        await one.subscribe("live.*", listen)
        await one.start()
        # Started before there is a server, and before its authority was ever made.
        await asyncio.sleep(0.2)
        server.start()
        async with started(other):
            await one.connected(within=120)
            await other.publish("live.a", {"n": 1})
            answer = await other.request("live.b", {"n": 21}, within=120)
            assert other.health().state == "up"
        await one.stop()
        return answer

    assert asyncio.run(scenario()) == {"twice": 42}
    assert heard == [("live.a", {"n": 1}), ("live.b", {"n": 21})]


def test_a_server_that_answers_nothing_any_more_keeps_nobody_from_leaving(server: BusServer) -> None:
    async def scenario() -> None:
        server.start()
        bus = client(server)
        await bus.start()
        await bus.connected(within=120)
        server.signal(signal.SIGSTOP)
        # The library alone would wait for the server for half a minute, and longer for what was not written.
        async with asyncio.timeout(25):
            await bus.stop()
        server.signal(signal.SIGCONT)
        # The cut off connection ends properly now, before the loop does.
        await asyncio.sleep(0.3)

    asyncio.run(scenario())


def test_without_the_password_there_is_no_bus(server: BusServer) -> None:
    async def scenario() -> None:
        server.start()
        async with started(client(server)):
            wrong = client(server, "guess")
            assert "uthorization" in await why_refused(wrong)
            with pytest.raises(NoAnswer):
                await wrong.request("live.a", {})

    asyncio.run(scenario())


def test_a_client_refuses_a_server_of_another_authority(server: BusServer, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    stranger = BusServer(tmp_path / "other")
    stranger.port = server.port
    stranger.start()
    server.start()
    try:
        for distrustful in (client(server, ca=None), client(server, ca=server.store.authority)):
            server.end()
            assert "certificate verify failed" in asyncio.run(why_refused(distrustful))
        # It sent nothing: a server that had been shown a password would have said that it was wrong.
        assert "uthorization" not in stranger.log.read_text()
    finally:
        stranger.end()


def test_a_client_refuses_a_server_that_is_called_otherwise(server: BusServer) -> None:
    server.start(names=("192.0.2.10",))
    assert "IP address mismatch" in asyncio.run(why_refused(client(server)))


def test_a_client_never_shows_its_password_in_plain_text() -> None:
    """A stranger in the server's place may say that no TLS is wanted."""
    heard = bytearray()

    async def pretend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id": "x", "version": "2.15.1", "auth_required": true, "headers": true}\r\n')
        heard.extend(await reader.read(4096))
        writer.close()

    async def scenario(address: str, **login: Any) -> str:
        stranger = await asyncio.start_server(pretend, "127.0.0.1", 0)
        port = stranger.sockets[0].getsockname()[1]
        async with stranger:
            return await why_refused(Bus(Config(address.format(port), first_delay=0.05, **login)))

    said = asyncio.run(scenario("tls://127.0.0.1:{}", user="simpul", password="s3cret"))
    assert said == "the server speaks no TLS, so the password was not sent"
    assert said == asyncio.run(scenario("tls://127.0.0.1:{}", token="s3cret"))
    assert said == asyncio.run(scenario("tls://me:s3cret@127.0.0.1:{}"))
    assert heard == b""


def test_the_server_speaks_with_nobody_in_plain_text(server: BusServer) -> None:
    server.start()

    async def wait() -> None:
        async with started(client(server)):
            pass

    asyncio.run(wait())
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as plain:
        said = plain.recv(4096)
        assert json.loads(said.removeprefix(b"INFO "))["tls_required"] is True
        assert b"127.0.0.1:" not in said.split(b"connect_urls")[-1]
        plain.sendall(b'CONNECT {"user":"simpul","pass":"se\\"cret","verbose":true}\r\nPING\r\n')
        try:
            said = b"".join(iter(lambda: plain.recv(4096), b""))
        except ConnectionError:
            said = b""
    assert b"PONG" not in said
    assert b"+OK" not in said


def test_a_login_may_stand_in_the_address(server: BusServer) -> None:
    server.start()
    address = f"tls://simpul:{PASSWORD}@127.0.0.1:{server.port}"

    async def scenario() -> str:
        bus = Bus(Config(address, ca=server.store.authority, first_delay=0.05))
        async with started(bus):
            return bus.health().detail

    assert asyncio.run(scenario()) == f"tls://127.0.0.1:{server.port}" == without_secrets(address)


def test_a_request_cannot_make_us_speak_elsewhere(server: BusServer) -> None:
    """Else whoever may ask us could have us say our answer wherever we may speak."""
    heard: list[str] = []

    async def listen(subject: str, _: dict[str, Any]) -> dict[str, Any]:
        heard.append(subject)
        return {"order": None}

    async def scenario() -> None:
        server.start()
        bus = client(server)
        await bus.subscribe(">", listen)
        async with started(bus):
            assert bus._client is not None
            await bus._client.publish("agent.A.ask", b"{}", reply="agent.B.do.panic")
            await bus._client.flush()
            await bus.publish("last", {})
            await becomes(lambda: "last" in heard)

    asyncio.run(scenario())
    assert heard == ["agent.A.ask", "last"]


def test_a_client_comes_back_with_its_subscriptions_when_the_server_does(server: BusServer) -> None:
    async def scenario() -> None:
        server.start()
        one, other = client(server), client(server)
        await one.subscribe("echo", echo)
        async with started(one, other):
            server.end()
            await becomes(lambda: "up" not in {each.health().state for each in (one, other)})
            await other.publish("echo", {"lost": True})
            assert other.health().counters["dropped"] == 1
            server.start()
            for each in (one, other):
                await each.connected(within=120)
            assert await other.request("echo", {"again": 1}, within=120) == {"again": 1}

    asyncio.run(scenario())


def test_a_new_certificate_of_the_same_authority_is_believed(server: BusServer) -> None:
    """Agents keep the authority they were given."""

    async def scenario() -> None:
        server.start()
        given = server.store.authority.read_text()
        shown = server.store.certificate.read_bytes()
        async with started(client(server, ca=given)):
            server.end()
        server.start(names=(*LOOPBACK, "bus.example.org", "198.51.100.7"))
        assert server.store.certificate.read_bytes() != shown
        async with started(client(server, ca=given)):
            pass

    asyncio.run(scenario())


def test_nobody_listening_is_no_answer_at_once(server: BusServer) -> None:
    async def scenario() -> None:
        server.start()
        bus = client(server)
        async with started(bus):
            with pytest.raises(NoAnswer, match="nobody"):
                await bus.request("nobody", {}, within=3600)

    asyncio.run(asyncio.wait_for(scenario(), 120))


def test_a_large_order_passes(server: BusServer) -> None:
    async def measure(_: str, payload: dict[str, Any]) -> dict[str, Any]:
        return {"length": len(payload["text"])}

    async def scenario() -> dict[str, Any]:
        server.start()
        bus = client(server)
        await bus.subscribe("large", measure)
        async with started(bus):
            return await bus.request("large", {"text": "x" * 5_000_000}, within=120)

    assert asyncio.run(scenario()) == {"length": 5_000_000}


def test_what_holds_secrets_is_readable_by_its_owner_only(server: BusServer) -> None:
    server.start()
    folder = server.store.folder
    files = [folder / "nats.conf", *folder.glob("bus-*")]
    assert len(files) == 5
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert not list(folder.glob(".*"))


def test_secrets_are_not_shown_where_settings_are() -> None:
    config = Config("tls://me:s3cret@h", "u", "p4ssword", "t0ken", Store(Path("/x")).authority)
    assert not {word for word in ("s3cret", "p4ssword", "t0ken") if word in repr(config)}


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


def test_a_certificate_that_nears_its_end_is_renewed_while_everybody_stays_connected(server: BusServer) -> None:
    async def scenario() -> None:
        server.start()
        clock = HeldClock(datetime.now(UTC))
        settings = server.store.folder / "nats.conf"
        watch = renewal.Renewal(renewal.Config(server.store, LOOPBACK, settings, every_seconds=0.05), clock)
        bus = client(server)
        await bus.subscribe("echo", echo)
        async with started(bus):
            shown = server.store.certificate.read_bytes()
            await watch.start()
            assert watch.health().detail == f"valid until {clock.now().date() + timedelta(days=730)}"
            await asyncio.sleep(0.2)
            assert server.store.certificate.read_bytes() == shown
            clock.move(500 * 86400)
            assert await asyncio.to_thread(server.said, "Reloaded: tls")
            assert watch.health().detail == f"valid until {clock.now().date() + timedelta(days=730)}"
            await watch.stop()
            assert await bus.request("echo", {"still": "here"}, within=120) == {"still": "here"}
            assert bus.health().counters["connections"] == 1

    asyncio.run(scenario())


def test_a_renewal_that_fails_is_said(server: BusServer) -> None:
    async def scenario() -> None:
        server.start()
        server.store.authority_key.unlink()
        watch = renewal.Renewal(renewal.Config(server.store, LOOPBACK, Path("/nowhere"), every_seconds=0.05))
        await watch.start()
        await becomes(lambda: watch.health().state == "down")
        assert "do not belong together" in watch.health().detail
        await watch.stop()

    asyncio.run(scenario())


def test_a_number_that_another_program_has_now_is_not_the_servers(tmp_path: Path) -> None:
    (tmp_path / "nats.pid").write_text(f"{os.getpid()}\n")
    assert running(tmp_path / "nats.conf") is None
    assert running(tmp_path / "none.conf") is None
