"""What may be written into a site's story, and in which order. Pure.

A line may be recorded late: it then goes in at its own time and must fit between the lines around it. A track of
the story is a sequence of `StoryLine` in order of time; of two lines at one moment the one recorded later comes last.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from simpul.kit.problem import Problem
from simpul.register.logic.rollout import (
    CABLE,
    CUT_OFF,
    INTERNET,
    LIT,
    NETWORK,
    NONE,
    ON,
    ORDERED,
    POLES,
    SPLICED,
    Pause,
    StoryLine,
    state_at,
)

NETWORK_STEPS = (NONE, POLES, CABLE, SPLICED, LIT)
INTERNET_STEPS = (NONE, ORDERED, ON, CUT_OFF)

# Per medium: steps that must be taken, and steps that may be. What is in neither does not exist there.
REQUIRED_STEPS: dict[str, frozenset[str]] = {
    "own_fibre": frozenset({CABLE, SPLICED}),
    "leased": frozenset(),
    "radio": frozenset(),
    "vsat": frozenset(),
}
OPTIONAL_STEPS: dict[str, frozenset[str]] = {
    "own_fibre": frozenset({POLES}),
    "leased": frozenset({POLES, CABLE, SPLICED}),
    "radio": frozenset({POLES}),
    "vsat": frozenset(),
}


class StoryError(Problem):
    """A line that cannot be true. `site` is the code, `track` the lamp; subclasses add what a page needs to say."""

    def __init__(self, site: str, track: str, line: StoryLine, text: str) -> None:
        super().__init__(f'site {site}, {track} "{line.state}" on {line.at:%Y-%m-%d %H:%M}: {text}')
        self.site = site
        self.track = track
        self.line = line


class InTheFuture(StoryError):
    """The story tells what happened; what is planned belongs into the plan."""

    def __init__(self, site: str, track: str, line: StoryLine) -> None:
        super().__init__(site, track, line, "that moment has not come yet. Record it when it has happened")


class NotApplicable(StoryError):
    """The medium has no such step."""

    def __init__(self, site: str, track: str, line: StoryLine, medium: str) -> None:
        super().__init__(site, track, line, f"{medium} has no such step. Choose another step, or mend the medium")
        self.medium = medium


class NothingNew(StoryError):
    """The track was in that state already."""

    def __init__(self, site: str, track: str, line: StoryLine, since: datetime | None) -> None:
        when = f"since {since:%Y-%m-%d %H:%M}" if since else "from the beginning"
        super().__init__(site, track, line, f"it was so already, {when}. Nothing to record")
        self.since = since


class StepMissing(StoryError):
    """A step that the medium demands was left out."""

    def __init__(self, site: str, track: str, line: StoryLine, missing: Sequence[str]) -> None:
        steps = ", ".join(missing)
        super().__init__(
            site,
            track,
            line,
            f"{steps} must come first. Record it first, or give the reason if this is the first that is known",
        )
        self.missing = tuple(missing)


class ReasonMissing(StoryError):
    """A step back or a decision needs its reason."""

    def __init__(self, site: str, track: str, line: StoryLine, previous: str) -> None:
        super().__init__(site, track, line, f'after "{previous}" this needs a reason. Give one')
        self.previous = previous


class NotOn(StoryError):
    """Only an internet that is on can be cut off."""

    def __init__(self, site: str, line: StoryLine, previous: str) -> None:
        super().__init__(site, INTERNET, line, f'it was not on but "{previous}". Record when it was switched on first')
        self.previous = previous


class BreaksLater(StoryError):
    """The line itself fits, but a line already recorded for a later time would no longer follow."""

    def __init__(self, site: str, track: str, line: StoryLine, later: StoryLine) -> None:
        super().__init__(
            site,
            track,
            line,
            f'then "{later.state}" on {later.at:%Y-%m-%d %H:%M} would not follow. Mend or withdraw that line first',
        )
        self.later = later


class NetworkNotLit(StoryError):
    """Internet without a lit network: one of the two tracks is wrong. `moment` is where they first disagree."""

    def __init__(self, site: str, track: str, line: StoryLine, moment: datetime) -> None:
        super().__init__(
            site,
            track,
            line,
            f"from {moment:%Y-%m-%d %H:%M} the internet would be on without a lit network. Record the other first",
        )
        self.moment = moment


class Paused(StoryError):
    """The track stood still at that time, says a pause that has ended since."""

    def __init__(self, site: str, track: str, line: StoryLine, pause: Pause) -> None:
        super().__init__(
            site,
            track,
            line,
            f"recorded as stalled from {pause.at:%Y-%m-%d} until {pause.until:%Y-%m-%d}. Mend the one or the other"
            if pause.until
            else f"stalled since {pause.at:%Y-%m-%d}. Record that it goes on first",
        )
        self.pause = pause


def check_line(
    site: str, track: str, medium: str, story: Sequence[StoryLine], new: StoryLine, now: datetime
) -> list[StoryLine]:
    """The track's story with `new` in its place. Raises a StoryError if it cannot be true."""
    if new.at > now:
        raise InTheFuture(site, track, new)
    place = sum(line.at <= new.at for line in story)
    before, after = story[:place], story[place:]
    previous, since = state_at(before, new.at)
    if new.state == previous:
        raise NothingNew(site, track, new, since)
    _check_step(site, track, medium, previous, new, bool(before))
    if after:
        _check_next(site, track, medium, new, new.state, after[0])
    return [*before, new, *after]


