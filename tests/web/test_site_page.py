"""One site: where it stands, how it came to that, what is there, and who may read it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as some

from api.conftest import Caller
from api.regency import Regency, day
from simpul.people.logic.rights import Role
from simpul.register.models import Handover, InternetEvent, NetworkEvent, Site, Stall
from simpul.register.service import status_at
from simpul.web.site_rows import tally_by_kind, together, with_lamps


@pytest.fixture
def engineer(as_role: Caller) -> Client:
    """May see and change."""
    return as_role(Role.ENGINEER)


def test_the_title_says_where_the_site_stands(engineer: Client) -> None:
    assert (
        "Balai Kominfo tersambung dan mendapat internet; keadaannya kini tidak diketahui"
        in engineer.get("/sites/OPD-1/").content.decode()
    )
    assert "Perpustakaan Daerah terhenti" in engineer.get("/sites/RP-1/").content.decode()


def test_the_story_is_told_newest_first(engineer: Client) -> None:
    text = engineer.get("/sites/OPD-1/").content.decode()
    told = text[text.index('<ol class="timeline">') : text.index("</ol>")]
    assert told.index("BAST-1/2023") < told.index("1 Feb 2023") < told.index("1 Mar 2018")


def test_a_point_of_presence_has_no_internet_lamp(engineer: Client) -> None:
    assert engineer.get("/sites/POP-1/").content.decode().count('class="lamp-card"') == 1
    assert engineer.get("/sites/OPD-1/").content.decode().count('class="lamp-card"') == 2


def test_a_foreign_agency_sees_404_not_403(as_role: Caller) -> None:
    client = as_role(Role.AGENCY)
    assert client.get("/sites/OPD-2/").status_code == 200
    for path in ("/sites/OPD-1/", "/sites/NOWHERE/"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "Halaman ini tidak ada" in answer.content.decode()


def test_an_agency_reads_no_contract_on_its_site(as_role: Caller, regency: Regency, engineer: Client) -> None:
    Site.objects.filter(code="OPD-2").update(contract_line=regency.contract.lines.get())
    assert "027/118/SPK/2023#1" in engineer.get("/sites/OPD-2/").content.decode()
    assert "SPK/2023" not in as_role(Role.AGENCY).get("/sites/OPD-2/").content.decode()


def test_what_people_typed_is_never_run(engineer: Client, regency: Regency) -> None:
    Site.objects.filter(code="OPD-1").update(name="<script>alert(1)</script>", note="<img src=x onerror=alert(1)>")
    for path in ("/", "/sites/", "/sites/OPD-1/"):
        text = engineer.get(path).content.decode()
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_a_change_is_saved_with_its_author(engineer: Client, regency: Regency) -> None:
    page = engineer.get("/sites/OPD-1/edit/").context["form"]
    values = {name: value for name, value in page.initial.items() if value not in (None, False)}
    answer = engineer.post("/sites/OPD-1/edit/", values | {"name": "Balai Baru"}, follow=True)
    assert answer.redirect_chain
    assert "Balai Baru" in answer.content.decode()
    assert Site.objects.get(code="OPD-1").version == regency.hall.version + 1


def test_whoever_saves_second_is_told_and_overwrites_nothing(engineer: Client, regency: Regency) -> None:
    page = engineer.get("/sites/OPD-1/edit/").context["form"]
    values = {name: value for name, value in page.initial.items() if value not in (None, False)}
    Site.objects.filter(code="OPD-1").update(version=7, note="dari orang lain")
    answer = engineer.post("/sites/OPD-1/edit/", values | {"note": "dari saya"})
    assert answer.status_code == 422
    assert "Orang lain sudah mengubah titik ini" in answer.content.decode()
    assert Site.objects.get(code="OPD-1").note == "dari orang lain"


def test_a_wrong_value_is_named_at_its_field(engineer: Client) -> None:
    page = engineer.get("/sites/OPD-1/edit/").context["form"]
    values = {name: value for name, value in page.initial.items() if value not in (None, False)}
    answer = engineer.post("/sites/OPD-1/edit/", values | {"planned_year": "dua ribu"})
    assert answer.status_code == 422
    assert 'id="id_planned_year_error"' in answer.content.decode()


def test_a_new_site_opens_its_page(engineer: Client, regency: Regency) -> None:
    given = {
        "code": "OPD-9",
        "name": "Kantor Baru",
        "kind": "opd",
        "organisation": regency.health.pk,
        "owner": regency.diskominfo.pk,
        "operator": regency.diskominfo.pk,
        "medium": "radio",
        "position": "unknown",
    }
    answer = engineer.post("/sites/new/", given, follow=True)
    assert "Kantor Baru belum tersambung" in answer.content.decode()
    assert engineer.post("/sites/new/", given).status_code == 422


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AGENCY, Role.AUDITOR])
def test_who_may_not_edit_gets_no_form(as_role: Caller, role: Role) -> None:
    client = as_role(role)
    assert client.get("/sites/OPD-2/edit/").status_code == 403
    assert "/sites/OPD-2/edit/" not in client.get("/sites/OPD-2/").content.decode()


@settings(max_examples=25)
@given(data=some.data())
def test_the_lists_lamps_are_those_of_the_register(db: None, regency: Regency, data: some.DataObject) -> None:
    site, start = regency.library, day(2022, 1, 1)
    for model in (NetworkEvent, InternetEvent, Stall, Handover):
        model.objects.filter(site=site).delete()
    moments = some.integers(0, 6).map(lambda days: start + timedelta(days=days))
    who = {"site": site, "recorded_by": "test", "recorded_at": timezone.now()}
    for at in data.draw(some.lists(moments, max_size=5)):
        state = data.draw(some.sampled_from(["none", "poles", "cable", "lit"]))
        NetworkEvent.objects.create(at=at, state=state, **who)
    for at in data.draw(some.lists(moments, max_size=5)):
        state = data.draw(some.sampled_from(["none", "ordered", "on", "cut_off"]))
        InternetEvent.objects.create(at=at, state=state, **who)
    for at in data.draw(some.lists(moments, max_size=2)):
        until = data.draw(some.none() | moments)
        Stall.objects.create(at=at, until=until, track="network", reason=f"sejak {at:%d}", **who)
    asked = data.draw(moments)
    (expected,) = status_at(Site.objects.filter(pk=site.pk), asked)
    row = with_lamps(Site.objects.filter(pk=site.pk), asked).get()
    assert (row.network_state, row.internet_state) == (expected.network, expected.internet)
    assert (row.stalled_by or "") == expected.stalled_reason


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.AGENCY])
def test_the_tally_counts_each_site_once(regency: Regency, role: Role) -> None:
    expected = {
        Role.ENGINEER: {"opd": (2, 2, 1, 0), "public_space": (1, 0, 0, 1)},
        Role.AGENCY: {"opd": (1, 1, 0, 0)},
    }
    tallies = tally_by_kind(Site.objects.visible_to(regency.users[role]), timezone.now())
    counted = {kind: (each.sites, each.lit, each.on, each.stalled) for kind, each in tallies.items()}
    assert counted == expected[role]
    assert together(tallies.values()).dark == (1 if role is Role.ENGINEER else 0)


def test_the_history_button_leads_to_the_sites_own_lines_of_the_log(as_role: Caller) -> None:
    client = as_role(Role.AUDITOR)
    text = client.get("/sites/OPD-1/").content.decode()
    target = re.findall(r'href="(/audit/\?[^"]+)"', text)[0].replace("&amp;", "&")
    log = client.get(target).content.decode()
    assert "OPD-1" in log
    assert "RP-1" not in log
    assert "/audit/" not in as_role(Role.OPERATOR).get("/sites/OPD-1/").content.decode()
