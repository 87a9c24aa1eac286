"""Where a site stood at a moment, judged by walking through the days one by one."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.register.logic.rollout import (
    INTERNET,
    NETWORK,
    Pause,
    SiteStatus,
    StoryLine,
    end_of_day,
    last_before,
    pause_at,
    state_at,
    summary,
)

BEGIN = datetime(2018, 1, 1, tzinfo=UTC)
DAYS = 40
days = st.integers(0, DAYS)
lines = st.lists(st.tuples(days, st.sampled_from(["none", "cable", "lit"])), max_size=12).map(
    lambda pairs: sorted(pairs, key=lambda pair: pair[0])
)


def on(day: int) -> datetime:
    """Noon of a day of the story."""
    return BEGIN + timedelta(days=day, hours=12)


@given(lines, days)
def test_the_state_is_what_a_walk_back_through_the_days_finds(pairs: list[tuple[int, str]], asked: int) -> None:
    story = [StoryLine(on(day), state) for day, state in pairs]
    state, since = "none", None
    stopped = False
    for day in range(asked, -1, -1):
        for line_day, line_state in reversed(pairs):
            if line_day != day or stopped:
                continue
            if since is None:
                state = line_state
            if line_state == state:
                since = on(day)
            else:
                stopped = True
    assert state_at(story, on(asked)) == (state, since)


@given(lines, days)
def test_a_line_of_tomorrow_does_not_change_today(pairs: list[tuple[int, str]], asked: int) -> None:
    story = [StoryLine(on(day), state) for day, state in pairs]
    past = [line for line in story if line.at <= on(asked)]
    assert state_at(story, on(asked)) == state_at(past, on(asked))


@given(st.lists(st.tuples(days, st.integers(1, 20)), max_size=6), days)
def test_a_pause_holds_from_its_first_day_until_before_its_end(spans: list[tuple[int, int]], asked: int) -> None:
    pauses = [Pause(NETWORK, on(begin), on(begin + length), f"{begin}") for begin, length in spans]
    standing = {day for begin, length in spans for day in range(begin, begin + length)}
    found = pause_at(pauses, on(asked))
    assert (found is not None) == (asked in standing)
    if found:
        assert found.at == min(on(begin) for begin, length in spans if begin <= asked < begin + length)


def test_a_pause_without_end_holds_for_ever() -> None:
    assert pause_at([Pause(INTERNET, on(3), None, "x")], on(4000)) is not None
    assert pause_at([Pause(INTERNET, on(3), None, "x")], on(2)) is None


@given(st.lists(days), days)
def test_the_last_moment_before_is_the_nearest(moments: list[int], asked: int) -> None:
    before = [on(day) for day in moments if day <= asked]
    assert last_before([on(day) for day in moments], on(asked)) == max(before, default=None)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["opd", "village", "pop"]),
            st.sampled_from(["none", "cable", "lit"]),
            st.sampled_from(["none", "on", "cut_off"]),
        ),
        max_size=30,
    )
)
def test_the_summary_counts_every_counted_site_once(sites: list[tuple[str, str, str]]) -> None:
    statuses = [
        SiteStatus("c", "n", kind, "o", "own_fibre", network, None, internet, None, "", None, None, kind != "pop")
        for kind, network, internet in sites
    ]
    counted = [site for site in sites if site[0] != "pop"]
    found = summary(statuses)
    assert found.sites == len(counted)
    assert found.network_lit + found.not_joined == found.sites
    assert found.network_lit == sum(network == "lit" for _, network, _ in counted)
    assert found.internet_on == Counter(internet for _, _, internet in counted)["on"]
    assert set(found.by_kind) == {kind for kind, _, _ in counted}
    for name in ("sites", "network_lit", "internet_on", "not_joined"):
        assert sum(counts[name] for counts in found.by_kind.values()) == getattr(found, name)


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "Asia/Makassar", "Europe/Berlin", "America/Sao_Paulo", "UTC"])
@given(day=st.dates(date(2000, 1, 1), date(2037, 12, 30)))
def test_the_end_of_a_day_is_its_last_moment_there(zone: str, day: date) -> None:
    place = ZoneInfo(zone)
    end = end_of_day(day, place)
    assert end.date() == day
    next_moment = (end.astimezone(UTC) + timedelta(microseconds=1)).astimezone(place)
    assert next_moment.date() == day + timedelta(days=1)
