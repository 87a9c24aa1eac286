"""The title of the home page is the answer its visitor came for."""

from __future__ import annotations

import re

from django.test import Client

from api.conftest import Caller
from api.regency import SYSTEM, Regency, day
from simpul.people.logic.rights import Role
from simpul.people.service import end_membership
from simpul.register.service import change_internet, cut_off


def title(client: Client) -> str:
    """The words of the page's heading."""
    heading = " ".join(re.findall(r"<h1>(.*?)</h1>", client.get("/").content.decode(), re.DOTALL))
    return re.sub(r"<[^>]+>", "", heading).strip()


def test_staff_read_how_many_sites_are_joined(as_role: Caller) -> None:
    assert title(as_role(Role.OPERATOR)) == "2 dari 3 titik tersambung"


def test_a_stranger_is_sent_to_the_sign_in_page(client: Client, db: None) -> None:
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/login/")


def test_an_agency_reads_one_sentence_about_its_office(as_role: Caller, regency: Regency) -> None:
    client = as_role(Role.AGENCY)
    assert title(client) == "Klinik Dinas Kesehatan tersambung, tanpa internet"
    change_internet(SYSTEM, regency.clinic, "on", day(2023, 4, 1))
    assert title(client) == ("Klinik Dinas Kesehatan tersambung dan mendapat internet; keadaannya kini tidak diketahui")
    cut_off(SYSTEM, regency.clinic, day(2023, 5, 1), "belum dibayar")
    assert title(client) == "Klinik Dinas Kesehatan tersambung, internetnya diputus"


def test_an_agency_reads_nothing_of_others(as_role: Caller) -> None:
    text = as_role(Role.AGENCY).get("/").content.decode()
    assert "Balai Kominfo" not in text
    assert "Kontrak" not in text


def test_a_provider_reads_of_its_circuits_and_contracts_only(as_role: Caller) -> None:
    client = as_role(Role.PROVIDER)
    text = client.get("/").content.decode()
    assert title(client) == "1 sirkuit Anda membawa jaringan ini"
    assert "027/118/SPK/2023" in text
    assert "027/119/SPK/2023" not in text
    assert 'href="/sites/"' not in text


def test_a_crew_sees_the_network_but_no_contract(as_role: Caller) -> None:
    text = as_role(Role.CREW).get("/").content.decode()
    assert "2 dari 3 titik tersambung" in text
    assert "SPK/2023" not in text


def test_somebody_without_a_role_is_told_whom_to_ask(as_role: Caller, regency: Regency) -> None:
    person = regency.users[Role.AGENCY]
    for membership in person.memberships.filter(until=None):
        end_membership(SYSTEM, membership)
    text = as_role(Role.AGENCY).get("/").content.decode()
    assert "Akun Anda belum mempunyai peran" in text
    assert "administrator" in text
