"""From what was seen to what has to be written: facts, their causes, and alarms that stay calm while facts come in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from simpul.watch.keeping import Found, Verdict
from simpul.watch.logic.facts import DOWN, UP, Cause, Facts, Said
from simpul.watch.models import Alarm
from simpul.watch.observed import Observed
from simpul.watch.settling import Settling, Standing, Times

Explain = Callable[[Facts], Sequence[Cause]]
# So long after it was opened an alarm may turn out to be the effect of another cause.
YOUNG = timedelta(seconds=60)


class Judge:
    """For one snapshot. Facts that have not changed are not explained again."""

    def __init__(self, observed: Observed, explain: Explain, times: Times) -> None:
        self._observed, self._explain = observed, explain
        self._settling = Settling(times)
        self._facts: Facts | None = None
        self._causes: Sequence[Cause] = ()

    def verdict(self, now: float, at: datetime, said: Said, alarms: Sequence[Alarm]) -> Verdict:
        """What has to be written now; `now` is of the clock of the probes, `at` of the calendar."""
        facts = self._observed.facts(now, said)
        if facts != self._facts:
            self._facts, self._causes = facts, list(self._explain(facts))
        standing = [_standing(alarm, at) for alarm in alarms]
        settled = self._settling.settle(
            now,
            self._causes,
            standing,
            whole=lambda cause: self._is_gone(cause, facts),
            flapping=lambda cause: self._flaps(cause, now),
        )
        found = []
        for cause, number in settled.found:
            missed = self._observed.missed_since((*cause.refs, *cause.devices))
            since = None if missed is None else at - timedelta(seconds=now - missed)
            found.append(Found(cause, evidence(cause, facts, since), self._flaps(cause, now), number))
        return Verdict(found, settled.gone)

    def _is_gone(self, cause: Cause, facts: Facts) -> bool:
        if cause.kind == "blind":
            return UP in facts.devices.values()
        if cause.kind == "agent_silent":
            return facts.agents.get(cause.ref) == UP
        if cause.kind == "off_plan":
            return facts.plans.get(cause.ref) == UP or facts.agents.get(cause.ref) == DOWN
        if cause.kind == "unclassified":
            return facts.agents.get(cause.ref) == UP and cause.ref not in facts.unclassified
        return all(self._observed.whole(ref, facts) for ref in cause.refs)

    def _flaps(self, cause: Cause, now: float) -> bool:
        return any(self._observed.flaps(code, now) for code in (*cause.refs, *cause.devices))


def evidence(cause: Cause, facts: Facts, missed_since: datetime | None) -> dict[str, object]:
    """The facts that speak for it, as a person would look them up."""
    ports = {ref: [facts.links[ref].a, facts.links[ref].b] for ref in cause.refs if ref in facts.links}
    answers = {ref: facts.devices[ref] for ref in (*cause.refs, *cause.devices) if ref in facts.devices}
    return {"ports": ports, "answers": answers, "missed_since": missed_since and missed_since.isoformat()}


def _standing(alarm: Alarm, at: datetime) -> Standing:
    cause = Cause(
        kind=alarm.kind,  # type: ignore[arg-type]
        refs=tuple(alarm.refs),
        sites=tuple(alarm.sites),
        without_internet=tuple(alarm.without_internet),
        together=tuple(alarm.together),
        devices=tuple(alarm.evidence.get("devices", ())),
    )
    return Standing(alarm.pk, cause, alarm.flapping, at - alarm.opened_at < YOUNG)
