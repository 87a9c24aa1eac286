"""The pages of alarms: who sees which, what they say, what people do with them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from api.conftest import Caller
from api.regency import SYSTEM, Regency
from simpul.kit.actor import Actor
from simpul.people.logic.rights import Role
from simpul.people.service import actor_for
from simpul.record.change import change
from simpul.watch import service, text
from simpul.watch.models import Alarm, AlarmComment, Silence

WATCH = Actor.system("watch")
MOST_QUERIES = 12


def alarm(regency: Regency, key: str = "L-1", **more: Any) -> Alarm:
    """A leased circuit to the clinic is down, since an hour; or as told."""
    at = more.pop("at", timezone.now() - timedelta(hours=1))
    values: dict[str, Any] = {
        "kind": "circuit_down",
        "severity": "major",
        "refs": [key],
        "names": {"OPD-2": "Klinik Dinas Kesehatan", "OPD-1": "Balai Kominfo"},
        "evidence": {"ends": ["Simpul Distribusi 1", "Klinik Dinas Kesehatan"], "answers": {"SW-1": "down"}},
        "sites": ["OPD-2"],
        "party": regency.provider,
        "service_number": "SID-1",
    }
    values |= more
    made = Alarm.objects.create(key=key, opened_at=at, updated_at=at, **values)
    sites = {"OPD-1": regency.hall, "OPD-2": regency.clinic, "RP-1": regency.library}
    made.affected.set([sites[code] for code in [*made.sites, *made.without_internet]])
    return made


@pytest.fixture
def mine(regency: Regency) -> Alarm:
    """Hits the clinic of the agency, to be mended by the provider."""
    return alarm(regency)


@pytest.fixture
def foreign(regency: Regency) -> Alarm:
    """Hits the hall, to be mended by the network's own people."""
    ends = {"ends": ["Simpul Rahasia", "Balai Kominfo"]}
    return alarm(
        regency, "L-9", kind="span_cut", sites=["OPD-1"], party=regency.diskominfo, service_number="", evidence=ends
    )


def test_the_list_says_how_many_are_open_and_tells_cause_effect_and_party(as_role: Caller, mine: Alarm) -> None:
    page = as_role(Role.OPERATOR).get("/alarms/").content.decode()
    assert "1 alarm terbuka" in page
    with translation.override("id"):
        assert text.title(mine) in page
        assert text.effect(mine) in page
    assert "PT Penyedia Contoh A" in page
    assert "SID-1" in page


def test_open_ones_come_first_then_the_newest(as_role: Caller, regency: Regency) -> None:
    now = timezone.now()
    alarm(regency, "old", at=now - timedelta(days=3))
    alarm(regency, "over", at=now - timedelta(minutes=9), closed_at=now - timedelta(minutes=2))
    alarm(regency, "new", at=now - timedelta(minutes=5))
    rows = as_role(Role.OPERATOR).get("/alarms/").context["list"].rows
    assert [line.alarm.key for line in rows] == ["new", "old", "over"]
    assert [line.lasted for line in rows] == ["", "", "7 mnt"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=open", {"a", "b"}),
        ("state=past", {"c"}),
        ("state=nonsense", set()),
        ("severity=critical", {"b"}),
        ("kind=span_cut", {"c"}),
        ("party=DISKOMINFO", {"c"}),
        ("q=klinik", {"a", "b", "c"}),
        ("q=sid-1+penyedia", {"a", "b"}),
        ("q=balai", set()),
        ("state=open&party=PENYEDIA-A&sort=-opened", {"a", "b"}),
    ],
)
def test_the_address_narrows_the_list(as_role: Caller, regency: Regency, query: str, expected: set[str]) -> None:
    alarm(regency, "a")
    alarm(regency, "b", severity="critical")
    alarm(regency, "c", kind="span_cut", party=regency.diskominfo, closed_at=timezone.now())
    rows = as_role(Role.OPERATOR).get(f"/alarms/?{query}").context["list"].rows
    assert {line.alarm.key for line in rows} == expected


def test_the_worst_can_be_put_on_top(as_role: Caller, regency: Regency) -> None:
    for key, severity in [("a", "minor"), ("b", "critical"), ("c", "major")]:
        alarm(regency, key, severity=severity)
    rows = as_role(Role.OPERATOR).get("/alarms/?sort=severity").context["list"].rows
    assert [line.alarm.key for line in rows] == ["b", "c", "a"]