def check_withdrawal(
    site: str, track: str, medium: str, story: Sequence[StoryLine], gone: StoryLine
) -> list[StoryLine]:
    """The track's story without `gone`. Raises BreaksLater if the line after it would no longer follow."""
    place = next(index for index, line in enumerate(story) if line is gone)
    before, after = story[:place], story[place + 1 :]
    if after:
        _check_next(site, track, medium, gone, state_at(before, gone.at)[0], after[0])
    return [*before, *after]


def _check_next(site: str, track: str, medium: str, mended: StoryLine, state: str, later: StoryLine) -> None:
    """Raise BreaksLater unless `later` may follow `state`. Its own reason excuses what it excused when written."""
    if later.state == state:
        return
    try:
        _check_step(site, track, medium, state, later, not later.reason)
    except NotApplicable:
        return  # the medium has changed since: history keeps the steps of the old one
    except StoryError:
        raise BreaksLater(site, track, mended, later) from None


def check_together(
    site: str, track: str, new: StoryLine, network: Sequence[StoryLine], internet: Sequence[StoryLine]
) -> None:
    """Raise NetworkNotLit if the two tracks would ever say "internet on" without "network lit"."""
    for moment in sorted({line.at for line in (*network, *internet)}):
        if state_at(internet, moment)[0] == ON and state_at(network, moment)[0] != LIT:
            raise NetworkNotLit(site, track, new, moment)


def is_forward(track: str, previous: str, state: str) -> bool:
    """Whether the step leads towards a joined site; steps back and a cut-off do not."""
    if track == NETWORK:
        return NETWORK_STEPS.index(state) > NETWORK_STEPS.index(previous)
    return state == ON or (state == ORDERED and previous == NONE)


def check_pauses(site: str, track: str, story: Sequence[StoryLine], new: StoryLine, pauses: Sequence[Pause]) -> None:
    """Raise Paused if the track moves forward inside a pause that has ended. A lasting one is ended by the step."""
    previous, _ = state_at(story, new.at)
    for pause in pauses:
        inside = pause.at < new.at and pause.until is not None and new.at < pause.until
        if pause.track == track and inside and is_forward(track, previous, new.state):
            raise Paused(site, track, new, pause)


def _check_step(site: str, track: str, medium: str, previous: str, new: StoryLine, known: bool) -> None:
    """Raise unless `new` may follow `previous`. `known`: whether a line before it tells how it came to `previous`."""
    if track == NETWORK:
        _check_network_step(site, medium, previous, new, known)
    else:
        _check_internet_step(site, medium, previous, new)


def _check_network_step(site: str, medium: str, previous: str, new: StoryLine, known: bool) -> None:
    required, optional = REQUIRED_STEPS[medium], OPTIONAL_STEPS[medium]
    if new.state not in required | optional | {NONE, LIT}:
        raise NotApplicable(site, NETWORK, new, medium)
    low, high = NETWORK_STEPS.index(previous), NETWORK_STEPS.index(new.state)
    if high < low:
        if not new.reason:
            raise ReasonMissing(site, NETWORK, new, previous)
        return
    missing = [step for step in NETWORK_STEPS[low + 1 : high] if step in required]
    # Where the register begins in the middle of a story, nobody may know the days of the steps before.
    if missing and (known or not new.reason):
        raise StepMissing(site, NETWORK, new, missing)


def _check_internet_step(site: str, medium: str, previous: str, new: StoryLine) -> None:
    if new.state not in INTERNET_STEPS:
        raise NotApplicable(site, INTERNET, new, medium)
    if new.state == CUT_OFF and previous != ON:
        raise NotOn(site, new, previous)
    if not is_forward(INTERNET, previous, new.state) and not new.reason:
        raise ReasonMissing(site, INTERNET, new, previous)
