"""A list's address is its state: what it filters, how it sorts, which page, and as which kind of file."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from api.conftest import Caller
from api.regency import SYSTEM, Regency
from simpul.people.logic.rights import Role
from simpul.people.service import create_organisation
from simpul.web.lists import PAGE_SIZE

ROWS = {"HX-Request": "true", "HX-Target": "div#list"}


@pytest.fixture
def engineer(as_role: Caller) -> Client:
    """Sees everything."""
    return as_role(Role.ENGINEER)


def names(text: str) -> list[str]:
    """The rows' names in the order of the page."""
    return [part.split("</a>")[0].rpartition(">")[2] for part in text.split('<th scope="row">')[1:]]


def test_every_word_of_a_search_must_stand_in_the_row(engineer: Client) -> None:
    assert names(engineer.get("/sites/?q=dinas+klinik").content.decode()) == ["Klinik Dinas Kesehatan"]
    assert names(engineer.get("/sites/?q=dinas+zzz").content.decode()) == []


def test_filters_add_up(engineer: Client) -> None:
    assert names(engineer.get("/sites/?network=lit").content.decode()) == ["Balai Kominfo", "Klinik Dinas Kesehatan"]
    assert names(engineer.get("/sites/?network=lit&internet=on").content.decode()) == ["Balai Kominfo"]
    assert names(engineer.get("/sites/?stalled=1").content.decode()) == ["Perpustakaan Daerah"]
    assert names(engineer.get("/sites/?organisation=DINKES&kind=opd").content.decode()) == ["Klinik Dinas Kesehatan"]


@pytest.mark.parametrize("query", ["network=bright", "kind=' OR 1=1", "organisation=NOBODY", "stalled=yes"])
def test_a_filter_the_list_does_not_know_finds_nothing(engineer: Client, query: str) -> None:
    answer = engineer.get(f"/sites/?{query}")
    assert answer.status_code == 200
    assert names(answer.content.decode()) == []


def test_a_second_click_turns_the_order_round_and_case_does_not_matter(engineer: Client, regency: Regency) -> None:
    create_organisation(SYSTEM, code="BPBD", name="badan penanggulangan", kind="agency")
    up = names(engineer.get("/organisations/").content.decode())
    assert up == sorted(up, key=str.lower)
    assert up[0] == "badan penanggulangan"
    assert names(engineer.get("/organisations/?sort=-name").content.decode()) == up[::-1]


def test_an_odd_sort_or_page_falls_back(engineer: Client) -> None:
    plain = names(engineer.get("/sites/").content.decode())
    assert names(engineer.get("/sites/?sort=password&page=999").content.decode()) == plain
    assert names(engineer.get("/sites/?sort=-&page=minus").content.decode()) == plain


def test_pages_hold_fifty_rows_and_never_overlap(engineer: Client) -> None:
    for number in range(PAGE_SIZE):
        create_organisation(SYSTEM, code=f"O-{number}", name="Sama", kind="agency")
    first = engineer.get("/organisations/?kind=agency").content.decode()
    second = engineer.get("/organisations/?kind=agency&page=2").content.decode()
    codes = [
        {part.split("/")[0] for part in text.split("/organisations/")[1:]} & set(_codes()) for text in (first, second)
    ]
    assert len(names(first)) == PAGE_SIZE
    assert not codes[0] & codes[1]
    assert "halaman 2 dari 2" in second


def _codes() -> list[str]:
    return [f"O-{number}" for number in range(PAGE_SIZE)]


def test_htmx_gets_the_rows_alone_and_no_browser_keeps_them_for_the_page(engineer: Client) -> None:
    part = engineer.get("/sites/?network=lit", headers=ROWS)
    whole = engineer.get("/sites/?network=lit")
    assert "<html" not in part.content.decode()
    assert "<html" in whole.content.decode()
    assert names(part.content.decode()) == names(whole.content.decode())
    for answer in (part, whole):
        assert "HX-Request" in answer["Vary"]


def test_the_count_says_how_many_of_how_many(engineer: Client) -> None:
    assert "1 dari 4 baris" in engineer.get("/sites/?kind=pop").content.decode()
    assert "4 baris" in engineer.get("/sites/").content.decode()


def test_nothing_found_says_what_to_do(engineer: Client) -> None:
    text = engineer.get("/sites/?q=zzz&sort=-name").content.decode()
    assert "Tidak ada yang cocok dengan saringan ini" in text
    assert 'href="/sites/?sort=-name"' in text


@pytest.mark.django_db
def test_an_empty_register_says_how_rows_come_in(as_role: Caller, regency: Regency) -> None:
    text = as_role(Role.PROVIDER).get("/network/cameras/").content.decode()
    assert "Belum ada isi" in text


def test_a_file_holds_the_filtered_rows_in_the_same_order(engineer: Client) -> None:
    answer = engineer.get("/sites/?network=lit&sort=-name&format=csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert answer["Content-Disposition"].endswith('.csv"')
    assert [line.split(";")[0] for line in lines] == ["Nama", "Klinik Dinas Kesehatan", "Balai Kominfo"]
    assert "-0,95;114,89" in lines[1]


def test_a_workbook_keeps_numbers_and_days_as_such(engineer: Client) -> None:
    answer = engineer.get("/contracts/?format=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[-1]
    heads, first_row = ([cell.value for cell in line] for line in (sheet[1], sheet[2]))
    first = dict(zip(heads, first_row, strict=True))
    assert first["Jumlah"] == pytest.approx(540000006)
    assert str(first["Mulai"]).startswith("2023-01-16")


def test_who_may_not_export_is_told_so_and_gets_no_file(as_role: Caller) -> None:
    client = as_role(Role.CREW)
    page = client.get("/sites/").content.decode()
    assert "format=csv" not in page
    assert "Peran Anda tidak mengambil berkas dari daftar ini." in page
    assert client.get("/sites/?format=csv").status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/sites/?network=lit&q=a",
        "/organisations/?q=dinas",
        "/organisations/DINKES/",
        "/contracts/?state=ended",
        "/network/",
        "/network/uplinks/",
        "/network/devices/?kind=gateway",
        "/network/prefixes/?q=192",
        "/network/cameras/",
        "/network/applications/",
        "/help/",
    ],
)
@pytest.mark.parametrize("role", [Role.ENGINEER, Role.AGENCY, Role.PROVIDER])
def test_a_page_asks_the_database_twelve_times_at_most(
    as_role: Caller, django_assert_max_num_queries: DjangoAssertNumQueries, path: str, role: Role
) -> None:
    client = as_role(role)
    client.get("/help/")  # the first visit of a session is noted once in a while
    with django_assert_max_num_queries(12):
        assert client.get(path).status_code in (200, 403, 404)


def test_an_agency_finds_its_own_sites_only(as_role: Caller) -> None:
    client = as_role(Role.AGENCY)
    assert names(client.get("/sites/").content.decode()) == ["Klinik Dinas Kesehatan"]
    assert "organisation=" not in client.get("/sites/").content.decode()
    assert names(client.get("/sites/?q=balai").content.decode()) == []
