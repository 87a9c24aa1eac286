"""`simpul log verify` and `simpul events` answer people and programs."""

from __future__ import annotations

import json

import pytest

from record.telling import ACTOR, Counted, tell
from simpul import cli
from simpul.kit.events import Event
from simpul.record import service as record
from simpul.record.delivery import Config, Dispatcher
from simpul.record.models import FailedDelivery, LogEntry

pytestmark = pytest.mark.django_db


def log_some(count: int) -> None:
    """Entries in the log."""
    with record.change(ACTOR) as change:
        for number in range(1, count + 1):
            change.did(LogEntry.Verb.CHANGED, "register.site", f"S-{number}", {"a": 1}, {"a": 2})


def park_one() -> FailedDelivery:
    """An event that nobody could handle."""

    def fail(_: Event) -> None:
        raise ValueError("the roof is on fire")

    tell(Counted(1))
    Dispatcher(Config(attempts=1), {Counted: {"alarm": fail}}).round()
    return FailedDelivery.objects.get()


def test_a_whole_log_is_reported_with_the_line_to_note_down(capsys: pytest.CaptureFixture[str]) -> None:
    log_some(3)
    assert cli.main(["log", "verify"]) == 0
    head = record.verify_chain().head
    assert capsys.readouterr().out == f"The log is whole: 3 entries.\n3:{head.hash}\n"
    assert cli.main(["log", "verify", "--noted", f"3:{head.hash}"]) == 0


def test_a_broken_log_is_named_for_people_and_for_programs(unguarded: None, capsys: pytest.CaptureFixture[str]) -> None:
    log_some(3)
    LogEntry.objects.filter(seq=2).update(note="x")
    assert cli.main(["log", "verify"]) == 1
    told = capsys.readouterr().out
    assert "The log is broken at entry 2 (register.site S-2): edited; its content and its hash do not match." in told
    assert "Entries 1 to 1 are as written." in told
    assert "Guards are missing: record_evidence_no_delete" in told
    assert cli.main(["log", "verify", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["ok"], answer["entries"], answer["head"]["seq"]) == (False, 1, 1)
    assert answer["fault"]["seq"] == 2
    assert answer["fault"]["what"] == "edited"
    assert "record_logentry_no_update" in answer["unguarded"]


def test_a_log_that_is_not_as_noted_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    log_some(1)
    assert cli.main(["log", "verify", "--noted", f"1:{'a' * 64}"]) == 1
    assert "not as noted" in capsys.readouterr().out


def test_evidence_is_checked_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["log", "verify", "--evidence", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["damaged_evidence"] == []


@pytest.mark.parametrize("noted", ["3", "x:y", "1:" + "g" * 64])
def test_a_hash_that_is_none_is_a_wrong_call(noted: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["log", "verify", "--noted", noted]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_parked_events_are_listed_and_retried(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["events", "parked"]) == 0
    assert capsys.readouterr().out == "No event is parked.\n"
    row = park_one()
    assert cli.main(["events", "parked"]) == 1
    assert capsys.readouterr().out == f"{row.pk}  test.Counted  alarm: the roof is on fire\n"
    assert cli.main(["events", "parked", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["parked"][0]["listener"] == "alarm"
    assert cli.main(["events", "retry", str(row.pk)]) == 0
    assert capsys.readouterr().out == "test.Counted will be delivered to alarm again.\n"
    row.refresh_from_db()
    assert (row.parked_at, row.attempts) == (None, 0)


def test_an_unknown_number_is_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["events", "retry", "17"]) == 2
    assert "no parked event has number 17. See: simpul events parked" in capsys.readouterr().err
