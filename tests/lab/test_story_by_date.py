"""Where the invented regency stood at any date."""

from __future__ import annotations

import pytest

from lab.asked import ZONE, standing
from simpul.lab.story.telling import Told
from simpul.register.logic.rollout import summary
from simpul.register.models import Handover, InternetEvent, NetworkEvent, Stall

TEN = {
    "DISKOMINFOSANDI", "SETDA", "SETWAN", "BAPPEDALITBANG", "BPKAD",
    "BKPSDM", "DISDIK", "DINKES", "DPPKBP3A", "NAKERKUKM",
}  # fmt: skip


@pytest.mark.parametrize(
    ("day", "lit", "on"),
    [
        ("2017-12-31", 0, 0),
        ("2018-12-31", 5, 0),
        ("2019-12-31", 10, 0),
        ("2022-12-31", 10, 0),
        ("2023-01-13", 10, 0),
        ("2023-12-31", 24, 23),
        ("2024-12-31", 33, 32),
        ("2025-12-31", 37, 35),
        ("2026-07-01", 38, 36),
        ("2040-01-01", 38, 36),
    ],
)
def test_so_many_were_lit_and_had_internet(regency: Told, day: str, lit: int, on: int) -> None:
    counts = summary(standing(day).values())
    assert (counts.sites, counts.network_lit, counts.internet_on, counts.not_joined) == (44, lit, on, 44 - lit)


def test_there_are_27_agencies_9_districts_and_8_public_spaces(regency: Told) -> None:
    assert {kind: counts["sites"] for kind, counts in summary(standing("2026-07-01").values()).by_kind.items()} == {
        "opd": 27,
        "district_office": 9,
        "public_space": 8,
    }


def test_ten_agencies_were_lit_and_handed_over_in_2018_and_2019(regency: Told) -> None:
    then = standing("2019-12-31")
    assert {code for code, status in then.items() if status.joined} == TEN
    assert {code for code, status in then.items() if status.handed_over_at} == TEN


@pytest.mark.parametrize("day", ["2020-06-30", "2021-06-30", "2022-06-30"])
def test_from_2020_to_2022_everything_stood_still(regency: Told, day: str) -> None:
    assert {code for code, status in standing(day).items() if status.stalled_reason} >= TEN
    for events in (NetworkEvent.objects.all(), InternetEvent.objects.all()):
        assert not events.filter(at__range=("2020-01-01T00:00:00+07:00", "2023-01-15T00:00:00+07:00")).exists()


def test_the_stalls_name_covid_and_the_budget(regency: Told) -> None:
    reasons = " ".join(Stall.objects.filter(at__year__lt=2023).values_list("reason", flat=True))
    assert "COVID-19" in reasons
    assert "Anggaran" in reasons


def test_points_joined_or_got_internet_in_every_month_of_2023_from_february(regency: Told) -> None:
    moments = [
        *NetworkEvent.objects.filter(state="lit", at__year=2023).values_list("at", flat=True),
        *InternetEvent.objects.filter(state="on", at__year=2023).values_list("at", flat=True),
    ]
    assert {at.astimezone(ZONE).month for at in moments} == set(range(2, 13))


def test_two_of_the_ten_are_still_without_internet_and_it_is_said_why(regency: Told) -> None:
    now = standing("2026-07-01")
    without = {code: now[code].internet for code in TEN if now[code].internet != "on"}
    assert without == {"DPPKBP3A": "none", "NAKERKUKM": "cut_off"}
    assert now["DPPKBP3A"].stalled_reason
    assert InternetEvent.objects.get(site__code="NAKERKUKM", state="cut_off").reason


def test_six_are_not_joined_two_districts_among_them(regency: Told) -> None:
    waiting = {code for code, status in standing("2026-07-01").items() if not status.joined}
    assert len(waiting) == 6
    assert {code for code in waiting if code.startswith("KEC-")} == {"KEC-LAHEI-BARAT", "KEC-GN-PUREI"}


def test_every_handover_has_a_number_a_certificate_and_a_lit_network(regency: Told) -> None:
    handovers = list(Handover.objects.select_related("site", "evidence"))
    numbers = [handover.document_number for handover in handovers]
    assert len(numbers) == len(set(numbers)) == 37
    for handover in handovers:
        assert handover.evidence is not None
        lit = NetworkEvent.objects.get(site=handover.site, state="lit")
        assert lit.at < handover.at


def test_everything_happened_on_a_working_day(regency: Told) -> None:
    moments = [
        *NetworkEvent.objects.values_list("at", flat=True),
        *InternetEvent.objects.values_list("at", flat=True),
        *Handover.objects.values_list("at", flat=True),
        *Stall.objects.values_list("at", flat=True),
    ]
    assert {at.astimezone(ZONE).weekday() for at in moments} <= set(range(5))
