"""What 1,000 viewers of the live feed cost the web worker, and what a page costs meanwhile.

    python bench/feed.py [--viewers 1000] [--agencies 50] [--sites 54] [--seconds 30] [--gzip]

Starts a bus and the real server on a data folder of its own, opens the streams (nine in ten see the whole network, the
others belong to agencies), publishes every topic once a second, and asks for a page again and again. Prints threads,
resident memory and processor use of the worker; how long a value takes from the bus to the viewer; and first bytes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from simpul.engines.nats import Bus  # noqa: E402 (found on the path that stands above)
from up.bus_server import PASSWORD, BusServer  # noqa: E402

PER_PERSON = 4
FILL = """
import json, sys
import django; django.setup()
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
call_command("migrate", verbosity=0)
from simpul.kit.actor import Actor
from simpul.people.logic.rights import Role
from simpul.people.models import Organisation
from simpul.people.service import create_user, grant
from simpul.register.models import Site
staff, agencies, sites = map(int, sys.argv[1:])
system = Actor.system("bench")
owners = Organisation.objects.bulk_create(
    Organisation(code=f"O-{n}", name=f"Dinas {n}", kind="agency") for n in range(agencies + 1))
Site.objects.bulk_create(Site(code=f"T-{n:04}", name=f"Titik {n}", kind="opd", organisation=owners[1 + n % agencies],
    owner=owners[0], operator=owners[0]) for n in range(sites))
