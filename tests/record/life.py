"""What the real processes of these tests do. `nursery.Nursery` starts one process, which forks a life per line it
reads, `ROLE [ARGUMENT ...]`: Django is set up once, so that a life begins within milliseconds.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import OperationalError, connection

from record.telling import Counted, note_effect, number_of
from simpul.kit.actor import Actor
from simpul.kit.component import Component, run_components
from simpul.kit.events import Event
from simpul.kit.process import die_with_parent
from simpul.record import delivery, runner
from simpul.record import service as record
from simpul.record.models import Credential, LogEntry


def say(*words: object) -> None:
    """One line to whoever started us."""
    sys.stdout.write(" ".join(str(word) for word in words) + "\n")
    sys.stdout.flush()


def run_component(component: Component) -> None:
    """As the group `control` does, until SIGTERM."""
    run_dir = Path(settings.DATA_DIR) / "run"
    asyncio.run(run_components([component], run_dir, f"test-{os.getpid()}"))


def dispatcher() -> None:
    """Delivers events to a listener that stays a while in the middle of its transaction."""

    def effect(event: Event) -> None:
        note_effect(event)
        say("middle", number_of(event))
        time.sleep(0.02)

    run_component(delivery.Dispatcher(delivery.Config(poll_seconds=0.02), {Counted: {"effect": effect}}))


def jobs(lease_seconds: str) -> None:
    """Runs jobs whose handler takes as many steps as its arguments say."""

    def slow(run: record.JobRun) -> dict[str, object]:
        say("middle", run.attempt)
        steps = int(run.arguments["steps"])
        for step in range(steps):
            run.progress(step, steps, f"step {step}")
            time.sleep(0.02)
        return {"attempt": run.attempt}

    config = runner.Config(poll_seconds=0.02, lease_seconds=float(lease_seconds), workers=1)
    run_component(runner.JobRunner(config, {"slow": slow}))


def writer(seconds: str, name: str) -> None:
    """Writes as fast as it can, with a new connection now and then, as requests of the web server have."""
    writes, locked, longest = 0, 0, 0.0
    dice = random.Random(name)
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        began = time.monotonic()
        try:
            write_one(name, writes)
            writes += 1
        except OperationalError as error:
            locked += 1
            say("error", error)
        longest = max(longest, time.monotonic() - began)
        if dice.random() < 0.05:
            connection.close()
    say("told", json.dumps({"writes": writes, "locked": locked, "longest": longest}))


def write_one(name: str, number: int) -> None:
    """A row with its log entry, and a look at the log, as a page would take."""
    with record.change(Actor.system(name)) as change:
        row = Credential(name=f"{name} {number}", purpose="p", sealed="s", created_at=change.at)
        row.save(force_insert=True)
        change.created(row)
    LogEntry.objects.order_by("-seq").first()


ROLES: dict[str, Callable[..., None]] = {"dispatcher": dispatcher, "jobs": jobs, "writer": writer}


def main() -> None:
    """Fork a life, or wait for the end of one, per line of the input."""
    parent = os.getpid()
    for line in sys.stdin:
        role, *arguments = line.split()
        if role == "reap":
            os.waitpid(int(arguments[0]), 0)
            say("dead", arguments[0])
        elif (pid := os.fork()) == 0:
            die_with_parent(parent)
            ROLES[role](*arguments)
            os._exit(0)
        else:
            say("born", pid)
