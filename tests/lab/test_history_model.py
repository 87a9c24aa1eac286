"""The made-up measurements obey the rules that real ones obey: shares, lines, outages, dates."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from simpul.lab.history.model import DAY, GRID, Floats, Span, measured
from simpul.lab.history.outages import Outage, read_outages, trouble_in
from simpul.lab.history.region import Region, region_on
from simpul.lab.story.telling import Told

JAKARTA = ZoneInfo("Asia/Jakarta")
# A Tuesday; its UTC day begins at seven in the morning there.
TUESDAY = datetime(2026, 7, 7, tzinfo=UTC)
START = int(TUESDAY.timestamp())
WHOLE_DAY = Span(START, GRID, DAY // GRID)
BOUGHT = {"UP-SERAT": 600_000_000, "UP-JALUR": 400_000_000}

Told_ = dict[tuple[str, str], dict[int, float]]


@pytest.fixture(scope="module")
def region(regency: Told, django_db_blocker: pytest.FixtureRequest) -> Region:
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        return region_on(TUESDAY)


@pytest.fixture(scope="module")
def day(region: Region) -> Told_:
    return told(region)


def told(region: Region, *outages: Outage, span: Span = WHOLE_DAY, seed: int = 1) -> Told_:
    """Value by moment, of each metric and ref."""
    found: Told_ = defaultdict(dict)
    for series in measured(region, outages, span, JAKARTA, seed):
        found[series.metric, series.ref].update(zip(series.moments.tolist(), series.values.tolist(), strict=True))
    return found


def values(day: Told_, metric: str, ref: str) -> Floats:
    return np.array([value for _, value in sorted(day[metric, ref].items())])


def test_no_site_gets_more_than_its_share_and_no_way_out_carries_more_than_was_bought(
    region: Region, day: Told_
) -> None:
    for user in region.shared:
        for way in ("down", "up"):
            used, share = (values(day, f"site.{kind}{way}_bps", user.site) for kind in ("", "share_"))
            assert (used <= share + 1).all(), user.site
            assert used.min() >= 0
    for code, bought in BOUGHT.items():
        assert values(day, "uplink.down_bps", code).max() <= bought


def test_what_the_ways_out_carry_is_what_the_sites_use_and_it_all_passes_the_gateway(
    region: Region, day: Told_
) -> None:
    sites = sum(values(day, "site.down_bps", user.site) for user in region.shared)
    ways_out = sum(values(day, "uplink.down_bps", code) for code in BOUGHT)
    assert np.allclose(sites, ways_out)
    assert np.allclose(values(day, "link.ab_bps", "L-GW"), ways_out)


def test_an_office_is_busy_at_ten_and_quiet_at_night(region: Region, day: Told_) -> None:
    used = values(day, "site.down_bps", "DINKES")
    at_ten, at_two = used[36 : 36 + 12], used[228 : 228 + 12]
    assert at_ten.mean() > 3 * at_two.mean() > 0


def test_every_slot_is_told_once_for_everybody(region: Region, day: Told_) -> None:
    moments = set(WHOLE_DAY.moments.tolist())
    assert {frozenset(told) for told in day.values()} == {frozenset(moments)}
    assert values(day, "history.made", "lab").tolist() == [1.0] * len(moments)
    assert not any(np.isnan(list(told.values())).any() for told in day.values())


def test_the_same_seed_tells_the_same_day_and_another_one_another(region: Region, day: Told_) -> None:
    assert told(region) == day
    assert told(region, seed=2) != day


def test_a_cut_spur_takes_its_sites_and_nobody_else(region: Region, day: Told_) -> None:
    cut = told(region, Outage(START + 7200, START + 10_800, "cut", "L-NAKERKUKM"))
    within = slice(24, 36)
    for site in ("NAKERKUKM", "PUPR", "PERKIM"):
        up = values(cut, "device.up", f"R-{site}")
        assert up[within].tolist() == [0.0] * 12
        assert up.sum() == len(up) - 12
        assert START + 7200 not in cut["device.rtt_ms", f"R-{site}"]
    assert values(cut, "site.down_bps", "PUPR")[within].max() == 0
    assert values(cut, "link.up", "L-NAKERKUKM")[within].max() == 0
    assert values(cut, "device.up", "R-DINKES").min() == 1
    before = values(day, "site.down_bps", "PUPR")
    assert np.allclose(values(cut, "site.down_bps", "PUPR")[36:], before[36:])


def test_a_cut_ring_takes_nobody_and_its_traffic_goes_the_other_way(region: Region, day: Told_) -> None:
    cut = told(region, Outage(START, START + DAY, "cut", "RING-6"))
    assert {ref for (metric, ref), rows in cut.items() if metric == "device.up" and min(rows.values()) == 0} == set()
    assert values(cut, "link.ab_bps", "RING-6").max() == values(cut, "link.ba_bps", "RING-6").max() == 0
    assert values(cut, "link.ab_bps", "RING-1").mean() > values(day, "link.ab_bps", "RING-1").mean()


def test_a_lost_way_out_leaves_its_sites_to_the_other_one(region: Region) -> None:
    lost = told(region, Outage(START, START + DAY, "uplink", "UP-SERAT"))
    assert values(lost, "uplink.down_bps", "UP-SERAT").max() == 0
    assert values(lost, "uplink.down_bps", "UP-JALUR").max() <= BOUGHT["UP-JALUR"]
    assert values(lost, "site.down_bps", "RSUD").mean() > 0


def test_without_any_way_out_nobody_downloads(region: Region) -> None:
    lost = told(region, *(Outage(START, START + DAY, "uplink", code) for code in BOUGHT))
    assert max(values(lost, "site.down_bps", user.site).max() for user in region.shared) == 0
    assert values(lost, "device.up", "R-RSUD").min() == 1


def test_a_dark_router_answers_nobody_and_its_lines_are_down(region: Region) -> None:
    dark = told(region, Outage(START, START + 600, "power", "R-BPBD"))
    for device in ("R-BPBD", "R-SATPOLPP", "R-KEC-TWH-BARU"):
        assert values(dark, "device.up", device).sum() == 286
    assert values(dark, "link.up", "L-BPBD").sum() == 286


def test_when_nobody_measured_nothing_is_told(region: Region) -> None:
    gap = told(region, Outage(START + 3600, START + 5400, "unwatched"))
    assert {len(rows) for rows in gap.values()} == {282}


def test_a_short_outage_is_seen_in_its_slot() -> None:
    outage = Outage(1000, 1001, "cut", "L")
    assert trouble_in([outage], 900, 1200).cut == {"L"}
    assert not trouble_in([outage], 1001, 1200).cut
    assert not trouble_in([outage], 700, 1000).cut


def test_the_table_is_read_in_local_time_and_ends_where_the_history_ends() -> None:
    row = {"days_before": "1", "at": "16.30", "minutes": "1010", "what": "cut", "ref": "L", "note": ""}
    until = datetime(2026, 11, 25, 8, tzinfo=JAKARTA)
    [outage] = read_outages([row], until)
    assert datetime.fromtimestamp(outage.start, UTC) == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    assert outage.end == int(until.timestamp())
    assert read_outages([{**row, "days_before": "0"}], until) == ()


@pytest.mark.django_db
def test_who_was_not_joined_or_had_no_internet_yet_is_not_told_of(regency: Told) -> None:
    early = region_on(datetime(2023, 1, 1, tzinfo=UTC))
    start = int(datetime(2023, 1, 1, tzinfo=UTC).timestamp())
    day = told(early, span=Span(start, GRID, 12))
    assert not [key for key in day if key[0].startswith("site.")], "nobody had internet"
    assert len(list(early.inside)) == 10, "ten agencies were joined"
    assert "R-KEC-LAHEI" not in early.devices
    assert ("device.up", "R-DISDIK") in day
    assert early.plan is None
