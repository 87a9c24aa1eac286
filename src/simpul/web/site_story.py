"""The story of one site as a page tells it: every line of both tracks, stalls and hand-overs, newest first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import CharField, DateTimeField, F, IntegerField, QuerySet, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from simpul.register.logic.rollout import (
    INTERNET,
    LIT,
    NETWORK,
    ON,
    Pause,
    StoryLine,
    last_before,
    pause_at,
    state_at,
)
from simpul.register.models import Handover, InternetEvent, NetworkEvent, Site, Stall
from simpul.web.lamps import Lamp, lamp_of

STALL, HANDOVER = "stall", "handover"


@dataclass(frozen=True, slots=True)
class StoryRow:
    """One line. `what` is network, internet, stall or handover; `track` is the stalled one; `until` ends a stall."""

    what: str
    pk: int
    at: datetime
    state: str
    track: str
    until: datetime | None
    reason: str
    evidence: str
    evidence_name: str
    recorded_by: str
    recorded_at: datetime
    contract: str
    contract_line: int | None

    @property
    def lamp(self) -> Lamp:
        """Its shape and tone."""
        if self.what == STALL:
            return lamp_of(self.track, "stalled")
        if self.what == HANDOVER:
            return Lamp("file-certificate", "", "info")
        return lamp_of(self.what, self.state)

    @property
    def said(self) -> str:
        """What happened, in a few words."""
        track = _("Internet") if INTERNET in (self.what, self.track) else _("Network")
        if self.what == HANDOVER:
            return _("Handed over: %(number)s") % {"number": self.state} if self.state else _("Handed over")
        if self.what == STALL:
            return _("%(track)s stalled") % {"track": track}
        return f"{track}: {self.lamp.word}"

    def without_contract(self) -> StoryRow:
        """The same for who may not see the contract: that and when, but no number and no certificate."""
        return replace(self, state="", contract="", evidence="", evidence_name="")

    @property
    def withdrawable(self) -> bool:
        """Whether it can be taken back: lines of the two tracks can."""
        return self.what in (NETWORK, INTERNET)


@dataclass(frozen=True, slots=True)
class LampNow:
    """One of the two lamps on top of the page. `step` of `steps` tells how far a network has come."""

    track: str
    lamp: Lamp
    since: datetime | None
    pause: Pause | None

    @property
    def shining(self) -> bool:
        """Whether it is on."""
        return self.lamp.tone == "ok"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the site stands at a moment."""

    network: LampNow
    internet: LampNow
    handed_over_at: datetime | None


def story_rows(site: Site) -> list[StoryRow]:
    """All lines of a site, newest first; of two at one moment the one recorded later first. One query."""
    parts = [
        _part(NetworkEvent, site, NETWORK, state=F("state"), contract_line=F("contract_line_id")),
        _part(InternetEvent, site, INTERNET, state=F("state"), contract_line=F("contract_line_id")),
        _part(Stall, site, STALL, track=F("track"), until=F("until")),
        _part(Handover, site, HANDOVER, state=F("document_number"), contract=F("contract__code")),
    ]
    rows = parts[0].union(*parts[1:], all=True).order_by("-c_at", "-c_pk")
    return [StoryRow(*row) for row in rows]


def standing(rows: list[StoryRow], now: datetime) -> Standing:
    """The two lamps, by the rules of the register's own logic."""
    oldest_first = rows[::-1]
    pauses = [Pause(row.track, row.at, row.until, row.reason) for row in oldest_first if row.what == STALL]
    handovers = [row.at for row in rows if row.what == HANDOVER]

    def lamp(track: str) -> LampNow:
        story = [StoryLine(row.at, row.state, row.reason) for row in oldest_first if row.what == track]
        state, since = state_at(story, now)
        pause = pause_at([each for each in pauses if each.track == track], now)
        return LampNow(track, lamp_of(track, state), since, None if state in (LIT, ON) else pause)

    return Standing(lamp(NETWORK), lamp(INTERNET), last_before(handovers, now))


def _part(
    model: type[NetworkEvent | InternetEvent | Stall | Handover], site: Site, what: str, **given: Any
) -> QuerySet[Any, Any]:
    """The same columns from each of the four tables."""
    columns = {
        "c_what": Value(what, CharField()),
        "c_pk": F("pk"),
        "c_at": F("at"),
        "c_state": given.get("state", Value("", CharField())),
        "c_track": given.get("track", Value("", CharField())),
        "c_until": given.get("until", Cast(Value(None), DateTimeField())),
        "c_reason": F("reason"),
        "c_evidence": F("evidence__sha256"),
        "c_evidence_name": F("evidence__name"),
        "c_recorded_by": F("recorded_by"),
        "c_recorded_at": F("recorded_at"),
        "c_contract": given.get("contract", Value("", CharField())),
        "c_contract_line": given.get("contract_line", Cast(Value(None), IntegerField())),
    }
    rows = model.objects.filter(site=site).order_by()
    return rows.annotate(**columns).values_list(*columns)
