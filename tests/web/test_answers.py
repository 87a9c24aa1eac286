"""What answers say of caches, of faults and of full disks."""

from __future__ import annotations

import errno
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from api.conftest import Caller
from api.regency import SYSTEM, Regency, day
from simpul.people.logic.rights import Role
from simpul.record import evidence as record_evidence
from simpul.record.evidence import keep
from simpul.record.models import Evidence
from simpul.register.service import hand_over
from simpul.urls import handler400, handler403, handler404, handler500
from simpul.urls import urlpatterns as pages

__all__ = ["handler400", "handler403", "handler404", "handler500"]
FAULTS: dict[str, Exception] = {
    "disk": OSError(errno.ENOSPC, "No space left on device"),
    "quota": OSError(errno.EDQUOT, "Disk quota exceeded"),
    "database": OperationalError("database or disk is full"),
    "other": ValueError("x"),
}


def fail(request: HttpRequest, kind: str) -> HttpResponse:
    """A page that breaks."""
    raise FAULTS[kind]


urlpatterns = [path("broken/<str:kind>/", fail), *pages]


@pytest.mark.parametrize("page", ["/", "/sites/", "/sites/OPD-2/", "/no/such/", "/api/v1/sites", "/account/"])
def test_pages_of_a_person_stay_in_no_cache(as_role: Caller, page: str) -> None:
    assert "no-store" in as_role(Role.OPERATOR).get(page).headers["Cache-Control"]


@pytest.mark.parametrize(
    ("kind", "status", "word"),
    [
        ("disk", 507, "Disk server penuh"),
        ("quota", 507, "Disk server penuh"),
        ("database", 507, "Disk server penuh"),
        ("other", 500, "Periksa dulu"),
    ],
)
def test_a_page_that_broke_says_only_what_is_known(db: None, settings: Any, kind: str, status: int, word: str) -> None:
    settings.ROOT_URLCONF = __name__
    answer = Client(raise_request_exception=False).get(f"/broken/{kind}/")
    text = answer.content.decode()
    assert answer.status_code == status
    assert word in text
    assert "separuh" not in text  # nothing is promised about what was saved


def sent(client: Client, **given: str) -> Any:
    """A step of the network with a photo."""
    photo = SimpleUploadedFile("foto.png", b"\x89PNG\r\n\x1a\n" + b"x" * 100, "image/png")
    return client.post("/sites/OPD-2/record/network/", {"at": "2023-03-01T08:00"} | given | {"evidence": photo})


def test_a_full_disk_is_a_sentence_in_the_form_and_nothing_is_half_saved(
    as_role: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise FAULTS["disk"]

    monkeypatch.setattr(record_evidence, "_copy", full)
    answer = sent(as_role(Role.ENGINEER), state="poles")
    assert answer.status_code == 422
    assert "Disk server tempat folder data Simpul penuh" in answer.content.decode()
    assert not Evidence.objects.exists()


def test_a_refused_form_leaves_no_file_behind(as_role: Caller, settings: Any, tmp_path: Any) -> None:
    settings.EVIDENCE_DIR = tmp_path / "evidence"
    assert sent(as_role(Role.ENGINEER), state="lit", at="2099-01-01T08:00").status_code == 422
    assert not Evidence.objects.exists()
    assert [each for each in settings.EVIDENCE_DIR.rglob("*") if each.is_file()] == []


@pytest.mark.parametrize(
    ("role", "shown"),
    [(Role.ENGINEER, True), (Role.HEAD, True), (Role.AGENCY, False), (Role.CREW, False)],
)
def test_numbers_of_a_contract_are_in_the_story_only_for_who_may_see_the_contract(
    as_role: Caller, regency: Regency, role: Role, shown: bool
) -> None:
    proof = keep(SYSTEM, "BAST-77-2023.pdf", "application/pdf", io.BytesIO(b"%PDF-1.7 x"))
    site = regency.clinic
    hand_over(SYSTEM, site, regency.contract, "BAST-77/2023", day(2023, 6, 1), evidence=proof)
    client = as_role(role)
    text = client.get(f"/sites/{site.code}/").content.decode()
    story = text[text.index('class="timeline"') :]
    for secret in ("BAST-77", regency.contract.code):
        assert (secret in story) == shown, secret
    download = client.get(f"/evidence/{proof.sha256}/")
    download.close()
    assert (download.status_code == 200) == shown
    assert "erah" in story  # that it was handed over is told to all
