"""The roll-out board: the answer of a day, who sees which sites, and the parts that are swapped."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client

from api.conftest import Caller
from api.regency import SYSTEM, Regency
from simpul.people.logic.rights import Role, Scope
from simpul.register.models import Site, Stall
from simpul.register.service import update_site
from simpul.web.rollout_board import MOST_MARKS, _marks
from simpul.web.rollout_curve import Axis
from simpul.web.rollout_story import latest_together

WHO: dict[str, Any] = {"recorded_at": datetime(2022, 1, 10, tzinfo=UTC), "recorded_by": "test"}
FRAGMENT = {"X-Fragment": "1"}


def heading(page: str) -> str:
    """The title of the page as one line."""
    found = re.search(r'<span id="answer"[^>]*>(.*?)</span>', page, re.DOTALL)
    assert found
    return " ".join(found[1].split())


def board(client: Client, **query: str) -> str:
    """The page as text, in English."""
    client.cookies["django_language"] = "en"
    response = client.get("/rollout/", query)
    assert response.status_code == 200
    return response.content.decode()


def rows(page: str) -> list[str]:
    """The sites in the table."""
    return re.findall(r'<th scope="row"><a [^>]*>(.*?)</a>', page)


@pytest.mark.parametrize(
    ("at", "answer"),
    [
        ("2018-04-30", "0 of 3 sites joined; 0 with internet"),
        ("2018-05-01", "1 of 3 sites joined; 0 with internet"),
        ("2023-02-01", "1 of 3 sites joined; 1 with internet"),
        ("2023-03-01", "2 of 3 sites joined; 1 with internet"),
        ("", "2 of 3 sites joined; 1 with internet"),
    ],
)
def test_the_title_answers_for_the_day_asked(as_role: Caller, at: str, answer: str) -> None:
    assert heading(board(as_role(Role.HEAD), at=at)) == answer


def test_it_opens_in_indonesian(as_role: Caller) -> None:
    page = as_role(Role.HEAD).get("/rollout/").content.decode()
    assert heading(page) == "2 dari 3 titik tersambung; 1 berinternet"


def test_a_stalled_site_says_since_when_and_why(as_role: Caller) -> None:
    assert "anggaran dialihkan (COVID-19)" in board(as_role(Role.HEAD), at="2021-01-01")
    assert "anggaran dialihkan (COVID-19)" not in board(as_role(Role.HEAD), at="2020-03-01")


def test_an_agency_sees_its_own_site_only(as_role: Caller) -> None:
    page = board(as_role(Role.AGENCY))
    assert heading(page) == "1 of 1 sites joined; 0 with internet"
    assert "Balai Kominfo" not in page


def test_a_provider_is_told_where_its_things_are(as_role: Caller) -> None:
    page = board(as_role(Role.PROVIDER))
    assert heading(page) == "No sites to follow here yet"
    assert "Providers find their circuits" in page


def test_a_stranger_is_sent_to_the_sign_in(regency: Regency, client: Client) -> None:
    response = client.get("/rollout/")
    assert response.status_code == 302
    assert response["Location"].startswith("/account/login/")


@pytest.mark.parametrize("at", ["2023-02-30", "yesterday", "99999-01-01", "0001-01-01", "2999-01-01"])
def test_a_day_that_is_none_shows_today_and_says_so(as_role: Caller, at: str) -> None:
    page = board(as_role(Role.HEAD), at=at)
    assert "today is shown" in page
    assert heading(page).startswith("2 of 3")


def test_filters_of_kind_and_state_narrow_the_table(as_role: Caller) -> None:
    client = as_role(Role.HEAD)
    assert "Balai Kominfo" not in rows(board(client, kind="public_space"))
    waiting = rows(board(client, state="waiting"))
    assert "Perpustakaan Daerah" in waiting
    assert "Balai Kominfo" not in waiting


def test_points_of_presence_are_shown_only_when_asked_for(as_role: Caller) -> None:
    client = as_role(Role.HEAD)
    assert "Simpul Distribusi 1" not in rows(board(client))
    assert heading(board(client, kind="pop")) == "0 of 1 sites joined; 0 with internet"


def test_a_fragment_is_only_what_depends_on_the_day(as_role: Caller) -> None:
    client = as_role(Role.HEAD)
    response = client.get("/rollout/", {"at": "2018-05-01"}, headers=FRAGMENT)
    parts = re.findall(r'id="(\w+)" data-swap', response.content.decode())
    assert parts == ["answer", "detail", "downloads", "day"]
    assert response["Cache-Control"] == "no-store"
    assert b"<html" not in response.content


def test_a_link_on_the_page_keeps_the_day_asked_for(as_role: Caller) -> None:
    page = board(as_role(Role.HEAD), at="2023-02-01")
    assert "?at=2023-02-01&amp;state=waiting" in page
    assert '<input type="hidden" name="state" value="waiting">' in board(as_role(Role.HEAD), state="waiting")


def test_the_board_takes_few_queries(as_role: Caller, django_assert_max_num_queries: Any) -> None:
    client = as_role(Role.HEAD)
    board(client)
    with django_assert_max_num_queries(12):
        board(client)
    with django_assert_max_num_queries(11):
        client.get("/rollout/", {"at": "2020-01-01"}, headers=FRAGMENT)


@pytest.mark.parametrize("odd", ["kind=x", "state=x", "sort=x", "page=x", "page=99", "sort=-network&state=cut_off"])
def test_an_odd_address_shows_the_board(as_role: Caller, odd: str) -> None:
    assert as_role(Role.HEAD).get(f"/rollout/?{odd}").status_code == 200


def test_the_table_can_be_taken_away_as_csv_and_xlsx(as_role: Caller) -> None:
    client = as_role(Role.HEAD)
    client.cookies["django_language"] = "en"
    response = client.get("/rollout/", {"at": "2023-02-10", "format": "csv", "state": "joined"})
    assert "rollout-2023-02-10" in response["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [(row["Code"], row["Network"], row["Internet since"]) for row in rows] == [("OPD-1", "lit", "2023-02-01")]
    book = openpyxl.load_workbook(
        io.BytesIO(client.get("/rollout/", {"at": "2023-02-10", "format": "xlsx"}).content), read_only=True
    )
    table = [[cell.value for cell in row] for row in book.worksheets[-1].iter_rows()]
    assert table[0][0] == "Code"
    assert {row[0] for row in table[1:]} == {"OPD-1", "OPD-2", "RP-1"}


def test_a_text_that_looks_like_a_formula_stays_a_text(as_role: Caller, regency: Regency) -> None:
    update_site(SYSTEM, regency.library, name="=cmd|' /C calc'!A0")
    text = as_role(Role.HEAD).get("/rollout/", {"format": "csv"}).content.decode("utf-8-sig")
    assert "'=cmd" in text


def test_who_may_not_export_is_told_so(as_role: Caller) -> None:
    assert as_role(Role.CREW).get("/rollout/", {"format": "csv"}).status_code == 403


def test_what_befell_several_sites_alike_is_told_once(regency: Regency) -> None:
    at = datetime(2022, 1, 10, 4, tzinfo=UTC)
    sites = list(Site.objects.exclude(kind="pop"))
    for site in sites:
        Stall.objects.create(site=site, track="internet", at=at, reason="anggaran habis", **WHO)
    told = latest_together(Site.objects.within(Scope(whole_network=True)), at + timedelta(hours=1), 2)
    assert (told[0].sites, told[0].first.reason) == (len(sites), "anggaran habis")
    assert all(site.name in told[0].names for site in sites)
    assert len(told) == 2


def test_the_bars_say_their_parts_in_numbers_and_name_nothing_that_is_not_there(as_role: Caller) -> None:
    text = " ".join(board(as_role(Role.HEAD), at="2018-05-01").split())
    assert "<strong>1</strong> joined, without internet" in text
    bars = text[text.index('<ul class="kinds">') :]
    assert "with internet" not in bars[: bars.index("</section>")]


def test_as_many_busy_days_as_there_may_be_give_a_bounded_number_of_marks() -> None:
    first = date(2000, 1, 1)
    busy = {first + timedelta(days=day): 1 + day % 3 for day in range(5000)}
    marks = _marks(busy, Axis(first, first + timedelta(days=4999)))
    assert 400 < len(marks) <= MOST_MARKS + 1
    assert {mark["y"] for mark in marks[:-1]} == {"4"}  # the tallest of each place
