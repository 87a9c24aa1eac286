"""Maintenance windows: work that is announced, so that nobody is called for what it breaks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from simpul.people.errors import Refusal
from simpul.people.logic.rights import Permission
from simpul.people.validators import validate_when
from simpul.register.models import Circuit, Device, Link, Site, Uplink
from simpul.watch import service
from simpul.watch.models import Silence
from simpul.web import cells, figures
from simpul.web.filters import Filter, Rule, Search
from simpul.web.lists import Column, Listing, answer
from simpul.web.middleware import ViewerRequest
from simpul.web.moments import this_minute
from simpul.web.share_board import require_whole_network
from simpul.web.site_page import form_status

NOW, COMING, PAST = "now", "coming", "past"
USUAL_HOURS = 2
NOTHING = _("Announce work before it begins: its alarms are kept, but nobody is called for them.")
MOST_SUGGESTED = 2000


class MinuteField(forms.DateTimeField):
    """A day and a minute in the network's zone, by the browser's own picker."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], validators=[validate_when], **kwargs)


class WindowForm(forms.Form):
    """What is worked on, when, and why."""

    ref = forms.CharField(
        label=_("Element"),
        max_length=60,
        help_text=_("Code of a device, link, circuit, site or way out. What hangs on it is silent too."),
        widget=forms.TextInput(attrs={"list": "elements", "autocomplete": "off"}),
    )
    starts_at = MinuteField(label=_("From"))
    ends_at = MinuteField(label=_("Until"))
    reason = forms.CharField(label=_("What is done"), max_length=200)


def windows(request: ViewerRequest) -> HttpResponse:
    """`/alarms/maintenance/`, for those who see the whole network."""
    require_whole_network(request)
    visible = Silence.objects.within(request.scope)
    now = timezone.now()
    count = visible.filter(starts_at__lte=now, ends_at__gt=now).count()
    return answer(
        request,
        listing(request, now),
        visible.annotate(held=Count("alarms")),
        "alarms/windows.html",
        title=headline(count),
        may_handle=request.actor.may(Permission.HANDLE_ALARMS),
    )


def listing(request: ViewerRequest, now: datetime) -> Listing[Any]:
    """The list; who handles alarms may end a window in it."""
    ending = request.actor.may(Permission.HANDLE_ALARMS)
    columns = [*COLUMNS, state_column(now), *([end_column(now)] if ending else [])]
    return Listing(
        name="maintenance",
        caption=_("Maintenance windows"),
        columns=columns,
        filters=filters(now),
        sort="-starts",
        load=list,
        empty=NOTHING,
    )


def headline(count: int) -> str:
    """`1 maintenance window is running`."""
    if not count:
        return gettext("No maintenance is running")
    said = ngettext("%(count)s maintenance window is running", "%(count)s maintenance windows are running", count)
    return said % {"count": figures.number(count)}


def filters(now: datetime) -> list[Filter]:
    """By words and by when."""
    choices = [(NOW, _("running")), (COMING, _("to come")), (PAST, _("over"))]

    def when(rows: QuerySet[Any], given: str) -> QuerySet[Any]:
        conditions = {
            NOW: Q(starts_at__lte=now, ends_at__gt=now),
            COMING: Q(starts_at__gt=now),
            PAST: Q(ends_at__lte=now),
        }
        return rows.filter(conditions[given])

    return [
        Search(_("Search"), ("ref", "reason", "made_by"), _("code or reason")),
        Rule("state", _("State"), choices, when),
    ]


def new(request: ViewerRequest) -> HttpResponse:
    """Announce work; `?ref=` names the element."""
    request.actor.require(Permission.HANDLE_ALARMS)
    begin = this_minute()
    start = {
        "ref": request.GET.get("ref", "")[:60],
        "starts_at": begin,
        "ends_at": begin + timedelta(hours=USUAL_HOURS),
    }
    form = WindowForm(request.POST if request.method == "POST" else None, initial=start)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = service.silence(request.actor, given["ref"], given["starts_at"], given["ends_at"], given["reason"])
        except Refusal as refusal:
            form.add_error(None, refusal.shown())
        else:
            said = gettext("Maintenance of %(ref)s is announced. Nobody is called for its alarms until it ends.")
            messages.success(request, said % {"ref": made.ref})
            return redirect("silences")
    return render(request, "alarms/window.html", {"form": form, "elements": elements()}, status=form_status(form))


def elements() -> list[tuple[str, str]]:
    """(code, what it is) of everything that may be worked on, for the field's suggestions. One query."""
    parts = [
        Site.objects.order_by().values_list("code", "name"),
        Device.objects.order_by().values_list("code", "name"),
        Uplink.objects.order_by().values_list("code", "name"),
        Link.objects.order_by().values_list("code", "code"),
        Circuit.objects.order_by().values_list("code", "code"),
    ]
    return sorted(parts[0].union(*parts[1:], all=True))[:MOST_SUGGESTED]


@require_POST
def end(request: ViewerRequest, pk: int) -> HttpResponse:
    """The work is done, or called off."""
    request.actor.require(Permission.HANDLE_ALARMS)
    window = get_object_or_404(Silence.objects.within(request.scope), pk=pk)
    try:
        service.end_silence(request.actor, window)
    except Refusal as refusal:
        messages.warning(request, refusal.shown())
    else:
        messages.success(request, gettext("The maintenance of %(ref)s has ended.") % {"ref": window.ref})
    return redirect("silences")


def state_column(now: datetime) -> Column[Any]:
    """Running, to come, or over."""

    def word(window: Silence) -> str:
        if window.covers(now):
            return gettext("running")
        return gettext("to come") if window.starts_at > now else gettext("over")

    return Column(
        "state", _("State"), word, lambda window: cells.chip(word(window), "held" if window.covers(now) else "")
    )


def end_column(now: datetime) -> Column[Any]:
    """A button for what has not ended."""

    def cell(window: Silence) -> SafeString:
        if window.ends_at <= now:
            return SafeString("")
        said = gettext("End now") if window.covers(now) else gettext("Call off")
        return format_html(
            '<button class="button small" form="end" formaction="{}">{}'
            '<span class="visually-hidden">: {}</span></button>',
            reverse("silence-end", args=[window.pk]),
            said,
            window.ref,
        )

    return Column("end", _("End"), lambda _window: "", cell, filed=False)


def local(moment: datetime) -> str:
    """As files hold it: local, with its offset."""
    return timezone.localtime(moment).isoformat(timespec="seconds")


COLUMNS: list[Column[Any]] = [
    Column(
        "ref",
        _("Element"),
        lambda window: window.ref,
        lambda window: format_html("{}{}", window.ref, cells.sub(window.reason)),
        order=("ref", "starts_at"),
        head=True,
    ),
    Column("reason", _("What is done"), lambda window: window.reason, shown=False),
    Column(
        "starts",
        _("From"),
        lambda window: local(window.starts_at),
        lambda window: cells.moment(window.starts_at),
        order=("starts_at",),
        wide=True,
    ),
    Column(
        "ends",
        _("Until"),
        lambda window: local(window.ends_at),
        lambda window: cells.moment(window.ends_at),
        order=("ends_at",),
    ),
    Column("made_by", _("Announced by"), lambda window: window.made_by, order=("made_by", "starts_at"), roomy=True),
    Column("held", _("Alarms in it"), lambda window: window.held, order=("held",), number=True, roomy=True),
]

urlpatterns = [
    path("alarms/maintenance/", windows, name="silences"),
    path("alarms/maintenance/new/", new, name="silence-new"),
    path("alarms/maintenance/<int:pk>/end/", end, name="silence-end"),
]
