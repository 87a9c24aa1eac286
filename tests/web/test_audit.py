"""The audit view: who may look, what is found, and what an entry says."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.db.models import Model
from django.test import Client
from django.utils.functional import Promise
from django.utils.translation import override

from api.conftest import Caller
from api.regency import SYSTEM, Regency
from simpul.people.logic.rights import Role
from simpul.record.change import change
from simpul.record.models import Job, LogEntry
from simpul.register.service import advance_network, update_site
from simpul.web import audit_search
from simpul.web.audit_lines import kind_within, kinds, lines_of, summary_of
from simpul.web.audit_search import Search, find
from simpul.web.audit_words import sentence


def page(client: Client, address: str = "/audit/", **query: str) -> str:
    """The page as text, in English."""
    client.cookies["django_language"] = "en"
    response = client.get(address, query)
    assert response.status_code == 200, response.content
    return response.content.decode()


def numbers(text: str) -> list[int]:
    """Numbers of the entries listed."""
    return [int(found) for found in re.findall(r'<th scope="row" class="number"><a href="/audit/(\d+)/">', text)]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AGENCY, Role.PROVIDER, Role.HEAD, Role.CREW])
def test_who_may_not_see_the_log_is_told_whom_to_ask(as_role: Caller, role: Role) -> None:
    assert as_role(role).get("/audit/").status_code == 403
    assert as_role(role).get("/audit/1/").status_code == 403


def test_the_newest_entries_come_first_and_older_ones_follow(as_role: Caller) -> None:
    client = as_role(Role.AUDITOR)
    head = LogEntry.objects.order_by("-seq").values_list("seq", flat=True)[0]
    assert head > 50
    first = page(client)
    assert numbers(first) == list(range(head, head - 50, -1))
    older = re.search(r'href="(\?start=\d+)" rel="next"', first)
    assert older
    assert numbers(page(client, f"/audit/{older[1]}"))[0] == head - 50
    assert numbers(page(client, sort="seq"))[:3] == [1, 2, 3]


def test_an_object_shows_its_own_changes(as_role: Caller, regency: Regency) -> None:
    update_site(SYSTEM, regency.clinic, medium="radio")
    text = page(as_role(Role.AUDITOR), kind="register.site", ref="OPD-2", verb="changed")
    assert len(numbers(text)) == 1
    assert "leased circuit → radio" in text


def test_the_log_of_a_site_tells_of_its_roll_out_too(as_role: Caller, regency: Regency) -> None:
    step = advance_network(SYSTEM, regency.clinic, "lit", datetime(2020, 3, 1, tzinfo=UTC))
    for query in ({"kind": "register.site", "ref": "OPD-2"}, {"ref": "opd-2"}):
        text = page(as_role(Role.AUDITOR), **query)
        assert f"OPD-2/{step.pk}" in text
        assert "lit · 1 Mar 2020" in text


def test_the_title_says_how_many_entries_match(as_role: Caller, regency: Regency) -> None:
    update_site(SYSTEM, regency.clinic, medium="radio")
    client = as_role(Role.AUDITOR)
    found = LogEntry.objects.filter(kind="register.site", ref="OPD-2", verb="changed").count()
    assert found == 1
    assert "<h1>1 entry about OPD-2</h1>" in page(client, kind="register.site", ref="OPD-2", verb="changed")
    assert f"<h1>{LogEntry.objects.count()} entries in the log</h1>" in page(client)
    assert "<h1>0 entries match</h1>" in page(client, until="2001-01-01")
    assert "<h1>Entries that match the words</h1>" in page(client, text="klinik")


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        ("created", "Sari membuat titik OPD-2"),
        ("changed", "Sari mengubah titik OPD-2"),
        ("deleted", "Sari menghapus titik OPD-2"),
        ("signed_in", "Sari masuk"),
    ],
)
def test_an_entry_is_a_sentence(verb: str, said: str) -> None:
    with override("id"):
        assert sentence(LogEntry(actor_name="Sari", verb=verb, ref="OPD-2"), kind_within("register.site")) == said


def test_a_refused_sign_in_names_the_name_and_the_reason() -> None:
    ref, after = "unknown name, 7 characters, #0a1b2c3d", '{"reason":"wrong name or password"}'
    entry = LogEntry(actor_name="anonymous", verb="refused", kind="people.user", ref=ref, after=after)
    with override("id"):
        assert sentence(entry, "pengguna") == "Masuk sebagai nama tak dikenal, 7 huruf (#0a1b2c3d) ditolak"
        assert summary_of(entry) == "alasan: nama atau kata sandi salah"


# Rows that the program keeps for itself and the log never tells of.
OF_THE_PROGRAM = {
    "record.faileddelivery",
    "record.handled",
    "record.logentry",
    "record.loghead",
    "record.outboxevent",
    "register.importrow",
}


def told_of() -> list[type[Model]]:
    """Every table of every installed room, but those of the program itself."""
    rooms = [room for room in apps.get_app_configs() if room.name.startswith("simpul.")]
    found = [model for room in rooms for model in room.get_models()]
    return [model for model in found if model._meta.label_lower not in OF_THE_PROGRAM]


def test_whatever_the_log_may_hold_has_a_name_in_both_languages() -> None:
    missing = []
    for model in told_of():
        secret = {"password", "last_login", *getattr(model, "audit_exclude", ())}
        columns = [each for each in model._meta.concrete_fields if each.name not in ("id", *secret)]
        names = [(model._meta.label, model._meta.verbose_name)]
        names += [(f"{model._meta.label}.{each.name}", each.verbose_name) for each in columns]
        missing += [label for label, name in names if not isinstance(name, Promise)]
    assert not missing


def test_the_filter_offers_every_kind_of_every_room_and_no_table_of_the_program_itself() -> None:
    assert {kind for kind, _ in kinds()} == {model._meta.label_lower for model in told_of()}


def test_every_entry_says_something(regency: Regency) -> None:
    update_site(SYSTEM, regency.clinic, version=regency.clinic.version)
    with change(SYSTEM) as this:
        this.did(LogEntry.Verb.USED, "record.credential", "router")
    assert all(summary_of(entry) for entry in LogEntry.objects.all())


@pytest.mark.parametrize(
    ("query", "some"),
    [
        ({"actor": "system:test"}, True),
        ({"actor": "TEST"}, True),
        ({"actor": "user:999"}, False),
        ({"text": "klinik"}, True),
        ({"text": "nothing like this"}, False),
        ({"since": "2001-01-01"}, True),
        ({"until": "2001-01-01"}, False),
        ({"verb": "deleted"}, False),
        ({"kind": "people.user"}, True),
        ({"start": "x", "sort": "y"}, True),
    ],
)
def test_filters_of_the_address(as_role: Caller, query: dict[str, str], some: bool) -> None:
    assert bool(numbers(page(as_role(Role.AUDITOR), **query))) is some


def test_a_day_that_is_none_is_left_out_and_said(as_role: Caller) -> None:
    assert "holds no day was left out" in page(as_role(Role.AUDITOR), since="2023-02-30")


def test_a_search_for_words_goes_on_from_where_it_stopped(regency: Regency, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_search, "SCANNED", 10)
    head = LogEntry.objects.order_by("-seq").values_list("seq", flat=True)[0]
    search, seen, rounds = Search(text="DISKOMINFO"), [], 0
    while True:
        found = find(search, head)
        seen += [entry.seq for entry in found.entries]
        rounds += 1
        on = found.next_start if found.next_start is not None else found.stretch_end
        if on is None:
            break
        search = Search(text="DISKOMINFO", start=on)
    assert rounds > 3
    said = [
        entry.seq for entry in LogEntry.objects.order_by("-seq") if "diskominfo" in (entry.ref + entry.after).lower()
    ]
    assert seen == said


def test_an_entry_names_columns_choices_and_references_in_words(regency: Regency) -> None:
    update_site(SYSTEM, regency.clinic, medium="own_fibre", organisation=regency.school, has_hotspot=True)
    entry = LogEntry.objects.order_by("-seq")[0]
    with override("en"):
        told = {line.name: (line.before, line.after) for line in lines_of(entry)}
        assert told["joined by"] == ("leased circuit", "own fibre")
        assert told["organisation (user)"][1] == "Dinas Pendidikan (DISDIK)"
        assert told["public Wi-Fi"] == ("no", "yes")
        assert "joined by: leased circuit → own fibre" in summary_of(entry)


def test_the_page_of_an_entry_shows_its_place_in_the_chain(as_role: Caller) -> None:
    entry = LogEntry.objects.get(seq=5)
    text = page(as_role(Role.AUDITOR), "/audit/5/")
    assert entry.hash in text
    assert entry.previous in text
    assert as_role(Role.AUDITOR).get("/audit/999999/").status_code == 404


def test_what_people_wrote_is_escaped(as_role: Caller, regency: Regency) -> None:
    update_site(SYSTEM, regency.clinic, note="<script>alert(1)</script>")
    client = as_role(Role.AUDITOR)
    seq = LogEntry.objects.order_by("-seq").values_list("seq", flat=True)[0]
    assert "<script>alert" not in page(client)
    assert "<script>alert" not in page(client, f"/audit/{seq}/")


def test_a_row_of_a_kind_that_is_gone_can_still_be_read(as_role: Caller, db: None) -> None:
    with change(SYSTEM) as this:
        this.did(LogEntry.Verb.CHANGED, "flows.exporter", "E-1", {"rate": 1}, {"rate": 2})
    assert "flows.exporter" in page(as_role(Role.AUDITOR))


def test_the_check_is_asked_for_once_at_a_time(as_role: Caller) -> None:
    client = as_role(Role.AUDITOR)
    places = {client.post("/audit/verify/")["Location"] for _ in range(3)}
    assert len(places) == 1
    assert Job.objects.filter(kind="record.verify").count() == 1
    assert as_role(Role.OPERATOR).post("/audit/verify/").status_code == 403
    assert client.get("/audit/verify/").status_code == 405


def test_the_entries_found_can_be_taken_away(as_role: Caller) -> None:
    client = as_role(Role.AUDITOR)
    text = client.get("/audit/", {"kind": "register.site", "format": "csv"}).content.decode("utf-8-sig")
    assert len(text.splitlines()) == 5
    assert client.get("/audit/", {"kind": "register.site", "format": "xlsx"}).content[:2] == b"PK"
