"""The relay: bytes pass both ways unchanged, also after one side has said all it has to say."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from simpul.kit.problem import Problem
from simpul.up.ports import any_free_port
from simpul.up.relay import Relay

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def answer_after_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reads until the visitor has finished, then answers with a digest of it all."""
    heard = await reader.read()
    writer.write(hashlib.sha256(heard).hexdigest().encode())
    await writer.drain()
    writer.close()


async def say_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Sends three megabytes, says that this is all, then still listens."""
    writer.write(b"x" * 3_000_000)
    writer.write_eof()
    heard = await reader.read()
    assert heard == b"thanks"
    writer.close()


def through_relay(folder: Path, talk: Talk, visit: Callable[[int], Awaitable[object]]) -> object:
    async def scenario() -> object:
        talked = asyncio.get_running_loop().create_future()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await talk(reader, writer)
                talked.set_result(None)
            except AssertionError as unheard:
                talked.set_exception(unheard)

        server = await asyncio.start_unix_server(serve, folder / "s")
        relay = Relay(0, folder / "s")
        await relay.start()
        try:
            async with asyncio.timeout(120):
                seen = await visit(relay.port)
                await talked
                return seen
        finally:
            await relay.stop()
            server.close()
            await asyncio.sleep(0)

    return asyncio.run(scenario())


def test_a_visitor_that_has_finished_still_gets_the_answer(tmp_path: Path) -> None:
    said = os.urandom(2_000_000)

    async def visit(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        writer.write_eof()
        try:
            return await reader.read()
        finally:
            writer.close()

    heard = through_relay(tmp_path, answer_after_the_end, visit)
    assert heard == hashlib.sha256(said).hexdigest().encode()


def test_a_server_that_has_finished_still_hears_the_visitor(tmp_path: Path) -> None:
    async def visit(port: int) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        heard = await reader.read()
        writer.write(b"thanks")
        writer.write_eof()
        rest = await reader.read()
        writer.close()
        return len(heard) + len(rest)

    assert through_relay(tmp_path, say_first, visit) == 3_000_000


def test_a_visitor_who_is_early_waits_for_the_server(tmp_path: Path) -> None:
    async def scenario() -> bytes:
        relay = Relay(0, tmp_path / "s")
        await relay.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        writer.write(b"hello")
        writer.write_eof()
        await asyncio.sleep(0.2)
        server = await asyncio.start_unix_server(answer_after_the_end, tmp_path / "s")
        heard = await asyncio.wait_for(reader.read(), 120)
        writer.close()
        await relay.stop()
        server.close()
        return heard

    assert asyncio.run(scenario()) == hashlib.sha256(b"hello").hexdigest().encode()


def test_a_visitor_is_told_when_there_is_no_server(tmp_path: Path) -> None:
    async def scenario() -> bytes:
        relay = Relay(0, tmp_path / "s", patience=0)
        await relay.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        heard = await asyncio.wait_for(reader.read(), 120)
        writer.close()
        await relay.stop()
        return heard

    assert asyncio.run(scenario()).startswith(b"HTTP/1.1 503 ")


def test_a_taken_port_is_refused_with_the_remedy(tmp_path: Path) -> None:
    async def scenario() -> None:
        first = Relay(any_free_port(), tmp_path / "s")
        await first.start()
        try:
            with pytest.raises(Problem, match=rf"port {first.port} cannot be used.*--port"):
                await Relay(first.port, tmp_path / "s").start()
        finally:
            await first.stop()

    asyncio.run(scenario())


def test_a_port_that_is_taken_on_ipv6_only_is_refused_and_given_back_on_ipv4(tmp_path: Path) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as other:
        port = other.getsockname()[1]
        with pytest.raises(Problem, match=rf"port {port} cannot be used: Address already in use \(::1\)"):
            Relay(port, tmp_path / "s").claim()
        with socket.create_server(("127.0.0.1", port)):
            pass


def test_a_claimed_port_is_nobody_elses_before_the_first_visitor(tmp_path: Path) -> None:
    first = Relay(any_free_port(), tmp_path / "s")
    first.claim()
    with pytest.raises(Problem, match="cannot be used"):
        Relay(first.port, tmp_path / "s").claim()
    first.close()


def test_a_visitor_who_still_waits_at_the_end_is_cut_without_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> bytes:
        relay = Relay(0, tmp_path / "s")
        await relay.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        await asyncio.sleep(0.2)
        await relay.stop()
        heard = await asyncio.wait_for(reader.read(), 120)
        writer.close()
        return heard

    assert asyncio.run(scenario()) == b""
    assert caplog.records == []
