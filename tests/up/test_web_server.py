"""The web server: one worker that dies with it, the health question, static files, a stop in time."""

from __future__ import annotations

import gzip
import json
import os
import socket
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import psutil
import pytest

from simpul.kit.health import Health, write_report
from up.processes import PYTHON, descendants, environment, start, still_running
from waiting import PATIENCE_SECONDS, until

# The bare part of the real application, and a slow page instead of Django.
SERVE = """
import asyncio
from simpul.configuration import load
from simpul.web.entrance import Entrance
from simpul.web.healthz import HealthApp
from simpul.web.serve import run
from simpul.web.static_files import StaticFiles, compress
async def page(scope, receive, send):
    if scope["path"] == "/slow":
        await asyncio.sleep(3600)
    body = f"{scope['client'][0]} {scope['scheme']}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
settings = load()
def provide():
    static = settings.data.run / "static"
    compress(static)
    bare = {"/healthz": HealthApp(settings.data.run, "1.2.3"), "/static/": StaticFiles(static)}
    return Entrance(page, bare, trust_headers=settings.server.proxy_headers)
run(None, provide)
"""


class UnixConnection(HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self) -> None:
        """Connect to the socket instead of the host."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(5)
        self.sock.connect(str(self.path))


class Web:
    """A server on a unix socket in its own folder."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.run_dir = folder / "run"
        (self.run_dir / "static").mkdir(parents=True)
        (self.run_dir / "static" / "app.css").write_text("body{}" * 1000)
        (self.run_dir / "static" / "mark.0123456789ab.svg").write_text("<svg/>")
        self.socket = self.run_dir / "web.sock"
        self.process = start(
            [PYTHON, "-c", SERVE],
            environment(
                SIMPUL_CONFIG=os.devnull, SIMPUL_DATA_FOLDER=str(folder), SIMPUL_SERVER_LISTEN="unix", **settings
            ),
        )
        until(self.answers)
        self.worker: psutil.Process = descendants(self.process.pid)[0]

    def answers(self) -> bool:
        """Whether it serves yet."""
        try:
            return self.get("/healthz").status in (200, 503)
        except OSError:
            return False

    def get(self, path: str, **headers: str) -> HTTPResponse:
        """One request; the body is read already."""
        connection = UnixConnection(self.socket)
        try:
            connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            response.body = response.read()  # type: ignore[attr-defined]
            return response
        finally:
            connection.close()

    def body(self, path: str, **headers: str) -> bytes:
        """The body of one answer."""
        body: bytes = self.get(path, **headers).body  # type: ignore[attr-defined]
        return body


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Short, since a socket's path is.
    return tmp_path_factory.mktemp("w")


@pytest.fixture
def web(folder: Path) -> Iterator[Web]:
    yield from serving(folder)


@pytest.fixture
def behind_proxy(folder: Path) -> Iterator[Web]:
    yield from serving(folder, SIMPUL_SERVER_PROXY_HEADERS="true")


def serving(folder: Path, **settings: str) -> Iterator[Web]:
    web = Web(folder, **settings)
    yield web
    web.process.kill()
    web.process.communicate()
    assert still_running([web.worker]) == []


def test_kill_9_of_the_main_process_ends_the_worker_at_once(web: Web) -> None:
    assert web.worker.is_running()
    web.process.kill()
    assert still_running([web.worker]) == []


def test_a_killed_worker_ends_the_main_process_so_that_both_start_again(web: Web) -> None:
    web.worker.kill()
    assert web.process.wait(timeout=PATIENCE_SECONDS) == 1


def test_it_stops_although_a_visitor_waits(web: Web) -> None:
    visitor = socket.socket(socket.AF_UNIX)
    visitor.connect(str(web.socket))
    visitor.sendall(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
    web.process.terminate()
    try:
        # The visitor would have waited for an hour.
        web.process.wait(timeout=PATIENCE_SECONDS)
    finally:
        visitor.close()
    assert not web.socket.exists()


def test_static_files_are_served_without_the_application(web: Web) -> None:
    answer = web.get("/static/app.css")
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert web.body("/static/app.css") == b"body{}" * 1000
    assert gzip.decompress(web.body("/static/app.css", Accept_Encoding="gzip, br")) == b"body{}" * 1000
    assert web.get("/static/app.css", If_None_Match=answer.headers["etag"]).status == 304
    assert "immutable" in web.get("/static/mark.0123456789ab.svg").headers["cache-control"]


@pytest.mark.parametrize(
    "path", ["/static/none.css", "/static/", "/static/../web.sock", "/static/%2e%2e/web.sock", "/static//app.css"]
)
def test_only_collected_files_can_be_asked_for(web: Web, path: str) -> None:
    answer = web.get(path)
    assert (answer.status, answer.getheader("server")) == (404, "granian")


def test_a_visitor_through_the_socket_is_local_whatever_it_says(web: Web) -> None:
    assert web.body("/", X_Forwarded_For="192.0.2.1", X_Forwarded_Proto="https") == b"127.0.0.1 http"


def test_behind_a_proxy_the_visitor_is_the_last_address_it_names(behind_proxy: Web) -> None:
    said = {"X_Forwarded_For": "203.0.113.9, 192.0.2.1", "X_Forwarded_Proto": "https"}
    assert behind_proxy.body("/", **said) == b"192.0.2.1 https"


def test_the_health_answer_has_no_details_and_tells_what_is_down(web: Web) -> None:
    write_report(web.run_dir, "up", {"web": Health("up", "pid 4711"), "bus": Health("starting")})
    answer = web.get("/healthz")
    assert answer.status == 200
    assert json.loads(web.body("/healthz")) == {
        "ok": True,
        "version": "1.2.3",
        "components": {"bus": {"state": "starting", "detail": ""}, "web": {"state": "up", "detail": ""}},
    }
    write_report(web.run_dir, "control", {"jobs": Health("down", "the disk is full")})
    answer = web.get("/healthz")
    assert answer.status == 503
    assert json.loads(web.body("/healthz"))["components"]["jobs"] == {"state": "down", "detail": ""}


def test_the_socket_is_its_owners_alone(web: Web) -> None:
    assert web.socket.stat().st_mode & 0o777 == 0o600