def test_the_files_hold_the_same_rows(as_role: Caller, mine: Alarm, foreign: Alarm) -> None:
    client = as_role(Role.OPERATOR)
    text_ = client.get("/alarms/?format=csv").content.decode("utf-8-sig")
    assert "SID-1" in text_ or "PT Penyedia Contoh A" in text_
    assert text_.count("OPD-") >= 2
    assert client.get("/alarms/?format=xlsx").content[:2] == b"PK"
    assert as_role(Role.CREW).get("/alarms/?format=csv").status_code == 403
    assert "Rahasia" not in as_role(Role.AGENCY).get("/alarms/?format=csv").content.decode("utf-8-sig")


@pytest.mark.parametrize("role", [Role.AGENCY, Role.PROVIDER])
def test_a_foreign_alarm_does_not_exist(as_role: Caller, mine: Alarm, foreign: Alarm, role: Role) -> None:
    client = as_role(role)
    assert [line.alarm for line in client.get("/alarms/?q=balai").context["list"].rows] == [mine]  # no search at all
    assert client.get(f"/alarms/{mine.pk}/").status_code == 200
    assert client.get(f"/alarms/{foreign.pk}/").status_code == 404
    assert client.get("/alarms/999999/").status_code == 404


def test_an_agency_reads_of_its_own_office_and_of_nothing_else(as_role: Caller, regency: Regency) -> None:
    both = alarm(
        regency, "L-7", sites=["OPD-1", "OPD-2"], evidence={"ends": ["Simpul Rahasia", "Simpul Lain"]},
        refs=["L-7", "R-1"], acknowledged_at=timezone.now(), acknowledged_by="Pegawai Jaga",
    )  # fmt: skip
    service.comment(handler(regency), both, "kunci di pos jaga")
    for path in ("/alarms/", f"/alarms/{both.pk}/", "/"):
        page = as_role(Role.AGENCY).get(path).content.decode()
        for foreign_word in ("Rahasia", "Balai Kominfo", "SID-1", "Pegawai Jaga", "kunci di pos", "R-1"):
            assert foreign_word not in page, (path, foreign_word)
        assert "Klinik Dinas Kesehatan" in page
        assert "PT Penyedia Contoh A" in page


def handler(regency: Regency) -> Actor:
    """Somebody who handles alarms."""
    return actor_for(regency.users[Role.OPERATOR])


def test_a_provider_reads_its_service_number_and_how_many_it_hits(as_role: Caller, mine: Alarm) -> None:
    page = as_role(Role.PROVIDER).get(f"/alarms/{mine.pk}/").content.decode()
    assert "SID-1" in page
    assert "1 titik terputus karenanya" in page
    assert "Tangani" not in page


def test_the_page_tells_what_happened_in_order(as_role: Caller, regency: Regency, mine: Alarm) -> None:
    with change(WATCH) as this:
        this.watch(mine)
        mine.sites, mine.severity = ["OPD-1", "OPD-2"], "critical"
        mine.save()
    client = as_role(Role.OPERATOR)
    client.post(f"/alarms/{mine.pk}/acknowledge/")
    client.post(f"/alarms/{mine.pk}/comment/", {"text": "Teknisi berangkat."})
    with change(WATCH) as this:
        mine.refresh_from_db()
        this.watch(mine)
        mine.closed_at = this.at
        mine.save()
    told = [(line.what, line.who) for line in client.get(f"/alarms/{mine.pk}/").context["story"]]
    assert told == [
        ("Selesai", ""),
        ("Komentar", "Pegawai operator"),
        ("Ditangani", "Pegawai operator"),
        ("Tingkat: besar → kritis · Kini 2 titik tanpa jaringan, tadinya 1", ""),
        ("Ditemukan", ""),
    ]


def test_who_handles_alarms_takes_one_up_once(as_role: Caller, mine: Alarm) -> None:
    client = as_role(Role.OPERATOR)
    assert "Saya tangani" in client.get(f"/alarms/{mine.pk}/").content.decode()
    page = client.post(f"/alarms/{mine.pk}/acknowledge/", follow=True).content.decode()
    mine.refresh_from_db()
    assert mine.acknowledged_by == "Pegawai operator"
    assert mine.is_open
    assert "Saya tangani" not in page
    Alarm.objects.update(closed_at=timezone.now())
    late = client.post(f"/alarms/{mine.pk}/acknowledge/", follow=True).content.decode()
    assert f"Alarm {mine.pk}" in late


