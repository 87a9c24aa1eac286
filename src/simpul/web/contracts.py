"""Contracts: the list, and one of them with its lines, what each line pays for, and the days that are left.

The address holds the row's number, for contract numbers contain slashes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Round
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from simpul.people.logic.rights import Permission
from simpul.people.models import Organisation
from simpul.register.logic.contracts import SOON_DAYS, contract_total, line_amount, standing
from simpul.register.models import Contract, ContractLine, Handover
from simpul.web import cells, figures
from simpul.web.filters import Related, Rule, Search
from simpul.web.lists import Column, Listing, answer
from simpul.web.middleware import ViewerRequest

MONEY = DecimalField(max_digits=20, decimal_places=2)
STATES = [
    ("running", gettext_lazy("running")),
    ("soon", gettext_lazy("runs out soon")),
    ("coming", gettext_lazy("not begun")),
    ("ended", gettext_lazy("ended")),
]
TONES = {"running": "ok", "soon": "warn", "coming": "info", "ended": ""}


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A line with its cost and how much of the network it pays for."""

    line: ContractLine
    cost: Decimal
    pays_for: Sequence[str]


def contracts(request: ViewerRequest) -> HttpResponse:
    """`/contracts/`."""
    request.actor.require(Permission.SEE_CONTRACTS)
    visible = Contract.objects.within(request.scope)
    today = timezone.localdate()
    counts = visible.order_by().aggregate(
        all=Count("pk", distinct=True), running=Count("pk", filter=running(today), distinct=True)
    )
    return answer(
        request,
        listing(request, today),
        rows(visible),
        "contracts/list.html",
        title=headline(counts["running"], counts["all"]),
    )


def contract(request: ViewerRequest, pk: int) -> HttpResponse:
    """`/contracts/<pk>/`."""
    request.actor.require(Permission.SEE_CONTRACTS)
    found = get_object_or_404(Contract.objects.within(request.scope).select_related("provider"), pk=pk)
    today = timezone.localdate()
    lines = paid_lines(request, found)
    handovers = Handover.objects.within(request.scope).filter(contract=found).select_related("site", "evidence")
    context = {
        "contract": found,
        "state": state_of(found, today),
        "tone": TONES[state_of(found, today)],
        "left": figures.days_left(found.ends_on, today),
        "lines": lines,
        "total": contract_total(each.cost for each in lines),
        "handovers": list(handovers.order_by("-at")),
        "may_see_log": request.actor.may(Permission.SEE_AUDIT),
    }
    return render(request, "contracts/contract.html", context)


def paid_lines(request: ViewerRequest, found: Contract) -> list[PaidLine]:
    """The lines in order; counts come with the same query."""
    counted = ContractLine.objects.within(request.scope).filter(contract=found).order_by("number")
    for name in PAID_KINDS:
        counted = counted.annotate(**{f"{name}_count": Count(name, distinct=True)})
    return [PaidLine(line, line_amount(line.quantity, line.unit_price), paid_for(line)) for line in counted]


def paid_for(line: Any) -> list[str]:
    """`3 circuits`, `12 cameras`: what names this line."""
    words = {
        "sites": lambda n: ngettext("%(n)s site", "%(n)s sites", n),
        "circuits": lambda n: ngettext("%(n)s circuit", "%(n)s circuits", n),
        "links": lambda n: ngettext("%(n)s link", "%(n)s links", n),
        "uplinks": lambda n: ngettext("%(n)s way out", "%(n)s ways out", n),
        "devices": lambda n: ngettext("%(n)s device", "%(n)s devices", n),
        "cameras": lambda n: ngettext("%(n)s camera", "%(n)s cameras", n),
        "applications": lambda n: ngettext("%(n)s application", "%(n)s applications", n),
    }
    counts = {name: int(getattr(line, f"{name}_count")) for name in PAID_KINDS}
    return [words[name](n) % {"n": figures.number(n)} for name, n in counts.items() if n]


def state_of(found: Contract, today: date) -> str:
    """A key of STATES."""
    return standing(found.starts_on, found.ends_on, today)


