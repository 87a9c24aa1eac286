"""Where each site stood at a moment: its two lamps, what held it up, whether it was handed over. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

NONE, POLES, CABLE, SPLICED, LIT = "none", "poles", "cable", "spliced", "lit"
ORDERED, ON, CUT_OFF = "ordered", "on", "cut_off"
NETWORK, INTERNET = "network", "internet"


@dataclass(frozen=True, slots=True)
class StoryLine:
    """From `at` on, the track is in `state`. `reason` is what somebody wrote beside it, or empty."""

    at: datetime
    state: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing moves on `track` from `at` until `until` (None: still)."""

    track: str
    at: datetime
    until: datetime | None
    reason: str

    def holds(self, at: datetime) -> bool:
        """Whether the pause lasts at that moment; its end is no longer part of it."""
        return self.at <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class SiteStatus:
    """One site at one moment. `..._since` is the first moment of the present state, None if nothing ever happened.

    `counted` is false for points of presence: they carry the network and do not wait for it.
    """

    code: str
    name: str
    kind: str
    organisation: str
    medium: str
    network: str
    network_since: datetime | None
    internet: str
    internet_since: datetime | None
    stalled_reason: str
    stalled_since: datetime | None
    handed_over_at: datetime | None
    counted: bool
    stalled_track: str = ""
    site_id: int = 0

    @property
    def joined(self) -> bool:
        """Whether its network is lit."""
        return self.network == LIT


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts over the counted sites; `by_kind` holds the same four counts for each kind of site."""

    sites: int
    network_lit: int
    internet_on: int
    not_joined: int
    by_kind: dict[str, dict[str, int]]


def state_at(story: Sequence[StoryLine], at: datetime) -> tuple[str, datetime | None]:
    """State in force at `at`, and since when without a break. `story` is in order of time.

    A line counts from its own moment on. Two lines in a row with one state are one stretch: the earlier one was
    recorded later, so the stretch began with it.
    """
    state: str = NONE
    since: datetime | None = None
    for line in story:
        if line.at > at:
            break
        if line.state != state or since is None:
            state, since = line.state, line.at
    return state, since


def pause_at(pauses: Iterable[Pause], at: datetime) -> Pause | None:
    """The pause that holds at `at`; of several the one that began first."""
    return min((pause for pause in pauses if pause.holds(at)), key=lambda pause: pause.at, default=None)


def last_before(moments: Iterable[datetime], at: datetime) -> datetime | None:
    """The latest of the moments that is not after `at`."""
    return max((moment for moment in moments if moment <= at), default=None)


def summary(statuses: Iterable[SiteStatus]) -> Summary:
    """Count the sites that count."""
    by_kind: dict[str, dict[str, int]] = {}
    total = _no_sites()
    for status in statuses:
        if not status.counted:
            continue
        for counts in (total, by_kind.setdefault(status.kind, _no_sites())):
            counts["sites"] += 1
            counts["network_lit"] += status.joined
            counts["internet_on"] += status.internet == ON
            counts["not_joined"] += not status.joined
    return Summary(**total, by_kind=dict(sorted(by_kind.items())))


def end_of_day(day: date, zone: tzinfo) -> datetime:
    """The last microsecond of the local day, also where a day has 23 or 25 hours, or no midnight."""
    next_day = datetime.combine(day + timedelta(days=1), time(0), zone)
    return (next_day.astimezone(UTC) - timedelta(microseconds=1)).astimezone(zone)


def _no_sites() -> dict[str, int]:
    return {"sites": 0, "network_lit": 0, "internet_on": 0, "not_joined": 0}