@pytest.mark.parametrize("role", [Role.CREW, Role.AGENCY, Role.PROVIDER, Role.HEAD, Role.AUDITOR])
def test_who_may_not_handle_alarms_changes_nothing(as_role: Caller, mine: Alarm, role: Role) -> None:
    client = as_role(role)
    page = client.get(f"/alarms/{mine.pk}/").content.decode()
    assert "<textarea" not in page
    assert "Saya tangani" not in page
    assert client.post(f"/alarms/{mine.pk}/acknowledge/").status_code == 403
    assert client.post(f"/alarms/{mine.pk}/comment/", {"text": "x"}).status_code == 403
    assert client.post("/alarms/maintenance/new/", {"ref": "L-1"}).status_code == 403
    mine.refresh_from_db()
    assert mine.acknowledged_at is None
    assert not AlarmComment.objects.exists()


def test_an_empty_comment_is_refused_at_its_field(as_role: Caller, mine: Alarm) -> None:
    answer = as_role(Role.OPERATOR).post(f"/alarms/{mine.pk}/comment/", {"text": "  "})
    assert answer.status_code == 422
    assert 'id="id_text_error"' in answer.content.decode()


def test_what_people_wrote_is_never_run(as_role: Caller, regency: Regency) -> None:
    bad = alarm(
        regency, evidence={"ends": ["<b>x</b>", "y"]}, acknowledged_by="<i>z</i>", acknowledged_at=timezone.now()
    )
    client = as_role(Role.OPERATOR)
    client.post(f"/alarms/{bad.pk}/comment/", {"text": "<script>alert(1)</script>"})
    for path in ("/alarms/", f"/alarms/{bad.pk}/"):
        page = client.get(path).content.decode()
        assert "<b>x" not in page
        assert "<i>z" not in page
        assert "<script>alert" not in page


def test_the_parts_alone_are_asked_for_by_the_page(as_role: Caller, mine: Alarm) -> None:
    answer = as_role(Role.OPERATOR).get(f"/alarms/{mine.pk}/", headers={"X-Fragment": "1"})
    page = answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<html" not in page
    for part in ("answer", "standing", "actions", "effect", "story", "party", "cause"):
        assert f'id="alarm-{part}" data-swap' in page


