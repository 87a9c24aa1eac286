"""What people read of an alarm: cause, effect, party. In the language that is active."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from simpul.watch.models import Alarm

Kind = Alarm.Kind
LANGUAGES = ("id", "en")
# So many sites are named; of more it is said how many.
NAMED = 6
TITLES = {
    Kind.SPAN_CUT: gettext_noop("Cable cut between %(a)s and %(b)s"),
    Kind.CIRCUIT_DOWN: gettext_noop("Leased circuit down between %(a)s and %(b)s"),
    Kind.REDUNDANCY_LOST: gettext_noop("Ring broken between %(a)s and %(b)s"),
    Kind.DEVICE_DOWN: gettext_noop("%(name)s is down"),
    Kind.DEVICE_SILENT: gettext_noop("%(name)s does not answer, but what lies behind it does"),
    Kind.UPLINK_LOST: gettext_noop("%(name)s gives no internet"),
    Kind.AGENT_SILENT: gettext_noop("The agent of %(name)s says nothing"),
    Kind.OFF_PLAN: gettext_noop("%(name)s does not share as the plan in force says"),
    Kind.UNCLASSIFIED: gettext_noop("Traffic that belongs to no site passes %(name)s"),
    Kind.BLIND: gettext_noop("The command center cannot see the network"),
}

# Where no site is hit.
EFFECTS = {
    Kind.REDUNDANCY_LOST: gettext_noop("All sites stay joined, but there is no second way any more."),
    Kind.AGENT_SILENT: gettext_noop(
        "The internet is shared as before, but nobody moves the sites if a way out is lost, and no change is taken."
    ),
    Kind.OFF_PLAN: gettext_noop(
        "Guarantees may not be kept. The page about sharing says what the gateway does and what to do."
    ),
    Kind.UNCLASSIFIED: gettext_noop("It gets only a little of the internet. Enter its prefixes in the register."),
    Kind.BLIND: gettext_noop("How the sites are is not known."),
}
EFFECTLESS = gettext_noop("No site is cut off.")


def title(alarm: Alarm) -> str:
    """The cause in a few words."""
    ends = alarm.evidence.get("ends") or []
    kind = Kind(alarm.kind)
    if "%(a)s" in TITLES[kind] and len(ends) != 2:
        return f"{kind.label}: {alarm.named(alarm.ref)}"
    a, b = ends if len(ends) == 2 else ("", "")
    said = _(TITLES[kind]) % {"name": alarm.named(alarm.ref), "a": a, "b": b}
    return _("%(cause)s, again and again") % {"cause": said} if alarm.flapping else said


def effect(alarm: Alarm, own: Iterable[str] | None = None) -> str:
    """Whom it hits. With `own`, only these sites are counted and named."""
    keep = None if own is None else set(own)
    cut = [site for site in alarm.sites if keep is None or site in keep]
    offline = [site for site in alarm.without_internet if keep is None or site in keep]
    said = []
    if cut:
        text = ngettext(
            "%(count)d site without network: %(names)s", "%(count)d sites without network: %(names)s", len(cut)
        )
        said.append(text % {"count": len(cut), "names": _names(alarm, cut)})
    if offline:
        text = ngettext(
            "%(count)d site without internet: %(names)s", "%(count)d sites without internet: %(names)s", len(offline)
        )
        said.append(text % {"count": len(offline), "names": _names(alarm, offline)})
    if said:
        return ". ".join(said) + "."
    return _(EFFECTS.get(Kind(alarm.kind), EFFECTLESS))


def others(alarm: Alarm) -> str:
    """The causes that fit what is seen as well; empty where there is only one."""
    names = [alarm.named(ref) for ref in alarm.refs[1:]]
    return _("It may as well be: %(names)s.") % {"names": ", ".join(names)} if names else ""


def together(alarm: Alarm) -> str:
    """The other causes without which these sites would still be joined."""
    names = [alarm.named(ref) for ref in alarm.together]
    return _("Only together with: %(names)s.") % {"names": ", ".join(names)} if names else ""


def party(alarm: Alarm) -> str:
    """Who has to mend it, with the number that their help desk asks for."""
    if alarm.party is None:
        return ""
    said = _("To be mended by: %(party)s") % {"party": alarm.party}
    number = _("service number %(number)s") % {"number": alarm.service_number} if alarm.service_number else ""
    return f"{said}, {number}." if number else f"{said}."


def sentences(alarm: Alarm) -> str:
    """Everything in one paragraph."""
    parts = (f"{title(alarm)}.", effect(alarm), others(alarm), together(alarm), party(alarm))
    return " ".join(part for part in parts if part)


def message(alarm: Alarm, zone: ZoneInfo, *, over: bool) -> tuple[str, str]:
    """Title and body of what is sent when it begins, or when it is over."""
    if over and alarm.closed_at is not None:
        head = _("Over: %(cause)s") % {"cause": title(alarm)}
        lasted = _minutes(alarm.closed_at, alarm.opened_at)
        text = ngettext(
            "Over at %(end)s, after %(minutes)d minute.", "Over at %(end)s, after %(minutes)d minutes.", lasted
        )
        body = text % {"end": _local(alarm.closed_at, zone), "minutes": lasted}
        return head, body
    since = _("Since %(begin)s.") % {"begin": _local(alarm.opened_at, zone)}
    parts = (effect(alarm), others(alarm), party(alarm), since)
    return title(alarm), " ".join(part for part in parts if part)


def in_languages(alarm: Alarm) -> dict[str, dict[str, str]]:
    """`{"id": {"title", "effect", "party"}, "en": ...}`, for whoever shows it live."""
    found = {}
    for language in LANGUAGES:
        with translation.override(language):
            found[language] = {"title": title(alarm), "effect": effect(alarm), "party": party(alarm)}
    return found


def _names(alarm: Alarm, sites: Sequence[str]) -> str:
    names = [alarm.named(site) for site in sites]
    if len(names) <= NAMED:
        return ", ".join(names)
    return _("%(names)s and %(count)d more") % {"names": ", ".join(names[:NAMED]), "count": len(names) - NAMED}


def _local(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%d-%m-%Y %H.%M %Z}"


def _minutes(end: datetime, begin: datetime) -> int:
    return max(1, round((end - begin).total_seconds() / 60))
