"""Organisations: what each uses, sells and answers for, seen by whom it concerns."""

from __future__ import annotations

import pytest
from django.test import Client

from api.conftest import Caller
from api.regency import Regency
from simpul.people.logic.rights import Role
from simpul.people.models import Organisation


@pytest.fixture
def engineer(as_role: Caller) -> Client:
    """Sees and edits all."""
    return as_role(Role.ENGINEER)


def test_an_agencys_page_shows_its_sites_with_their_lamps(engineer: Client) -> None:
    text = engineer.get("/organisations/DINKES/").content.decode()
    assert "Klinik Dinas Kesehatan" in text
    assert 'data-tone="ok"' in text


def test_a_providers_page_shows_its_contracts_and_circuits(engineer: Client) -> None:
    text = engineer.get("/organisations/PENYEDIA-A/").content.decode()
    assert "027/118/SPK/2023" in text
    assert "SID-1" in text
    assert "027/119/SPK/2023" not in text


def test_somebody_finds_only_the_own_organisation(as_role: Caller) -> None:
    client = as_role(Role.AGENCY)
    assert client.get("/organisations/DINKES/").status_code == 200
    assert client.get("/organisations/DISDIK/").status_code == 404
    assert "DISDIK" not in client.get("/organisations/").content.decode()


def test_a_change_is_saved_and_the_code_stays(engineer: Client) -> None:
    given = {"code": "LAIN", "name": "Dinas Kesehatan", "kind": "agency", "phone": "0519-000000"}
    assert engineer.post("/organisations/DINKES/edit/", given).status_code == 302
    row = Organisation.objects.get(code="DINKES")
    assert row.phone == "0519-000000"


def test_a_second_organisation_with_the_same_code_is_refused(engineer: Client, regency: Regency) -> None:
    given = {"code": "DINKES", "name": "Kembar", "kind": "agency"}
    answer = engineer.post("/organisations/new/", given)
    assert answer.status_code == 422
    assert not Organisation.objects.filter(name="Kembar").exists()


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.PROVIDER])
def test_who_may_not_edit_is_refused(as_role: Caller, role: Role) -> None:
    assert as_role(role).post("/organisations/PENYEDIA-A/edit/", {}).status_code == 403
    assert as_role(role).get("/organisations/new/").status_code == 403