def test_a_long_list_of_sites_leaves_out_none_without_network(
    as_role: Caller, regency: Regency, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simpul.web.alarm_page.MOST_SITES", 1)
    by_name = sorted(["OPD-1", "OPD-2"], key={"OPD-1": regency.hall.name, "OPD-2": regency.clinic.name}.__getitem__)
    found = alarm(regency, sites=[by_name[1]], without_internet=[by_name[0]])
    hits = as_role(Role.OPERATOR).get(f"/alarms/{found.pk}/").context["hit"]
    assert [(hit.site.code, hit.network_lost) for hit in hits] == [(by_name[1], True)]


def test_work_is_announced_listed_and_ended(as_role: Caller, regency: Regency) -> None:
    client = as_role(Role.OPERATOR)
    form = client.get("/alarms/maintenance/new/?ref=L-1")
    assert form.context["form"].initial["ref"] == "L-1"
    assert ("L-1", "L-1") in form.context["elements"]
    begin = timezone.localtime()
    given = {
        "ref": "L-1",
        "starts_at": f"{begin:%Y-%m-%dT%H:%M}",
        "ends_at": f"{begin + timedelta(hours=2):%Y-%m-%dT%H:%M}",
        "reason": "ganti sambungan",
    }
    page = client.post("/alarms/maintenance/new/", given, follow=True).content.decode()
    assert "1 jendela pemeliharaan berjalan" in page
    assert "ganti sambungan" in page
    window = Silence.objects.get()
    assert abs((window.starts_at - begin).total_seconds()) < 61
    ended = client.post(f"/alarms/maintenance/{window.pk}/end/", follow=True).content.decode()
    assert "Tidak ada pemeliharaan yang berjalan" in ended
    window.refresh_from_db()
    assert window.ends_at <= timezone.now()
    again = client.post(f"/alarms/maintenance/{window.pk}/end/", follow=True).content.decode()
    assert "L-1" in again


@pytest.mark.parametrize(
    ("change_", "said"),
    [
        ({"ref": "NOWHERE"}, "NOWHERE"),
        ({"ends_at": "2020-01-01T00:00"}, "pemeliharaan"),
        ({"reason": ""}, "reason"),
        ({"starts_at": "0001-01-01T00:00"}, "1990-01-01"),
        ({"ends_at": "9999-12-31T23:59"}, "2100-12-31"),
        ({"starts_at": "2020-01-01T00:00"}, "366"),
        ({"ends_at": "2099-01-01T00:00"}, "366"),
    ],
)
def test_wrong_work_is_refused_with_a_reason(
    as_role: Caller, regency: Regency, change_: dict[str, str], said: str
) -> None:
    begin = timezone.localtime()
    given = {
        "ref": "L-1",
        "starts_at": f"{begin:%Y-%m-%dT%H:%M}",
        "ends_at": f"{begin + timedelta(hours=2):%Y-%m-%dT%H:%M}",
        "reason": "x",
    }
    answer = as_role(Role.OPERATOR).post("/alarms/maintenance/new/", given | change_)
    assert answer.status_code == 422
    assert said in json.dumps(answer.context["form"].errors, ensure_ascii=False)
    assert not Silence.objects.exists()


def test_an_alarm_is_in_maintenance_while_the_work_goes_on_and_no_longer(as_role: Caller, regency: Regency) -> None:
    now, client = timezone.now(), as_role(Role.OPERATOR)
    window = service.silence(handler(regency), "L-1", now, now + timedelta(hours=1), "tiang")
    hanging = alarm(regency, "L-1", silence=window)
    pages = ("/alarms/", f"/alarms/{hanging.pk}/", "/now/alarms/")
    assert all("dalam pemeliharaan" in client.get(page).content.decode() for page in pages)
    service.end_silence(handler(regency), window)
    assert not any("dalam pemeliharaan" in client.get(page).content.decode() for page in pages)
    assert "terbuka" in client.get("/alarms/?format=csv").content.decode()
    service.acknowledge(handler(regency), hanging)
    assert "ditangani" in client.get("/alarms/?format=csv").content.decode()


def test_maintenance_is_no_affair_of_agencies_and_providers(as_role: Caller, regency: Regency) -> None:
    now = timezone.now()
    service.silence(handler(regency), "L-1", now, now + timedelta(hours=1), "rahasia")
    for role in (Role.AGENCY, Role.PROVIDER):
        client = as_role(role)
        assert client.get("/alarms/maintenance/").status_code == 404, "an empty list would say that nobody works"
        assert "/alarms/maintenance/" not in client.get("/alarms/").content.decode()
        assert client.post(f"/alarms/maintenance/{Silence.objects.get().pk}/end/").status_code == 403


@pytest.mark.parametrize("path", ["/alarms/", "/alarms/{}/", "/alarms/maintenance/", "/alarms/maintenance/new/"])
def test_a_page_asks_the_database_little(as_role: Caller, regency: Regency, path: str) -> None:
    first = alarm(regency, "a0")
    for number in range(1, 30):
        alarm(regency, f"a{number}", sites=["OPD-1", "OPD-2"])
    client: Client = as_role(Role.OPERATOR)
    client.get(path.format(first.pk))
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path.format(first.pk)).status_code == 200
    assert len(asked) <= MOST_QUERIES, [each["sql"][:90] for each in asked]


def test_the_list_grows_without_more_questions_for_an_agency(as_role: Caller, regency: Regency) -> None:
    for number in range(30):
        alarm(regency, f"a{number}")
    client = as_role(Role.AGENCY)
    client.get("/alarms/")
    with CaptureQueriesContext(connection) as asked:
        assert len(client.get("/alarms/").context["list"].rows) == 30
    assert len(asked) <= MOST_QUERIES, [each["sql"][:90] for each in asked]


def test_the_system_itself_is_no_author(as_role: Caller, mine: Alarm) -> None:
    with change(SYSTEM) as this:
        this.watch(mine)
        mine.flapping = True
        mine.save()
    story = as_role(Role.OPERATOR).get(f"/alarms/{mine.pk}/").context["story"]
    assert ("Datang dan pergi", "") in [(line.what, line.who) for line in story]
