"""From single answers and misses to up, down or unknown, slow to say down and slower where something comes and goes.

Pure: every moment is an argument, in seconds of one clock.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from simpul.watch.logic.facts import DOWN, NEVER, UNKNOWN, UP, State


@dataclass(frozen=True, slots=True)
class Patience:
    """`misses` in a row that last `seconds` make it down; `first_seconds` where it never answered since the start.

    `answers` in a row make it up again. So many as `dips` short outages within `window` are flapping: it counts as down
    until it has been well for `calm` seconds.
    """

    misses: int = 3
    seconds: float = 3.0
    first_seconds: float = 10.0
    answers: int = 2
    dips: int = 5
    window: float = 60.0
    calm: float = 15.0


@dataclass(slots=True)
class Pulse:
    """What is known of one thing that is asked again and again. `since` is when its state began, `misses` how many
    questions in a row were not answered, the first of them at `first_miss`. `answered_at` and `missed_at` are the
    moments of the last question that was answered, and of the last that was not."""

    patience: Patience
    state: State = UNKNOWN
    since: float = 0.0
    misses: int = 0
    first_miss: float = NEVER
    answered_at: float = NEVER
    missed_at: float = NEVER
    _answers: int = 0
    _last_miss: float = NEVER
    _dips: deque[float] = field(default_factory=deque)
    _flapping: bool = False

    @property
    def suspect(self) -> bool:
        """Whether the last question was not answered although it counts as up, or was never heard."""
        return self.misses > 0 and self.state != DOWN

    def answered(self, at: float, *, late: bool = False) -> None:
        """It answered what was asked at `at`. `late`: that was taken for a miss already, and was none."""
        if self.misses > 1 and not late:
            self.dipped(at)
        self.misses = 0
        self.answered_at = max(self.answered_at, at)
        self._answers += 1
        if self.state == UNKNOWN or (self.state == DOWN and self._answers >= self.patience.answers):
            self._become(UP, at)
        self._settle(at)

    def missed(self, at: float) -> None:
        """It did not answer what was asked at `at`; what was asked before an answer proves nothing any more."""
        if at <= self.answered_at:
            return
        if self.misses == 0:
            self.first_miss = at
        self.misses += 1
        self._answers = 0
        self.missed_at = max(self.missed_at, at)
        self._last_miss = max(self._last_miss, at)
        lasts = at - self.first_miss
        needed = self.patience.first_seconds if self.state == UNKNOWN else self.patience.seconds
        if self.state != DOWN and self.misses >= self.patience.misses and lasts >= needed:
            self._become(DOWN, self.first_miss)

    def dipped(self, at: float) -> None:
        """It was away for a moment, though it is back already."""
        self._last_miss = max(self._last_miss, at)
        self._dips.append(at)
        while self._dips and at - self._dips[0] > self.patience.window:
            self._dips.popleft()
        self._flapping = self._flapping or len(self._dips) >= self.patience.dips

    def flapping(self, at: float) -> bool:
        """Whether it comes and goes."""
        self._settle(at)
        return self._flapping

    def forget(self) -> None:
        """Nobody can ask it any more."""
        self.state, self.misses, self._answers, self._flapping = UNKNOWN, 0, 0, False
        self.first_miss = self.answered_at = self.missed_at = NEVER
        self._dips.clear()

    def _settle(self, at: float) -> None:
        if self._flapping and at - self._last_miss > self.patience.calm:
            self._flapping = False
            self._dips.clear()

    def _become(self, state: State, at: float) -> None:
        self.state, self.since = state, at


@dataclass(slots=True)
class Signal:
    """One port as its own device tells it: believed at once, held down while it comes and goes."""

    pulse: Pulse
    _changed: int | None = None
    heard_at: float = NEVER

    def told(self, at: float, *, up: bool, changed: int | None = None) -> None:
        """The device says how the port is. `changed`: by its own clock, when the port last became what it is."""
        pulse, before = self.pulse, self.pulse.state
        if up:
            slipped = before == UP and None not in (changed, self._changed) and changed != self._changed
            if before == DOWN or slipped:
                pulse.dipped(at)
            if before != UP:
                pulse.state, pulse.since = UP, at
        elif before != DOWN:
            pulse.state, pulse.since = DOWN, at
        self._changed, self.heard_at = changed, at

    def told_lately(self, at: float, longest: float) -> State:
        """What it said; unknown when that is older than `longest`."""
        return UNKNOWN if at - self.heard_at > longest else self.pulse.state
