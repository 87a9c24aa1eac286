"""Stands for the store's query server: answers each query with the rows that a test gives."""

from __future__ import annotations

import http.server
import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

META = [{"name": name} for name in ("metric", "ref", "slot", "low", "high", "mean", "last", "count", "at")]
Rows = list[list[Any]]


def door_at(where: Path, rows: Callable[[str], Rows]) -> socketserver.ThreadingUnixStreamServer:
    """Listens on the socket `where`, serves once it is told to; `rows` gets the question: its address, its text."""

    class Door(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = self.path + self.rfile.read(int(self.headers["Content-Length"])).decode()
            body = json.dumps({"meta": META, "data": rows(question)}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def address_string(self) -> str:
            """A unix socket has no address."""
            return "local"

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return socketserver.ThreadingUnixStreamServer(str(where), Door)


@contextmanager
def open_door(where: Path, rows: Callable[[str], Rows]) -> Iterator[None]:
    """Somebody answers on the socket `where`."""
    with door_at(where, rows) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield
        server.shutdown()
        thread.join()
