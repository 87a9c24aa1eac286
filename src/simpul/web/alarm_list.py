"""`/alarms/`: what is and was wrong, one row for each cause; the open ones first."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Permission
from simpul.people.models import Organisation
from simpul.watch.models import Alarm
from simpul.web import cells, figures
from simpul.web.alarm_lines import AlarmLine, line_of, reader_of
from simpul.web.filters import Choice, Filter, Related, Rule, Search
from simpul.web.lists import Column, Listing, answer
from simpul.web.middleware import ViewerRequest

OPEN, PAST = "open", "past"
SEARCHED = ("affected__name", "affected__code", "key", "service_number", "party__name")
NOTHING = _("Nothing was ever found broken. An alarm appears here a few seconds after something breaks.")


def alarm_list(request: ViewerRequest) -> HttpResponse:
    """Its title says how many are open."""
    request.actor.require(Permission.SEE_NETWORK)
    visible = Alarm.objects.within(request.scope)
    return answer(
        request,
        listing(request, visible),
        rows(visible),
        "alarms/list.html",
        title=headline(visible.filter(closed_at=None).count()),
        sees_windows=request.scope.whole_network,
    )


def listing(request: ViewerRequest, visible: QuerySet[Alarm]) -> Listing[AlarmLine]:
    """The list as this visitor may filter it."""
    now, reader = timezone.now(), reader_of(request.scope)

    def load(part: QuerySet[Any]) -> list[AlarmLine]:
        return [line_of(alarm, reader, now) for alarm in part]

    return Listing(
        name="alarms",
        caption=_("Alarms"),
        columns=COLUMNS,
        filters=filters(visible, whole=reader.whole),
        sort="state",
        load=load,
        empty=NOTHING,
    )


def rows(visible: QuerySet[Alarm]) -> QuerySet[Alarm]:
    """With what a line needs, and what it is sorted by."""
    ranks = [When(severity=severity, then=Value(rank)) for rank, severity in enumerate(Alarm.Severity)]
    return visible.select_related("party", "silence").annotate(
        over=Case(When(closed_at=None, then=Value(0)), default=Value(1), output_field=IntegerField()),
        rank=Case(*ranks, default=Value(len(ranks)), output_field=IntegerField()),
    )


def headline(count: int) -> str:
    """`2 open alarms`."""
    if not count:
        return gettext("No open alarm")
    return ngettext("%(count)s open alarm", "%(count)s open alarms", count) % {"count": figures.number(count)}


class Words(Search):
    """Words in the affected sites' names too, without telling an alarm once for each of them."""

    def narrow(self, rows: QuerySet[Any], given: str) -> QuerySet[Any]:
        """As any search."""
        return rows.filter(pk__in=super().narrow(Alarm.objects.order_by(), given).values("pk"))


def filters(visible: QuerySet[Alarm], *, whole: bool) -> list[Filter]:
    """Words, open or past, how bad, what, and whose. Words would tell of sites that not everybody sees."""
    words = Words(_("Search"), SEARCHED, _("site, code or service number"))
    parties = Organisation.objects.filter(pk__in=visible.order_by().values("party"))
    return [
        *([words] if whole else []),
        Rule("state", _("State"), [(OPEN, _("open")), (PAST, _("past"))], in_state),
        Choice("severity", _("Severity"), Alarm.Severity.choices),
        Choice("kind", _("Kind"), Alarm.Kind.choices),
        Related("party", _("Who mends it"), parties),
    ]


def in_state(rows: QuerySet[Any], state: str) -> QuerySet[Any]:
    """Those whose cause is still there, or those that are over."""
    return rows.filter(Q(closed_at=None) if state == OPEN else Q(closed_at__isnull=False))


def severity_cell(line: AlarmLine) -> SafeString:
    """Shape and word; grey once it is over."""
    word = line.alarm.get_severity_display()
    return format_html(
        '<span class="lamp" data-tone="{}">{}<span class="word">{}</span></span>',
        line.tone,
        cells.icon(line.icon),
        word,
    )


def cause_cell(line: AlarmLine) -> SafeString:
    """The cause leads to the alarm's page; below it whom it hits, and on a phone what its other columns say."""
    told = " · ".join(part for part in (since(line), line.state) if part)
    return format_html(
        '{}{}<span class="sub narrow-only">{}</span>',
        cells.link(line.title, reverse("alarm", args=[line.alarm.pk])),
        cells.sub(line.effect),
        told,
    )


def since(line: AlarmLine) -> str:
    """How long it has been there, or how long it took."""
    return gettext("lasted %(period)s") % {"period": line.lasted} if line.lasted else line.age


def party_cell(line: AlarmLine) -> SafeString | str:
    """Who mends it; the service number where the reader may know it."""
    alarm = line.alarm
    if alarm.party is None:
        return "–"
    number = alarm.service_number if alarm.service_number and alarm.service_number in line.party else ""
    return format_html("{}{}", str(alarm.party), cells.sub(number))


def state_cell(line: AlarmLine) -> SafeString | str:
    """Open alarms stand out by their word."""
    return cells.muted(line.state) if not line.alarm.is_open else line.state


def local(moment: Any) -> Any:
    """A moment as files hold it: local, with its offset."""
    return timezone.localtime(moment).isoformat(timespec="seconds") if moment else ""


COLUMNS: list[Column[AlarmLine]] = [
    Column("number", _("No."), lambda line: line.alarm.pk, shown=False),
    Column(
        "severity",
        _("Severity"),
        lambda line: line.alarm.get_severity_display(),
        severity_cell,
        order=("rank", "-opened_at"),
    ),
    Column("cause", _("Cause"), lambda line: line.title, cause_cell, order=("kind", "-opened_at"), head=True),
    Column("kind", _("Kind"), lambda line: capfirst(line.alarm.get_kind_display()), shown=False),
    Column("effect", _("Effect"), lambda line: line.effect, shown=False),
    Column("sites", _("Codes of affected sites"), lambda line: ", ".join(line.sites), shown=False),
    Column(
        "party",
        _("Who mends it"),
        lambda line: str(line.alarm.party or ""),
        party_cell,
        order=("party__name", "-opened_at"),
        wide=True,
        wrap=True,
    ),
    Column(
        "opened",
        _("Since"),
        lambda line: local(line.alarm.opened_at),
        lambda line: cells.moment(line.alarm.opened_at),
        order=("opened_at",),
        wide=True,
    ),
    Column("closed", _("Over"), lambda line: local(line.alarm.closed_at), shown=False),
    Column("lasted", _("Duration"), lambda line: line.lasted or line.age, number=True, roomy=True, filed=False),
    Column("state", _("State"), lambda line: line.state, state_cell, order=("over", "-opened_at"), wide=True),
]

urlpatterns = [path("alarms/", alarm_list, name="alarms")]
