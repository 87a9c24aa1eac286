"""May what is too old be forgotten now, or does the clock only say so? Pure: no clock, no IO.

A clock that jumps ahead by a month makes everything too old at once, and what is gone does not come back when the clock
is put right. So a jump is only believed after it has lasted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# A step of the clock up to this one is a correction, a longer one a jump; so long a jump must last to be believed.
JUMP_SECONDS, BELIEVED_AFTER_SECONDS = 6 * 3600.0, 24 * 3600.0


@dataclass(slots=True)
class Doubt:
    """`last` is the wall clock at the last look, in Unix seconds, before this process began (None: never looked)."""

    last: float | None
    _before: float | None = field(default=None, repr=False)
    _until: float | None = field(default=None, repr=False)

    def look(self, wall: float, monotonic: float) -> bool:
        """Whether the wall clock is doubted now. Call it every minute or so; `monotonic` in seconds."""
        passed = 0.0 if self._before is None else monotonic - self._before
        stepped = 0.0 if self.last is None else wall - self.last - passed
        self.last, self._before = wall, monotonic
        if abs(stepped) > JUMP_SECONDS:
            # Put back as far as it was ahead is as good as never jumped, but nothing is lost by waiting.
            self._until = monotonic + BELIEVED_AFTER_SECONDS
        if self._until is not None and monotonic >= self._until:
            self._until = None
        return self._until is not None