def session(number, organisation, role):
    user = create_user(system, username=f"b{number}", name=f"Bench {number}", password_hash="!bench")
    grant(system, user, organisation, role)
    store = SessionStore()
    store[SESSION_KEY], store[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    store.create()
    return store.session_key
print(json.dumps({
    "staff": [session(n, owners[0], Role.OPERATOR) for n in range(staff)],
    "agency": [session(staff + n, owners[1 + n], Role.AGENCY) for n in range(agencies)]}))
"""


class Viewers:
    """All streams, and how late each value came."""

    def __init__(self, port: int, *, gzip: bool) -> None:
        self.port = port
        self.gzip = gzip
        self.events = self.bytes = self.refused = 0
        self.late: list[float] = []

    async def follow(self, session: str) -> None:
        """One stream, until it is cancelled."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        coding = "Accept-Encoding: gzip\r\n" if self.gzip else ""
        writer.write(
            f"GET /feed HTTP/1.1\r\nHost: localhost\r\n{coding}Cookie: simpul_session={session}\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n")[0]:
            self.refused += 1
            return
        unzip = zlib.decompressobj(31)
        while size := int(await reader.readline(), 16):
            body = (await reader.readexactly(size + 2))[:-2]
            self.bytes += size
            self.count(unzip.decompress(body) if self.gzip else body)

    def count(self, body: bytes) -> None:
        """Every event in it carries the moment at which it was published."""
        for block in body.split(b'{"at":')[1:]:
            self.events += 1
            told = block.split(b",", 1)[0]
            if told[:1] != b'"':
                self.late.append(time.time() - float(told))


def request(path: str, session: str, more: str) -> bytes:
    """What a browser sends."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{more}Cookie: simpul_session={session}\r\n\r\n".encode()


async def publish(bus: Bus, sites: int) -> None:
    """Every topic, once a second."""
    codes = [f"T-{number:04}" for number in range(sites)]
    while True:
        now = time.time()
        link = {"ab": 123_456_789, "ba": 98_765_432, "state": "up"}
        site: dict[str, Any] = {"down": 12_345_678, "up": 2_345_678, "share_down": 50_000_000, "share_up": 20_000_000}
        site |= {"network": "up", "internet": "up"}
        await bus.publish("live.links", {"at": now, "links": {f"L-{code}": link for code in codes}})
        await bus.publish("live.sites", {"at": now, "sites": dict.fromkeys(codes, site)})
        await bus.publish("live.uplinks", {"at": now, "uplinks": {"U-1": {"down": 1, "up": 2, "alive": True}}})
        await bus.publish("live.alarms", {"at": now, "open": [{"id": 1, "kind": "span_cut", "sites": codes[:3]}]})
        await asyncio.sleep(1)


async def ask(port: int, session: str, waits: list[float]) -> None:
    """A page, twenty times a second at most; the time to its first byte."""
    while True:
        began = time.perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request("/sites/", session, "Connection: close\r\n"))
        first = await reader.read(1)
        waits.append(1000 * (time.perf_counter() - began))
        answer = first + await reader.read()
        assert b" 200 " in answer[:20], answer[:200]
        writer.close()
        await asyncio.sleep(0.05)


async def measure(chosen: argparse.Namespace, port: int, worker: psutil.Process, keys: Any, bus: Bus) -> None:
    """Alone first, then with everybody watching."""
    alone: list[float] = []
    await for_a_while(ask(port, keys["staff"][0], alone), 5)
    print(f"{'nobody watches':24} {worker.num_threads()} threads, {megabytes(worker):.0f} MB, page {shown(alone)}")
    await bus.start()
    await bus.connected(20)
    publishing = asyncio.create_task(publish(bus, chosen.sites))
    viewers = Viewers(port, gzip=chosen.gzip)
    agencies = min(chosen.viewers // 10, chosen.agencies * PER_PERSON)
    sessions = keys["agency"] * PER_PERSON
    chosen_keys = [*sessions[:agencies], *(keys["staff"] * PER_PERSON)[: chosen.viewers - agencies]]
    began = time.monotonic()
    streams = [asyncio.create_task(viewers.follow(key)) for key in chosen_keys]
    while viewers.events < chosen.viewers and time.monotonic() - began < 60:  # noqa: ASYNC110 (they count by themselves)
        await asyncio.sleep(0.1)
    print(f"{'all have a first value':24} after {time.monotonic() - began:.1f} s")
    await asyncio.sleep(3)
    viewers.late.clear()
    viewers.events = viewers.bytes = 0
    waits: list[float] = []
    worker.cpu_percent()
    await for_a_while(ask(port, keys["staff"][0], waits), chosen.seconds)
    busy = worker.cpu_percent()
    threads, memory = worker.num_threads(), megabytes(worker)
    open_now = sum(not stream.done() for stream in streams)
    print(f"{f'{open_now} watch':24} {threads} threads, {memory:.0f} MB, {busy:.0f} % of a core, page {shown(waits)}")
    rate, each = viewers.events / chosen.seconds, viewers.bytes / chosen.seconds / max(open_now, 1) / 1000
    print(f"{'values':24} {rate:.0f} events/s, {each:.1f} kB/s each, bus to viewer {shown(viewers.late, 1000)}")
    print(f"{'refused':24} {viewers.refused}")
    for task in [*streams, publishing]:
        task.cancel()
    await asyncio.gather(*streams, publishing, return_exceptions=True)
    await bus.stop()


async def for_a_while(work: Any, seconds: float) -> None:
    """Let it run so long; what goes wrong in it is told."""
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        return


def megabytes(process: psutil.Process) -> float:
    """Resident memory."""
    return float(process.memory_info().rss) / 2**20


def shown(values: Sequence[float], scale: float = 1) -> str:
    """Median and 95th percentile, in milliseconds."""
    if not values:
        return "none"
    each = sorted(value * scale for value in values)
    return f"median {statistics.median(each):.0f} ms, p95 {each[int(0.95 * len(each))]:.0f} ms ({len(each)})"


def main() -> int:
    """Fill, serve, watch, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--viewers", type=int, default=1000)
    parser.add_argument("--agencies", type=int, default=50)
    parser.add_argument("--sites", type=int, default=54)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--gzip", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="simpul-bench-") as name:
        folder = Path(name)
        for part in ("run", "log", "evidence"):
            (folder / part).mkdir()
        server = BusServer(folder)
        port = free_port()
        environment = os.environ | {
            "PYTHONPATH": str(ROOT / "src"),
            "SIMPUL_DATA_FOLDER": name,
            "SIMPUL_SERVER_LISTEN": f"127.0.0.1:{port}",
            "SIMPUL_BUS_PORT": str(server.port),
            "SIMPUL_BUS_TOKEN": PASSWORD,
            "DJANGO_SETTINGS_MODULE": "simpul.settings",
        }
        counts = [str(-(-chosen.viewers // PER_PERSON)), str(chosen.agencies), str(chosen.sites)]
        filled = subprocess.run([sys.executable, "-c", FILL, *counts], env=environment, check=True, capture_output=True)
        server.start()
        web = subprocess.Popen([sys.executable, "-m", "simpul", "run", "web"], env=environment, cwd=folder)
        try:
            wait_for(port)
            worker = psutil.Process(web.pid).children(recursive=True)[0]
            bus = Bus(server.config("simpul", PASSWORD))
            print(f"{datetime.now(UTC):%Y-%m-%d}, {chosen.sites} sites, gzip {'on' if chosen.gzip else 'off'}")
            asyncio.run(measure(chosen, port, worker, json.loads(filled.stdout.splitlines()[-1]), bus))
        finally:
            web.send_signal(signal.SIGTERM)
            web.wait(10)
            server.end()
    return 0


def wait_for(port: int) -> None:
    """Until the server answers."""
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit("the server did not answer within 30 s")


def free_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())
