"""Whatever is recorded in whatever order, the story that is kept can be true."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from simpul.register.logic.rollout import INTERNET, NETWORK, StoryLine, state_at
from simpul.register.logic.story import (
    INTERNET_STEPS,
    NETWORK_STEPS,
    OPTIONAL_STEPS,
    REQUIRED_STEPS,
    StoryError,
    check_line,
    check_together,
    check_withdrawal,
)
from simpul.register.models import InternetState, Medium, NetworkState

BEGIN = datetime(2018, 1, 1, tzinfo=UTC)
NOW = BEGIN + timedelta(days=100)
attempts = st.lists(
    st.tuples(
        st.sampled_from([NETWORK, INTERNET]),
        st.integers(0, 4),
        st.integers(0, 110),
        st.sampled_from(["", "sebab"]),
    ),
    max_size=25,
)
RANK = {"none": 0, "poles": 1, "cable": 2, "spliced": 3, "lit": 4}


def recorded(medium: str, tries: Sequence[tuple[str, int, int, str]]) -> tuple[list[StoryLine], list[StoryLine]]:
    """Both tracks after all tries that were let in."""
    tracks: dict[str, list[StoryLine]] = {NETWORK: [], INTERNET: []}
    for track, step, day, reason in tries:
        states = NETWORK_STEPS if track == NETWORK else (*INTERNET_STEPS, "on")
        new = StoryLine(BEGIN + timedelta(days=day), states[step], reason)
        try:
            told = check_line("S", track, medium, tracks[track], new, NOW)
            check_together("S", track, new, *(told if each == track else tracks[each] for each in (NETWORK, INTERNET)))
        except StoryError:
            continue
        tracks[track] = told
    return tracks[NETWORK], tracks[INTERNET]


@given(st.sampled_from(list(REQUIRED_STEPS)), attempts)
def test_the_network_never_skips_a_step_or_falls_back_without_a_reason(
    medium: str, tries: list[tuple[str, int, int, str]]
) -> None:
    network, _ = recorded(medium, tries)
    assert network == sorted(network, key=lambda line: line.at)
    previous = "none"
    for line in network:
        assert line.at <= NOW
        jumped = {step for step, rank in RANK.items() if RANK[previous] < rank < RANK[line.state]}
        if line.state != previous and not line.reason:
            assert RANK[line.state] > RANK[previous]
            assert medium != "own_fibre" or jumped <= {"none", "poles"}
        if medium == "vsat":
            assert line.state in ("none", "lit")
        previous = line.state


@given(attempts)
def test_internet_is_cut_off_only_from_on(tries: list[tuple[str, int, int, str]]) -> None:
    _, internet = recorded("leased", tries)
    previous = "none"
    for line in internet:
        if line.state == "cut_off":
            assert previous in ("on", "cut_off")
            assert line.reason
        if line.state in ("none", "ordered") and previous in ("on", "cut_off"):
            assert line.reason
        previous = line.state


@given(st.sampled_from(list(REQUIRED_STEPS)), attempts)
def test_internet_is_never_on_without_a_lit_network(medium: str, tries: list[tuple[str, int, int, str]]) -> None:
    network, internet = recorded(medium, tries)
    for half_day in range(220):
        at = BEGIN + timedelta(hours=12 * half_day)
        if state_at(internet, at)[0] == "on":
            assert state_at(network, at)[0] == "lit"


@given(st.sampled_from(list(REQUIRED_STEPS)), attempts, st.integers(0, 30))
def test_what_is_withdrawn_leaves_a_story_that_could_have_been_recorded(
    medium: str, tries: list[tuple[str, int, int, str]], place: int
) -> None:
    network, _ = recorded(medium, tries)
    if not network:
        return
    try:
        left = check_withdrawal("S", NETWORK, medium, network, network[place % len(network)])
    except StoryError:
        return
    assert len(left) == len(network) - 1
    previous = "none"
    for line in left:
        if line.state != previous and not line.reason:
            assert RANK[line.state] > RANK[previous]
        previous = line.state


def test_the_rules_know_the_states_and_media_of_the_tables() -> None:
    assert list(NETWORK_STEPS) == NetworkState.values
    assert list(INTERNET_STEPS) == InternetState.values
    assert set(REQUIRED_STEPS) == set(OPTIONAL_STEPS) == set(Medium.values)
