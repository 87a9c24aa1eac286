"""Evidence leaves only as a download, and only to who may see what it proves."""

from __future__ import annotations

import io
from typing import Any

import pytest

from api.conftest import Caller
from api.regency import SYSTEM, Regency, day
from simpul.people.logic.rights import Role
from simpul.record.evidence import keep
from simpul.record.models import Evidence
from simpul.register.service import change_internet

PAGE = b"<!doctype html><script>alert(document.domain)</script>"


@pytest.fixture
def letter(regency: Regency) -> Evidence:
    """A scan beside the clinic's order of internet, which is really a page with a script."""
    kept = keep(SYSTEM, "surat\r\nX-Evil: 1.html", "text/html", io.BytesIO(PAGE))
    change_internet(SYSTEM, regency.clinic, "ordered", day(2023, 6, 1), evidence=kept)
    return kept


def test_the_file_comes_as_an_attachment_that_no_browser_runs(as_role: Caller, letter: Evidence) -> None:
    response = as_role(Role.OPERATOR).get(f"/evidence/{letter.sha256}/")
    content: Any = response
    assert b"".join(content) == PAGE
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Type"] == "application/octet-stream"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "X-Evil" not in response.headers


@pytest.mark.parametrize(
    ("role", "status"), [(Role.AGENCY, 200), (Role.PROVIDER, 404), (Role.HEAD, 200), (Role.PUBLIC, 404)]
)
def test_it_is_shown_to_who_may_see_the_site(as_role: Caller, letter: Evidence, role: Role, status: int) -> None:
    response = as_role(role).get(f"/evidence/{letter.sha256}/")
    response.close()  # unread: nothing may stay open
    assert response.status_code == status


def test_a_file_that_proves_nothing_is_not_shown(as_role: Caller) -> None:
    loose = keep(SYSTEM, "lepas.txt", "text/plain", io.BytesIO(b"nothing points here"))
    assert as_role(Role.ADMINISTRATOR).get(f"/evidence/{loose.sha256}/").status_code == 404


@pytest.mark.parametrize("odd", ["0" * 64, "..", "x", "%00"])
def test_an_odd_address_is_not_found(as_role: Caller, odd: str) -> None:
    assert as_role(Role.ADMINISTRATOR).get(f"/evidence/{odd}/").status_code == 404
