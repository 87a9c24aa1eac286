"""What the staff's home says of this moment when the server makes the page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from api.conftest import Caller
from api.regency import Regency
from simpul.people.logic.rights import Role, Scope
from simpul.register.models import Site, Uplink
from simpul.traffic.models import ShareGroup, SiteShare
from simpul.watch import text as words
from simpul.watch.models import Alarm
from simpul.web.alarm_lines import age
from simpul.web.figures import rate_brief
from simpul.web.home_live import internet, open_alarms, top_users, user_lines
from web.live_values import request_of

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WHOLE = Scope(whole_network=True)


def alarm(key: str, severity: str = "critical", **more: Any) -> Alarm:
    """An open one, an hour old."""
    at = more.pop("at", timezone.now() - timedelta(hours=1))
    values: dict[str, Any] = {
        "kind": "span_cut",
        "refs": [key],
        "names": {"OPD-2": "Klinik"},
        "evidence": {"ends": ["POP A", "Klinik"]},
        "sites": ["OPD-2"],
    }
    return Alarm.objects.create(key=key, severity=severity, opened_at=at, updated_at=at, **{**values, **more})


def test_without_alarms_the_home_says_so(as_role: Caller) -> None:
    text = as_role(Role.OPERATOR).get("/").content.decode()
    assert "Tidak ada alarm terbuka" in text
    assert "tidak ada gangguan yang diketahui" in text


def test_an_alarm_says_cause_effect_and_party(as_role: Caller, regency: Regency) -> None:
    found = alarm("L-1", party=regency.provider, service_number="SID-1")
    text = as_role(Role.OPERATOR).get("/").content.decode()
    with translation.override("id"):
        assert words.title(found) in text
        assert words.effect(found) in text
        assert words.party(found) in text
    assert "PT Penyedia Contoh A" in text
    assert "SID-1" in text
    assert "60 mnt" in text


def test_the_worst_comes_first_and_a_closed_one_not_at_all(regency: Regency) -> None:
    alarm("minor", "minor", at=timezone.now())
    alarm("old", "critical", at=timezone.now() - timedelta(days=2))
    alarm("new", "critical")
    alarm("over", "critical", closed_at=timezone.now())
    found = open_alarms(WHOLE)
    assert [line.alarm.key for line in found["lines"]] == ["new", "old", "minor"]
    assert (found["count"], found["tone"]) == (3, "bad")
    assert found["note"] == "2 kritis · 1 kecil"


def test_more_than_fit_are_counted(regency: Regency) -> None:
    for number in range(9):
        alarm(f"A{number}")
    found = open_alarms(WHOLE)
    assert (len(found["lines"]), found["more"], found["count"]) == (6, 3, 9)


def test_the_list_alone_is_told_to_whoever_it_concerns(as_role: Caller, regency: Regency) -> None:
    mine, other = alarm("L-1"), alarm("L-9", sites=["OPD-1"], names={"OPD-1": "Balai"}, evidence={"ends": ["X", "Y"]})
    mine.affected.add(regency.clinic)
    other.affected.add(regency.hall)
    answer = as_role(Role.AGENCY).get("/now/alarms/", headers={"X-Fragment": "1"})
    text = answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"
    with translation.override("id"):
        assert words.title(mine) in text
        assert words.title(other) not in text
    assert 'id="alarm-list"' in text
    assert 'id="alarm-figure"' in text


def test_names_of_people_and_elements_are_escaped(as_role: Caller, regency: Regency) -> None:
    alarm("L-1", evidence={"ends": ["<b>x</b>", "y"]}, acknowledged_by="<i>z</i>", acknowledged_at=timezone.now())
    text = as_role(Role.OPERATOR).get("/now/alarms/").content.decode()
    assert "<b>x" not in text
    assert "<i>z" not in text


def test_the_internet_in_use_is_the_sum_over_all_ways_out(regency: Regency) -> None:
    uplinks: Mapping[str, Any] = {"uplinks": {"U-1": {"down": 250_000_000}, "U-2": {"down": None}}}
    found = internet(request_of(regency.users[Role.OPERATOR], uplinks=uplinks))
    assert (found["used"], found["bought"], found["share"]) == ("250 Mbps", "1,00 Gbps", "25.00")


def test_an_unknown_use_is_a_dash_not_zero(regency: Regency) -> None:
    assert internet(request_of(regency.users[Role.OPERATOR]))["used"] == "–"


def test_who_uses_most_stands_on_top_with_its_guarantee(regency: Regency) -> None:
    group = ShareGroup.objects.create(code="G", name="G", uplink=Uplink.objects.get())
    SiteShare.objects.create(site=regency.clinic, group=group, guarantee_down_bps=20_000_000)
    sites = {"sites": {"OPD-1": {"down": 40_000_000}, "OPD-2": {"down": 10_000_000}, "RP-1": {"down": 0}, "POP-1": {}}}
    lines = top_users(request_of(regency.users[Role.OPERATOR], sites=sites))
    assert [(line.code, line.rate, line.used, line.guarantee) for line in lines] == [
        ("OPD-1", "40,0 Mbps", "100.00", ""),
        ("OPD-2", "10,0 Mbps", "25.00", "50.00"),
    ]


def test_all_bars_share_one_scale() -> None:
    rows = {"A": {"down": 10}, "B": {"down": 5}}
    lines = user_lines(rows, {"A": "a", "B": "b"}, {"B": 20})
    assert [(line.used, line.guarantee) for line in lines] == [("50.00", ""), ("25.00", "100.00")]


def test_cameras_and_websites_are_counted_where_there_are_any(as_role: Caller, regency: Regency) -> None:
    text = as_role(Role.OPERATOR).get("/").content.decode()
    assert 'href="/network/cameras/"' in text
    assert 'href="/network/applications/"' in text


def test_the_page_stays_small(as_role: Caller) -> None:
    answer = as_role(Role.OPERATOR).get("/")
    assert len(answer.content) < 40_000


def test_the_page_brings_no_name_into_a_script(as_role: Caller, regency: Regency) -> None:
    Site.objects.filter(pk=regency.clinic.pk).update(name="</script><b>")
    text = as_role(Role.OPERATOR).get("/").content.decode()
    assert "</script><b>" not in text


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "baru saja"), (1, "1 mnt"), (119, "119 mnt"), (120, "2 jam"), (2879, "47 jam"), (2880, "2 hari")],
)
def test_an_age_is_told_in_the_unit_people_use(minutes: int, said: str) -> None:
    assert age(NOW - timedelta(minutes=minutes), NOW) == said


@pytest.mark.parametrize(
    ("bps", "said"),
    [
        (None, "–"),
        (0, "0 bps"),
        (999, "999 bps"),
        (999_600, "1,00 Mbps"),
        (1_234_000, "1,23 Mbps"),
        (12_340_000, "12,3 Mbps"),
        (182_400_000, "182 Mbps"),
        (1_619_000_000, "1,62 Gbps"),
    ],
)
def test_a_live_rate_has_three_digits(bps: int | None, said: str) -> None:
    with translation.override("id"):
        assert rate_brief(bps) == said