def running(today: date) -> Q:
    """Contracts in force."""
    return Q(starts_on__lte=today, ends_on__gte=today)


def headline(in_force: int, all_of_them: int) -> str:
    """`3 of 7 contracts are in force`."""
    if not all_of_them:
        return _("No contracts yet")
    return ngettext(
        "%(running)s of %(all)s contract is in force", "%(running)s of %(all)s contracts are in force", all_of_them
    ) % {"running": figures.number(in_force), "all": figures.number(all_of_them)}


def rows(visible: QuerySet[Contract]) -> QuerySet[Any]:
    """Contracts with the sum of their lines."""
    lines = ContractLine.objects.filter(contract=OuterRef("pk")).order_by().values("contract")
    # As `line_amount` rounds, so that the list and the contract's page say the same.
    amount = Round(F("quantity") * F("unit_price"), precision=2, output_field=MONEY)
    cost = Subquery(lines.annotate(cost=Sum(amount, output_field=MONEY)).values("cost"))
    return visible.select_related("provider").annotate(cost=Coalesce(cost, Value(Decimal(0)), output_field=MONEY))


def listing(request: ViewerRequest, today: date) -> Listing[Any]:
    """The list as it is filtered today."""
    soon = Q(ends_on__range=(today, date.fromordinal(today.toordinal() + SOON_DAYS)), starts_on__lte=today)
    rules = {"running": running(today), "soon": soon, "coming": Q(starts_on__gt=today), "ended": Q(ends_on__lt=today)}
    providers = Organisation.objects.within(request.scope).filter(contracts__isnull=False).distinct()
    return Listing(
        name="contracts",
        caption=gettext_lazy("Contracts"),
        columns=columns(today),
        filters=[
            Search(gettext_lazy("Search"), ("code", "title", "provider__name"), gettext_lazy("number or title")),
            Rule("state", gettext_lazy("State"), STATES, lambda found, given: found.filter(rules[given])),
            Related("provider", gettext_lazy("Provider"), providers),
        ],
        sort="-starts",
        load=list,
        empty=gettext_lazy("Contracts come in by the import, with their lines."),
    )


def number_cell(row: Contract) -> SafeString:
    """Number as a link, the title below."""
    return cells.link(row.code, reverse("contract", args=[row.pk])) + cells.sub(row.title)


def state_cell(row: Contract, today: date) -> SafeString:
    """State as a word, days as a number."""
    state = state_of(row, today)
    return format_html(
        "{}{}", cells.chip(dict(STATES)[state], TONES[state]), cells.sub(figures.days_left(row.ends_on, today))
    )


def columns(today: date) -> list[Column[Any]]:
    """Columns of the list."""
    return [
        Column("code", gettext_lazy("Contract"), lambda row: row.code, number_cell, order=("code",), head=True),
        Column("title", gettext_lazy("Title"), lambda row: row.title, shown=False),
        Column(
            "provider", gettext_lazy("Provider"), lambda row: row.provider.name, order=("provider__name",), wide=True
        ),
        Column(
            "starts",
            gettext_lazy("Begins"),
            lambda row: row.starts_on,
            lambda row: cells.day(row.starts_on),
            order=("starts_on",),
            wide=True,
        ),
        Column(
            "ends",
            gettext_lazy("Ends"),
            lambda row: row.ends_on,
            lambda row: cells.day(row.ends_on),
            order=("ends_on",),
            wide=True,
        ),
        Column(
            "state",
            gettext_lazy("State"),
            lambda row: str(dict(STATES)[state_of(row, today)]),
            lambda row: state_cell(row, today),
        ),
        Column(
            "cost",
            gettext_lazy("Sum"),
            lambda row: row.cost,
            lambda row: cells.rupiah(row.cost),
            order=("cost",),
            number=True,
        ),
    ]


PAID_KINDS = ("sites", "circuits", "links", "uplinks", "devices", "cameras", "applications")

urlpatterns = [
    path("contracts/", contracts, name="contracts"),
    path("contracts/<int:pk>/", contract, name="contract"),
]
