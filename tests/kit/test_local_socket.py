"""Servers on sockets of this machine: no caller that says nothing, too much or too often can hold one up."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from simpul.kit.local_socket import Limits, LineServer, ask
from simpul.kit.problem import Problem

LARGE = "x" * 5_000_000


async def echo(request: dict[str, Any]) -> Mapping[str, Any]:
    """Says back what it was asked; `large` makes more of it."""
    return {"asked": request, **({"large": LARGE} if request.get("large") else {})}


def with_server(folder: Path, scenario: Callable[[LineServer], Awaitable[None]], **limits: float) -> None:
    async def run() -> None:
        server = LineServer(folder / "s.sock", echo, Limits(**limits))  # type: ignore[arg-type]
        await server.start()
        try:
            await scenario(server)
        finally:
            server.stop()

    asyncio.run(run())


async def asked(server: LineServer, request: dict[str, Any]) -> dict[str, Any] | None:
    return await asyncio.to_thread(ask, server.path, request, "the server", 60.0)


def silent(server: LineServer) -> socket.socket:
    """Connects and says nothing."""
    line = socket.socket(socket.AF_UNIX)
    line.connect(str(server.path))
    line.settimeout(60)
    return line


def test_it_answers_and_its_socket_is_the_owners_alone(tmp_path: Path) -> None:
    async def scenario(server: LineServer) -> None:
        assert await asked(server, {"do": "x"}) == {"asked": {"do": "x"}}
        assert server.path.stat().st_mode & 0o777 == 0o600
        assert server.listens

    with_server(tmp_path, scenario)
    assert not (tmp_path / "s.sock").exists()


def test_who_says_nothing_is_hung_up_on(tmp_path: Path) -> None:
    async def scenario(server: LineServer) -> None:
        with await asyncio.to_thread(silent, server) as line:
            assert await asyncio.to_thread(line.recv, 1) == b""

    with_server(tmp_path, scenario, seconds=0.2)


def test_a_line_of_ten_megabytes_is_not_read_to_its_end(tmp_path: Path) -> None:
    def shout(server: LineServer) -> int:
        sent = 0
        with silent(server) as line:
            try:
                while sent < 10_000_000:
                    sent += line.send(b"x" * 65_536)
            except OSError:
                return sent
        return sent

    async def scenario(server: LineServer) -> None:
        assert await asyncio.to_thread(shout, server) < 5_000_000
        assert await asked(server, {}) == {"asked": {}}

    with_server(tmp_path, scenario)


def test_after_a_thousand_silent_ones_there_is_room_again(tmp_path: Path) -> None:
    def crowd(server: LineServer) -> list[socket.socket]:
        return [silent(server) for _ in range(200)]

    async def scenario(server: LineServer) -> None:
        for _ in range(5):
            lines = await asyncio.to_thread(crowd, server)
            await becomes(lambda: server.at_once <= 8)
            for line in lines:
                line.close()
        await becomes(lambda: server.at_once == 0)
        assert await asked(server, {"do": "x"}) == {"asked": {"do": "x"}}

    with_server(tmp_path, scenario, most=8, seconds=600.0)


async def becomes(condition: Callable[[], bool]) -> None:
    """Wait for it, however slow this machine is."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 (the server tells nobody)
            await asyncio.sleep(0.02)


def test_while_the_room_is_full_a_question_is_refused_at_once(tmp_path: Path) -> None:
    async def scenario(server: LineServer) -> None:
        lines = [await asyncio.to_thread(silent, server) for _ in range(4)]
        await becomes(lambda: server.at_once == 4)
        with pytest.raises(Problem, match="did not answer"):
            await asked(server, {"do": "x"})
        for line in lines:
            line.close()

    with_server(tmp_path, scenario, most=4, seconds=600.0)


def test_who_does_not_fetch_its_answer_is_hung_up_on(tmp_path: Path) -> None:
    async def scenario(server: LineServer) -> None:
        with await asyncio.to_thread(silent, server) as line:
            line.send(b'{"large": true}\n')
            await becomes(lambda: server.at_once == 1)
            await becomes(lambda: server.at_once == 0)
            assert await asked(server, {"do": "x"}) == {"asked": {"do": "x"}}

    with_server(tmp_path, scenario, seconds=0.3, most=1)


@pytest.mark.parametrize("line", [b"\n", b"\xff\xff\n", b"[1]\n", b"[" * 60_000 + b"\n", b"1e999\n", b"null\n"])
def test_what_is_no_object_is_an_empty_question(tmp_path: Path, line: bytes) -> None:
    async def scenario(server: LineServer) -> None:
        reader, writer = await asyncio.open_unix_connection(server.path)
        writer.write(line)
        assert json.loads(await reader.readline()) == {"asked": {}}
        writer.close()

    with_server(tmp_path, scenario)
