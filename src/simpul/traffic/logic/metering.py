"""From counters that only rise to rates. Pure; rates in bit/s."""

from __future__ import annotations

from collections.abc import Mapping


class Meter:
    """The rate of every class of one device, from one look to the next."""

    def __init__(self) -> None:
        self._before: dict[int, int] = {}
        self._at: float | None = None
        self.rates: dict[int, float] = {}

    def look(self, octets: Mapping[int, int], now: float) -> None:
        """`octets` is what each class has sent ever, by number; a class that was made anew counts from zero."""
        if self._at is not None and now > self._at:
            seconds = now - self._at
            before = self._before
            self.rates = {
                number: 8 * (count - old if (old := before.get(number, 0)) <= count else count) / seconds
                for number, count in octets.items()
            }
        self._before, self._at = dict(octets), now
