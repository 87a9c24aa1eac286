"""From causes, which change while facts come in, to alarms, which should not. Pure: every moment is an argument."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from simpul.watch.logic.facts import Cause

Signature = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """An open alarm, as far as it matters here. `young`: it was opened so lately that facts may still have been on
    their way."""

    number: int
    cause: Cause
    flapping: bool = False
    young: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """`found`: causes to be written, with the number of the alarm they belong to; `gone`: alarms that are over."""

    found: Sequence[tuple[Cause, int | None]] = ()
    gone: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds: how long everything must have stayed as it is, how long at most that is waited for, how long an answer
    that would sharpen a cause is waited for, and how long all must be well before an alarm is over: `clear`, twice as
    long each time that its cause has come back within `window`, at most `calm`."""

    settle: float = 1.0
    longest: float = 4.0
    sharpen: float = 1.5
    clear: float = 3.0
    calm: float = 15.0
    window: float = 60.0

    def clear_after(self, outages: int) -> float:
        """How long all must be well after the cause was seen so many times."""
        return max(self.clear, min(self.calm, self.clear * 2.0 ** max(0, outages - 1)))


@dataclass
class Settling:
    """Remembers since when each cause has been seen, and since when each alarm's cause has not."""

    times: Times
    _seen: dict[str, float] = field(default_factory=dict)
    _last: frozenset[Signature] = frozenset()
    _changed_at: float = float("-inf")
    _well_since: dict[int, float] = field(default_factory=dict)
    _begun: dict[str, list[float]] = field(default_factory=dict)
    _present: set[str] = field(default_factory=set)

    def settle(
        self,
        now: float,
        causes: Sequence[Cause],
        standing: Sequence[Standing],
        whole: Callable[[Cause], bool],
        flapping: Callable[[Cause], bool] = lambda _: False,
    ) -> Settled:
        """What has to be written now. `whole` says whether the facts show that a cause is gone."""
        self._count(now, causes, flapping)
        belongs = matched(causes, standing)
        by_number = {each.number: each for each in standing}
        news = [
            cause
            for cause in causes
            if belongs[cause] is None or _differs(cause, by_number[belongs[cause]], flapping(cause))  # type: ignore[index]
        ]
        found = [(cause, belongs[cause]) for cause in self._ripe(now, news)]
        taken = {number for number in belongs.values() if number is not None}
        gone = self._gone(now, [each for each in standing if each.number not in taken], whole, causes)
        return Settled(found, gone)

    def _ripe(self, now: float, news: Sequence[Cause]) -> list[Cause]:
        shape = frozenset(signature(cause) for cause in news)
        if shape != self._last:
            self._last, self._changed_at = shape, now
        self._seen = {cause.ref: self._seen.get(cause.ref, now) for cause in news}
        ripe = []
        for cause in news:
            needed = self.times.settle + (self.times.sharpen if cause.waiting else 0.0)
            age = now - self._seen[cause.ref]
            if now - self._changed_at >= needed or age >= self.times.longest:
                ripe.append(cause)
        return ripe

    def _count(self, now: float, causes: Sequence[Cause], flapping: Callable[[Cause], bool]) -> None:
        """Note whenever a cause begins to be seen. One that is held down while it flaps has waited enough by that."""
        refs = {cause.ref for cause in causes}
        for ref in refs - self._present:
            self._begun.setdefault(ref, []).append(now)
        self._present = refs
        self._begun.update({cause.ref: [now] for cause in causes if flapping(cause)})
        lately = {ref: [at for at in begun if now - at <= self.times.window] for ref, begun in self._begun.items()}
        self._begun = {ref: begun for ref, begun in lately.items() if begun}

    def _gone(
        self, now: float, left: Sequence[Standing], whole: Callable[[Cause], bool], causes: Sequence[Cause]
    ) -> list[int]:
        merged = [each.number for each in left if any(_swallows(cause, each) for cause in causes)]
        well = [each for each in left if whole(each.cause)]
        self._well_since = {each.number: self._well_since.get(each.number, now) for each in well}
        over = [each.number for each in well if now - self._well_since[each.number] >= self._clear_after(each.cause)]
        return sorted({*over, *merged})

    def _clear_after(self, cause: Cause) -> float:
        return self.times.clear_after(max(len(self._begun.get(ref, ())) for ref in cause.refs))


def matched(causes: Sequence[Cause], standing: Sequence[Standing]) -> Mapping[Cause, int | None]:
    """Which open alarm each cause belongs to. The same likeliest fault first (of one element with two, the one of the
    same kind), then any in common, then a fault higher up that explains all that a young alarm was about."""
    found: dict[Cause, int | None] = dict.fromkeys(causes)
    free = list(standing)
    for fits in (_same_kind, _same, _common, _swallows):
        for cause in causes:
            if found[cause] is None:
                match = next((each for each in free if fits(cause, each)), None)
                if match is not None:
                    found[cause] = match.number
                    free.remove(match)
    return found


def signature(cause: Cause) -> Signature:
    """What makes a cause worth telling again."""
    return (cause.kind, cause.refs, cause.sites, cause.without_internet, cause.together)


def _differs(cause: Cause, standing: Standing, flapping: bool) -> bool:
    return signature(cause) != signature(standing.cause) or (flapping and not standing.flapping)


def _same_kind(cause: Cause, standing: Standing) -> bool:
    return cause.kind == standing.cause.kind and _same(cause, standing)


def _same(cause: Cause, standing: Standing) -> bool:
    return cause.ref == standing.cause.ref


def _common(cause: Cause, standing: Standing) -> bool:
    return bool(set(cause.refs) & set(standing.cause.refs))


def _swallows(cause: Cause, standing: Standing) -> bool:
    """Not the other way round: a later fault below an older one is a fault of its own."""
    devices = set(standing.cause.devices)
    return standing.young and bool(devices) and devices <= set(cause.devices)
