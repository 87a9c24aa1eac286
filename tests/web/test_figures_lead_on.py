"""What a page says leads to what it speaks of: filtered titles, circuits, long ended contracts, lost visitors."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from api.conftest import Caller
from api.regency import Regency
from simpul.people.logic.rights import Role
from simpul.people.models import Organisation


def heading(client: Client, path: str) -> str:
    """The words of a page's heading."""
    return " ".join(re.findall(r"<h1>(.*?)</h1>", client.get(path).content.decode(), re.DOTALL)).strip()


def test_a_filtered_list_is_titled_by_what_is_left_of_it(as_role: Caller) -> None:
    engineer = as_role(Role.ENGINEER)
    whole, filtered, none = (heading(engineer, path) for path in ("/sites/", "/sites/?kind=opd", "/sites/?q=zzz"))
    assert "sesuai saringan" not in whole
    assert re.fullmatch(r"Titik: \d+ dari \d+ sesuai saringan", filtered)
    assert none.startswith("Titik: tidak ada")


def test_a_circuit_to_a_site_that_is_not_joined_carries_nothing(as_role: Caller) -> None:
    assert re.fullmatch(r"\d+ dari \d+ sirkuit membawa jaringan", heading(as_role(Role.ENGINEER), "/network/"))
    assert "berujung di kantor Anda" in heading(as_role(Role.AGENCY), "/network/")


def test_ends_of_a_circuit_lead_only_where_the_visitor_may_go(as_role: Caller) -> None:
    assert 'href="/sites/' in as_role(Role.ENGINEER).get("/network/").content.decode()
    text = as_role(Role.PROVIDER).get("/network/").content.decode()
    assert 'href="/sites/' not in text


def test_a_lost_visitor_keeps_the_rail_and_a_stranger_gets_none(as_role: Caller, client: Client, db: None) -> None:
    assert 'class="rail"' in as_role(Role.OPERATOR).get("/sites/NOWHERE/").content.decode()
    assert 'class="rail"' not in client.get("/no/such/page/").content.decode()


@pytest.mark.parametrize("role", [Role.AGENCY, Role.PROVIDER])
def test_everybody_finds_the_telephone_of_the_operator(as_role: Caller, regency: Regency, role: Role) -> None:
    Organisation.objects.filter(pk=regency.diskominfo.pk).update(short_name="Diskominfo", phone="0519-000-123")
    client = as_role(role)
    assert "Diskominfo" in client.get("/organisations/").content.decode()
    assert "0519-000-123" in client.get(f"/organisations/{regency.diskominfo.code}/").content.decode()
    if role is Role.AGENCY:
        assert 'href="tel:0519-000-123"' in client.get("/").content.decode()


def test_the_form_of_an_office_asks_nothing_about_public_spaces(as_role: Caller, regency: Regency) -> None:
    engineer = as_role(Role.ENGINEER)
    office = engineer.get(f"/sites/{regency.clinic.code}/edit/").content.decode()
    assert "opening_hours" not in office
    assert regency.provider.name not in office.split('name="organisation"')[1].split("</select>")[0]
    assert "opening_hours" in engineer.get("/sites/new/").content.decode()
    assert "---------" not in office
