"""`simpul watch`: answered by the watch on its socket, with the alarms of the database beside it."""

from __future__ import annotations

import argparse
import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from register.networks import PROBER
from simpul.kit.problem import Problem
from simpul.watch import cli, live, seen
from simpul.watch.answering import Answering
from simpul.watch.errors import NoTarget
from simpul.watch.hearing import UplinkSaid
from simpul.watch.logic.facts import Said
from simpul.watch.models import Alarm
from watch.addressed import Eyes

# The socket has one place, which all workers share.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("watch.sock")]
AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def picture(eyes: Eyes) -> seen.Seen:
    """What the watch would answer from, three minutes past the hour."""
    observed, now = eyes.observed, eyes.now
    facts = observed.facts(now, Said())
    shown = live.Picture(
        AT,
        eyes.snapshot,
        {code: observed.device(code, now) for code in facts.devices},
        observed.rtts,
        {code: observed.link_seen(code, facts, now, {"B-X"}) for code in facts.links},
        {"UP-1": UplinkSaid(alive=True, down=1.0, up=1.0, loss=0.0)},
        prober=PROBER,
    )
    return seen.Seen(observed.graph, shown, facts, observed.moments(now))


@pytest.fixture
def cut() -> seen.Seen:
    """X and what hangs on it have been silent for six seconds."""
    eyes = Eyes()
    eyes.round()
    eyes.tell("B")
    for _ in range(6):
        eyes.round({"X", "Y"})
    return picture(eyes)


@pytest.fixture
def alarm() -> Alarm:
    """The alarm that the watch has made of it."""
    now = timezone.now()
    return Alarm.objects.create(
        key="B-X",
        kind="span_cut",
        severity="major",
        refs=["B-X", "X"],
        sites=["S-X", "S-Y"],
        names={"S-X": "X", "S-Y": "Y", "X": "Router X"},
        evidence={"ends": ["B", "X"], "devices": ["X", "Y"]},
        opened_at=now,
        updated_at=now,
    )


@contextmanager
def answering(cut: seen.Seen) -> Iterator[None]:
    """The watch's socket, served as the watch does."""

    def answer(request: Any) -> dict[str, Any]:
        if request["do"] == "status":
            return {"state": "up", "detail": "asks 29 addresses from SRV", **seen.numbers(cut.picture), "counters": {}}
        return seen.why(cut, request["target"])

    server = Answering(settings.CONFIGURATION.data.run / "watch.sock", answer)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(5)
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def called(*words: str) -> int:
    """As `simpul watch ...` is called."""
    parser = argparse.ArgumentParser()
    cli.register(parser)
    return cli.run(parser.parse_args(words))


def test_status_counts_what_is_seen_and_names_the_alarm(
    cut: seen.Seen, alarm: Alarm, capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(cut):
        assert called("status", "--json") == 0
        told = json.loads(capsys.readouterr().out)
        assert called("status") == 0
    assert told["watching"]
    assert told["devices"] == {"up": 6, "down": 2, "unknown": 0}
    assert told["uplinks"] == {"up": 1, "down": 0, "unknown": 1}
    assert [(row["id"], row["refs"]) for row in told["alarms"]] == [(alarm.pk, ["B-X", "X"])]
    shown = capsys.readouterr().out
    assert "6 up, 2 down" in shown
    assert "Cable cut between B and X. 2 sites without network: X, Y. It may as well be: Router X." in shown


def test_where_nothing_watches_the_status_is_no_and_alarms_are_told_all_the_same(
    alarm: Alarm, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called("status", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["watching"], len(told["alarms"])) == (False, 1)
    with pytest.raises(Problem, match="simpul up"):
        called("why", "X")


def test_why_tells_the_way_to_the_core_and_where_it_ends(
    cut: seen.Seen, alarm: Alarm, capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(cut):
        assert called("why", "S-Y", "--json") == 1
        told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["state"], told["well"]) == ("site", "down", False)
    assert told["since"] == "2026-11-24T02:59:54+00:00"
    assert told["answered_at"] == "2026-11-24T02:59:53+00:00"
    hops = [(hop["link"], hop["link_state"], hop["to_device"], hop["to_state"]) for hop in told["way"]]
    assert hops == [("X-Y", "unknown", "X", "down"), ("B-X", "down", "B", "up"), ("B-CORE", "up", "CORE", "up")]
    assert [row["id"] for row in told["alarms"]] == [alarm.pk]


def test_why_of_a_link_tells_both_its_ports_and_of_a_leased_one_its_number(
    cut: seen.Seen, capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(cut):
        assert called("why", "A-B", "--json") == 0
        ring = json.loads(capsys.readouterr().out)
        assert called("why", "C-A-L") == 0
    assert [(end["device"], end["signal"]) for end in ring["ends"]] == [("A", "unknown"), ("B", "up")]
    assert "provider PROVIDER, service number NO-A-L" in capsys.readouterr().out


def test_a_way_out_is_as_its_gateway_says(cut: seen.Seen) -> None:
    assert seen.why(cut, "UP-1")["state"] == "up"
    assert seen.why(cut, "UP-2")["state"] == "unknown"


def test_what_is_not_there_is_refused_by_name(cut: seen.Seen) -> None:
    with pytest.raises(NoTarget, match="NOWHERE"):
        seen.why(cut, "NOWHERE")
    with answering(cut), pytest.raises(Problem, match="NOWHERE"):
        called("why", "NOWHERE")


def test_the_socket_is_the_owners_alone_and_takes_the_place_of_an_old_one(cut: seen.Seen) -> None:
    path: Path = settings.CONFIGURATION.data.run / "watch.sock"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    with answering(cut):
        assert path.stat().st_mode & 0o777 == 0o600
    assert not path.exists()
