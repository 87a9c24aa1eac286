"""How long a list of 50 out of 10,000 sites takes, as a visitor waits for it: first byte after the request.

    python bench/list_page.py [--sites 10000] [--rounds 40]

Fills a data folder of its own with made-up sites and stories, serves it with the real server on a loopback port,
and asks for several pages in turn. Prints median and 95th percentile in milliseconds, and the bytes of a page.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

SOURCES = Path(__file__).resolve().parents[1] / "src"
FILL = """
import random, sys
from datetime import datetime, timedelta, timezone as zone
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.utils import timezone
from simpul.kit.actor import Actor
from simpul.people.logic.rights import Role
from simpul.people.models import Organisation
from simpul.people.service import create_user, grant
from simpul.register.models import InternetEvent, NetworkEvent, Site
chance, count, now = random.Random(1), int(sys.argv[1]), timezone.now()
owners = Organisation.objects.bulk_create(
    Organisation(code=f"O-{n}", name=f"Dinas {n}", kind="agency") for n in range(60))
sites = Site.objects.bulk_create(Site(
    code=f"T-{n:05}", name=f"Titik {chance.choice('ABCDEFGHIJ')} {n}", kind=chance.choice(["opd", "village"]),
    organisation=chance.choice(owners), owner=owners[0], operator=owners[0]) for n in range(count))
told = {"recorded_by": "bench", "recorded_at": now}
start = datetime(2018, 1, 1, tzinfo=zone.utc)
def days(): return timedelta(days=chance.randrange(2500))
NetworkEvent.objects.bulk_create(NetworkEvent(site=site, at=start + days(), state=state, **told)
    for site in sites for state in ("poles", "cable", "spliced", "lit"))
InternetEvent.objects.bulk_create(InternetEvent(site=site, at=start + days(), state=state, **told)
    for site in sites if chance.random() < 0.8 for state in ("ordered", "on"))
system = Actor.system("bench")
person = create_user(system, username="bench", name="Bench", password="kuda makan rumput")
grant(system, person, owners[0], Role.ENGINEER)
"""
PAGES = [
    "/sites/",
    "/sites/?page=150",
    "/sites/?q=titik+77",
    "/sites/?network=lit&internet=on",
    "/rollout/?at=2023-07-01",
    "/sites/?sort=-organisation",
    "/",
]


def main() -> int:
    """Fill, serve, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=40)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="simpul-bench-") as name:
        folder = Path(name)
        for part in ("run", "log", "evidence"):
            (folder / part).mkdir()
        port = free_port()
        environment = os.environ | {
            "PYTHONPATH": str(SOURCES),
            "SIMPUL_DATA_FOLDER": name,
            "SIMPUL_SERVER_LISTEN": f"127.0.0.1:{port}",
            "DJANGO_SETTINGS_MODULE": "simpul.settings",
        }
        subprocess.run([sys.executable, "-c", FILL, str(chosen.sites)], env=environment, check=True)
        server = subprocess.Popen([sys.executable, "-m", "simpul", "run", "web"], env=environment, cwd=folder)
        try:
            ask(port, chosen.rounds)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(10)
    return 0


def ask(port: int, rounds: int) -> None:
    """Sign in, then every page in turn, in a shuffled order."""
    connection = wait_for(port)
    cookie = sign_in(connection)
    waits: dict[str, list[float]] = {page: [] for page in PAGES}
    sizes: dict[str, int] = {}
    chance = random.Random(2)
    for _ in range(rounds):
        for page in chance.sample(PAGES, len(PAGES)):
            begin = time.perf_counter()
            connection.request("GET", page, headers={"Cookie": cookie})
            answer = connection.getresponse()
            waits[page].append(1000 * (time.perf_counter() - begin))
            sizes[page] = len(answer.read())
            if answer.status != 200:
                sys.exit(f"{page}: status {answer.status}")
    for page, each in waits.items():
        each.sort()
        middle, most = statistics.median(each), each[int(0.95 * len(each))]
        print(f"{page:34} median {middle:6.1f} ms   p95 {most:6.1f} ms   {sizes[page]:7} B")


def wait_for(port: int) -> http.client.HTTPConnection:
    """A connection once the server answers."""
    for _ in range(200):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request("GET", "/account/login/")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return connection
    sys.exit("the server did not answer within 20 s")


def sign_in(connection: http.client.HTTPConnection) -> str:
    """Through the form; returns the cookies."""
    connection.request("GET", "/account/login/")
    answer = connection.getresponse()
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.read().decode())[0]
    cookies = taken(answer)
    form = urlencode({"login": "bench", "password": "kuda makan rumput", "csrfmiddlewaretoken": token})
    headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/account/login/", form, headers)
    answer = connection.getresponse()
    answer.read()
    return "; ".join(filter(None, [cookies, taken(answer)]))


def taken(answer: http.client.HTTPResponse) -> str:
    """The cookies an answer sets."""
    return "; ".join(line.split(";")[0] for line in answer.headers.get_all("Set-Cookie", []))


def free_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())
