"""One message when a cause is found, one when it is gone: by the process that speaks apprise, to the test's channel."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

import waiting
from simpul.up.groups import command
from simpul.watch import notify
from simpul.watch.models import Alarm, Silence
from simpul.watch.notify import Config, Notifier

pytestmark = pytest.mark.django_db(transaction=True)
TITLE = "Kabel putus antara Simpul 3 dan Kec. Gunung Timang"


class Channel:
    """Takes what apprise posts; `refuses` while the far end is out of order."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.refuses = False
        channel = self

        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                """One message."""
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if not channel.refuses:
                    channel.messages.append(body)
                self.send_response(503 if channel.refuses else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Take)

    @property
    def url(self) -> str:
        """As apprise writes it."""
        return f"json://127.0.0.1:{self.server.server_port}/"


@pytest.fixture
def channel() -> Iterator[Channel]:
    """Listens on the loopback of this machine."""
    made = Channel()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()


def alarm(**more: Any) -> Alarm:
    """A cut cable with one site."""
    now = timezone.now()
    values: dict[str, Any] = {
        "key": "L-1",
        "kind": "span_cut",
        "severity": "major",
        "refs": ["L-1"],
        "sites": ["KEC"],
        "names": {"KEC": "Kec. Gunung Timang"},
        "evidence": {"ends": ["Simpul 3", "Kec. Gunung Timang"]},
        "opened_at": now,
        "updated_at": now,
    }
    return Alarm.objects.create(**values | more)


def told(channel: Channel) -> list[str]:
    """Titles, in the order of sending."""
    return [message["title"] for message in channel.messages]


@contextmanager
def telling(notifier: Notifier) -> Iterator[None]:
    """The notifier at work beside the test."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(notifier.start(), loop).result(120)
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(notifier.stop(), loop).result(120)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def until(condition: Callable[[], object]) -> None:
    """`waiting.until`; each look by a connection of its own, lest it sees what was."""
    waiting.until(condition, pause=connection.close)


def config(channel: Channel) -> Config:
    """As the watch is wired, but quicker to look again."""
    return Config(command("run message"), channel.url, look_seconds=0.1, again_seconds=0.3)


def test_one_cause_is_two_messages_and_a_restart_tells_nothing_twice(channel: Channel) -> None:
    made = alarm()
    with telling(Notifier(config(channel))):
        until(lambda: Alarm.objects.get(pk=made.pk).told_opened_at)
    assert told(channel) == [TITLE]
    assert "1 titik tanpa jaringan: Kec. Gunung Timang" in channel.messages[0]["message"]
    Alarm.objects.filter(pk=made.pk).update(sites=["KEC", "MORE"], updated_at=timezone.now())
    with telling(Notifier(config(channel))):
        time.sleep(1)
        assert told(channel) == [TITLE]
        Alarm.objects.filter(pk=made.pk).update(closed_at=timezone.now())
        until(lambda: Alarm.objects.get(pk=made.pk).told_closed_at)
    assert told(channel) == [TITLE, f"Selesai: {TITLE}"]


def test_a_channel_that_refuses_is_tried_again_and_said_to_be_down(channel: Channel) -> None:
    channel.refuses = True
    made = alarm()
    notifier = Notifier(config(channel))
    with telling(notifier):
        until(lambda: notifier.health().state == "down")
        assert Alarm.objects.get(pk=made.pk).told_opened_at is None
        channel.refuses = False
        until(lambda: Alarm.objects.get(pk=made.pk).told_opened_at)
        until(lambda: notifier.health().state == "up")
    assert told(channel) == [TITLE]


def test_without_a_channel_nothing_is_told_and_the_health_says_so() -> None:
    health = Notifier(Config(command("run message"))).health()
    assert (health.state, health.detail) == ("off", "no channel: watch.notify_url is empty")


def test_who_is_under_maintenance_is_told_when_it_ends() -> None:
    now = timezone.now()
    window = Silence.objects.create(
        ref="L-1", starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1), reason="", made_at=now
    )
    made = alarm(silence=window)
    assert notify.untold() == []
    Silence.objects.filter(pk=window.pk).update(ends_at=now)
    assert notify.untold() == [(made, False)]


def test_an_alarm_that_was_over_before_it_could_be_told_is_told_not_at_all() -> None:
    alarm(closed_at=timezone.now())
    assert notify.untold() == []
