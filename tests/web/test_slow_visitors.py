"""Heads that never end, connections that say nothing, and floods of headers, against a server that really runs."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

from simpul.web.serve import allow_files
from web.raw_http import answer, dial, head, status
from web.sign_in_site import Site, start, stop

CROWD = 1000
WAIT_SECONDS = 120


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An instance that waits three seconds for a head."""
    allow_files(CROWD + 512)
    site = start(tmp_path_factory.mktemp("site"), SIMPUL_SERVER_PATIENCE_SECONDS="3")
    yield site
    stop(site)


def ended(crowd: list[socket.socket]) -> list[socket.socket]:
    """Those that the server has closed; waits for all of them, within reason."""
    left, over = set(crowd), []
    poll = select.poll()
    by_number = {each.fileno(): each for each in crowd}
    for number in by_number:
        poll.register(number, select.POLLIN | select.POLLHUP | select.POLLERR)
    until = time.monotonic() + WAIT_SECONDS
    while left and time.monotonic() < until:
        for number, _ in poll.poll(200):
            poll.unregister(number)
            left.discard(by_number[number])
            over.append(by_number[number])
    return over


@pytest.mark.parametrize(
    "begun",
    [b"GET /account/login/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", b"", head("GET", "/healthz")],
    ids=["half a head", "nothing", "a request and then nothing"],
)
def test_a_thousand_silent_connections_keep_no_visitor_out_and_are_cut(site: Site, begun: bytes) -> None:
    crowd = [dial(site.url) for _ in range(CROWD)]
    try:
        for each in crowd:
            each.sendall(begun)
        assert httpx.get(f"{site.url}/account/login/", timeout=60).status_code == 200
        if begun.endswith(b"\r\n\r\n"):
            for each in crowd:
                assert status(each.recv(65536)) in (200, 503)
        assert len(ended(crowd)) == CROWD
    finally:
        for each in crowd:
            each.close()
    assert httpx.get(f"{site.url}/account/login/", timeout=60).status_code == 200


def test_a_head_that_drips_is_cut_although_something_comes(site: Site) -> None:
    connection = dial(site.url)
    connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
    until = time.monotonic() + WAIT_SECONDS
    try:
        while time.monotonic() < until:
            connection.sendall(b"X-A: b\r\n")
            if select.select([connection], [], [], 0.05)[0]:
                break
    except OSError:
        pass
    assert time.monotonic() < until
    assert answer(connection)[:12] in (b"", b"HTTP/1.1 408", b"HTTP/1.1 431")


@pytest.mark.parametrize("lines", [["X-A: " + "a" * 4_000_000], [f"X-{number}: 1" for number in range(5000)]])
def test_a_flood_of_headers_is_refused(site: Site, lines: list[str]) -> None:
    connection = dial(site.url)
    with suppress(OSError):  # cut while it was still sending
        connection.sendall(head("GET", "/account/login/", *lines))
    assert status(answer(connection)) in (0, 431)
    assert httpx.get(f"{site.url}/account/login/", timeout=60).status_code == 200


def test_many_requests_in_one_go_are_answered_one_after_the_other(site: Site) -> None:
    connection = dial(site.url)
    connection.sendall(head("GET", "/account/login/") * 50 + head("GET", "/account/login/", "Connection: close"))
    assert answer(connection).count(b"HTTP/1.1 200 OK") == 51
