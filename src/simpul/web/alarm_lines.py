"""An alarm in a reader's words: cause, effect, party. Whoever does not see the whole network reads of their own only.

An agency learns that its office is cut off, since when and who mends it, not which other offices are; a provider
learns of its own circuits and how many sites hang on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from simpul.people.logic.rights import Scope
from simpul.register.models import Circuit, Device, Link, Site, Uplink
from simpul.watch import text
from simpul.watch.models import Alarm
from simpul.web import figures

TONES = {Alarm.Severity.CRITICAL: "bad", Alarm.Severity.MAJOR: "warn", Alarm.Severity.MINOR: "info"}
ICONS = {
    Alarm.Severity.CRITICAL: "alert-circle",
    Alarm.Severity.MAJOR: "alert-triangle",
    Alarm.Severity.MINOR: "info-circle",
}
ELEMENTS = (Link, Circuit, Device, Uplink)


@dataclass(frozen=True, slots=True)
class Reader:
    """What an alarm may name before somebody: codes of sites and of other elements, organisations by primary key."""

    whole: bool = False
    sites: frozenset[str] = frozenset()
    elements: frozenset[str] = frozenset()
    parties: frozenset[int] = frozenset()

    def own(self, alarm: Alarm) -> bool:
        """Whether the cause itself is the reader's affair, with all that the alarm says of it."""
        return self.whole or alarm.party_id in self.parties or alarm.ref in self.sites | self.elements


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """One alarm as lists tell it. `age` is how long ago it began, `lasted` how long it took until it was over.

    `taken` says that somebody looks after it; `sites` are the codes of those it hits, as far as the reader sees them.
    """

    alarm: Alarm
    tone: str
    icon: str
    title: str
    effect: str
    party: str
    age: str
    lasted: str
    taken: str
    in_maintenance: bool
    sites: tuple[str, ...]

    @property
    def state(self) -> str:
        """Over, or in maintenance, or taken up by somebody, or both; else open."""
        if not self.alarm.is_open:
            return _("over")
        said = [_("in maintenance")] if self.in_maintenance else []
        said += [_("taken up")] if self.alarm.acknowledged_at else []
        return ", ".join(said) or _("open")


def reader_of(scope: Scope) -> Reader:
    """What the visitor sees. Two queries for who does not see the whole network, else none."""
    if scope.whole_network:
        return Reader(whole=True)
    codes = [model.objects.within(scope).order_by().values_list("code", flat=True) for model in ELEMENTS]
    return Reader(
        sites=frozenset(Site.objects.within(scope).values_list("code", flat=True)),
        elements=frozenset(codes[0].union(*codes[1:])),
        parties=frozenset(scope.providers),
    )


def line_of(alarm: Alarm, reader: Reader, now: datetime) -> AlarmLine:
    """The alarm for that reader. Its party and its maintenance window have to be loaded with it."""
    severity = Alarm.Severity(alarm.severity)
    hit = (*alarm.sites, *alarm.without_internet)
    return AlarmLine(
        alarm=alarm,
        tone=TONES[severity] if alarm.is_open else "idle",
        icon=ICONS[severity],
        title=title(alarm, reader),
        effect=effect(alarm, reader),
        party=party(alarm, reader),
        age=age(alarm.opened_at, now),
        lasted=lasted(alarm.opened_at, alarm.closed_at) if alarm.closed_at else "",
        taken=taken(alarm, reader),
        in_maintenance=alarm.in_maintenance(now),
        sites=tuple(code for code in hit if reader.whole or code in reader.sites),
    )


def title(alarm: Alarm, reader: Reader) -> str:
    """The cause; only its kind where it is somewhere in the network of others."""
    return text.title(alarm) if reader.own(alarm) else str(capfirst(Alarm.Kind(alarm.kind).label))


def effect(alarm: Alarm, reader: Reader) -> str:
    """Whom it hits: all, the reader's own sites, or how many where the reader sees none of them."""
    if reader.whole:
        return text.effect(alarm)
    hit = [*alarm.sites, *alarm.without_internet]
    if not hit or reader.sites.intersection(hit):
        return text.effect(alarm, reader.sites)
    said = ngettext("%(number)s site is cut off by it.", "%(number)s sites are cut off by it.", len(hit))
    return said % {"number": figures.number(len(hit))}


def party(alarm: Alarm, reader: Reader) -> str:
    """Who has to mend it; the number of the service stays between those who run the network and the party itself."""
    if alarm.party is None:
        return ""
    if reader.whole or alarm.party_id in reader.parties:
        return text.party(alarm)
    return _("To be mended by: %(party)s.") % {"party": alarm.party}


def taken(alarm: Alarm, reader: Reader) -> str:
    """That somebody looks after it; who it is, among those who run the network."""
    if alarm.acknowledged_at is None:
        return ""
    if reader.whole:
        return _("taken up by %(who)s") % {"who": alarm.acknowledged_by}
    return _("somebody looks after it")


def age(since: datetime, now: datetime) -> str:
    """`just now`, `12 min`, `3 h`, `5 days`."""
    return _("just now") if (now - since).total_seconds() < 60 else _period(int((now - since).total_seconds() // 60))


def lasted(begin: datetime, end: datetime) -> str:
    """`under a minute`, `12 min`, `3 h`, `5 days`."""
    minutes = int((end - begin).total_seconds() // 60)
    return _period(minutes) if minutes >= 1 else _("under a minute")


def _period(minutes: int) -> str:
    if minutes < 120:
        return _("%(number)s min") % {"number": figures.number(minutes)}
    if minutes < 48 * 60:
        return _("%(number)s h") % {"number": figures.number(minutes // 60)}
    days = minutes // (24 * 60)
    return ngettext("%(number)s day", "%(number)s days", days) % {"number": figures.number(days)}
