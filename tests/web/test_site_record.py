"""Recording a site's story: what is true is kept with its proof, what cannot be true is refused in words."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from api.conftest import Caller
from api.regency import Regency
from simpul.people.logic.rights import Role
from simpul.record.evidence import open_evidence
from simpul.record.models import Evidence, LogEntry
from simpul.register.models import Handover, InternetEvent, NetworkEvent, Stall

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@pytest.fixture
def engineer(as_role: Caller) -> Client:
    """May record."""
    return as_role(Role.ENGINEER)


def test_a_step_is_kept_with_its_proof_and_who_said_so(engineer: Client) -> None:
    photo = SimpleUploadedFile("tiang.png", PNG, "image/png")
    given = {"state": "poles", "at": "2024-05-01T08:30", "reason": "12 tiang", "evidence": photo}
    answer = engineer.post("/sites/RP-1/record/network/", given, follow=True)
    assert "Tercatat." in answer.content.decode()
    row = NetworkEvent.objects.get(site__code="RP-1")
    assert row.at.isoformat() == "2024-05-01T01:30:00+00:00"  # half past eight in the network's own zone
    assert row.recorded_by == "Pegawai engineer"
    assert row.evidence is not None
    with open_evidence(row.evidence) as file:
        assert file.read() == PNG
    assert "tiang.png" in answer.content.decode()


def test_a_step_out_of_order_is_refused_in_words_and_keeps_nothing(engineer: Client) -> None:
    files = Evidence.objects.count()
    given = {"state": "on", "at": "2018-01-01T08:00", "evidence": SimpleUploadedFile("a.png", PNG, "image/png")}
    answer = engineer.post("/sites/OPD-2/record/internet/", given)
    assert answer.status_code == 422
    assert "tanpa jaringan yang nyala" in answer.content.decode()
    assert not InternetEvent.objects.filter(site__code="OPD-2").exists()
    assert Evidence.objects.count() == files


@pytest.mark.parametrize(
    ("path", "given", "said"),
    [
        ("/sites/OPD-1/record/network/", {"state": "lit", "at": "2024-01-01T08:00"}, "Keadaannya sudah begitu sejak"),
        ("/sites/OPD-1/record/network/", {"state": "cable", "at": "0001-01-01T00:00"}, "1990-01-01"),
        ("/sites/OPD-1/record/network/", {"state": "cable", "at": "2024-01-01T08:00"}, "memerlukan alasan"),
        (
            "/sites/OPD-1/record/network/",
            {"state": "none", "at": "2018-04-15T08:00", "reason": "x"},
            "tidak lagi berurutan",
        ),
        ("/sites/OPD-2/record/internet/", {"state": "cut_off", "at": "2024-01-01T08:00"}, "Internet tidak nyala"),
        ("/sites/RP-1/record/network/", {"state": "lit", "at": "2099-01-01T08:00"}, "Waktu itu belum tiba"),
        ("/sites/RP-1/record/network/", {"state": "lit", "at": "2999-01-01T08:00"}, "2100-12-31"),
        (
            "/sites/RP-1/record/stall/",
            {"track": "network", "at": "2021-01-01T08:00", "reason": "x"},
            "Sudah tercatat terhenti",
        ),
        ("/sites/OPD-1/record/stall/", {"track": "network", "at": "2021-01-01T08:00", "reason": "x"}, "sudah selesai"),
    ],
)
def test_what_cannot_be_true_is_refused_in_the_readers_language(
    engineer: Client, path: str, given: dict[str, str], said: str
) -> None:
    before = NetworkEvent.objects.count() + InternetEvent.objects.count() + Stall.objects.count()
    answer = engineer.post(path, given)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert NetworkEvent.objects.count() + InternetEvent.objects.count() + Stall.objects.count() == before


def test_the_form_offers_the_steps_that_the_medium_has(engineer: Client) -> None:
    fibre = engineer.get("/sites/OPD-1/record/network/").content.decode()
    radio = engineer.get("/sites/RP-1/record/network/").content.decode()
    assert 'value="spliced"' in fibre
    assert 'value="spliced"' not in radio


def test_a_stall_ends_when_the_work_goes_on(engineer: Client) -> None:
    stall = Stall.objects.get(site__code="RP-1")
    path = f"/sites/RP-1/record/resume/{stall.pk}/"
    assert path in engineer.get("/sites/RP-1/").content.decode()
    assert engineer.post(path, {"until": "2019-01-01T08:00"}).status_code == 422
    assert engineer.post(path, {"until": "2023-01-16T08:00"}).status_code == 302
    stall.refresh_from_db()
    assert stall.until is not None


def test_a_site_is_handed_over_once_under_a_contract(engineer: Client, regency: Regency) -> None:
    given = {"contract": regency.contract.pk, "document_number": "BAST-7/2023", "at": "2023-06-01T08:00"}
    assert engineer.post("/sites/OPD-2/record/handover/", given).status_code == 302
    assert Handover.objects.filter(site=regency.clinic, document_number="BAST-7/2023").exists()
    again = engineer.post("/sites/OPD-2/record/handover/", given)
    assert "Sudah diserahterimakan dengan kontrak ini" in again.content.decode()


def test_a_crew_hands_nothing_over_under_a_contract_it_may_not_see(as_role: Caller, regency: Regency) -> None:
    client = as_role(Role.CREW)
    assert "SPK/2023" not in client.get("/sites/OPD-2/record/handover/").content.decode()
    given = {"contract": regency.contract.pk, "document_number": "BAST-7/2023", "at": "2023-06-01T08:00"}
    assert client.post("/sites/OPD-2/record/handover/", given).status_code == 403
    assert client.get("/sites/OPD-2/record/handover/").status_code == 403
    assert "record/handover/" not in client.get("/sites/OPD-2/").content.decode()  # no form without a choice
    assert not Handover.objects.filter(site=regency.clinic).exists()


def test_a_wrong_line_is_taken_back_and_the_log_keeps_it(engineer: Client) -> None:
    row = NetworkEvent.objects.get(site__code="OPD-2")
    path = f"/sites/OPD-2/withdraw/network/{row.pk}/"
    assert engineer.post(path, {"reason": ""}).status_code == 422
    assert engineer.post(path, {"reason": "salah titik"}).status_code == 302
    assert not NetworkEvent.objects.filter(pk=row.pk).exists()
    assert LogEntry.objects.filter(verb="deleted", note="salah titik").exists()


@pytest.mark.parametrize("path", ["/sites/OPD-1/withdraw/network/{row}/", "/sites/OPD-1/record/resume/{stall}/"])
def test_another_sites_line_is_not_found(engineer: Client, path: str) -> None:
    row = NetworkEvent.objects.get(site__code="OPD-2")
    stall = Stall.objects.get(site__code="RP-1")
    assert engineer.get(path.format(row=row.pk, stall=stall.pk)).status_code == 404


@pytest.mark.parametrize("role", [Role.AGENCY, Role.AUDITOR, Role.HEAD])
def test_who_may_not_record_is_refused(as_role: Caller, role: Role) -> None:
    client = as_role(role)
    assert client.post("/sites/OPD-2/record/network/", {"state": "none"}).status_code == 403
    assert "/record/" not in client.get("/sites/OPD-2/").content.decode()


def test_the_next_step_is_proposed_and_a_day_is_enough(engineer: Client) -> None:
    form = engineer.get("/sites/RP-1/record/network/").content.decode()
    assert re.search(r'value="poles"[^>]*checked', form)
    assert engineer.post("/sites/RP-1/record/network/", {"state": "poles", "at_day": "2024-05-01"}).status_code == 302
    row = NetworkEvent.objects.get(site__code="RP-1")
    assert row.at.isoformat() == "2024-05-01T05:00:00+00:00"  # noon in the network's own zone


def test_cutting_somebody_off_is_never_proposed(engineer: Client) -> None:
    assert "checked" not in engineer.get("/sites/OPD-1/record/internet/").content.decode()
