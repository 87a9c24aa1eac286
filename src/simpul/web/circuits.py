"""Circuits as a list needs them: whether each carries traffic yet, and which of its ends the visitor may open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from simpul.people.logic.rights import Scope
from simpul.register.logic.rollout import LIT, NONE
from simpul.register.models import Circuit, NetworkEvent, Site
from simpul.web import cells, figures


def with_use(circuits: QuerySet[Circuit]) -> QuerySet[Any]:
    """Adds `carries`: whether both ends are lit. A point of presence is; it carries others."""
    now = timezone.now()

    def state(end: str) -> Coalesce:
        events = NetworkEvent.objects.filter(site=OuterRef(end), at__lte=now)
        return Coalesce(Subquery(events.order_by("-at", "-pk").values("state")[:1]), Value(NONE))

    known = circuits.annotate(site_a_state=state("site_a"), site_b_state=state("site_b"))
    both = _lit("site_a") & _lit("site_b")
    return known.annotate(carries=ExpressionWrapper(both, output_field=BooleanField()))


def headline(circuits: QuerySet[Circuit], scope: Scope) -> str:
    """For an agency how many end at its offices; for others how many of all carry the network."""
    count = circuits.count()
    if scope.agencies and not scope.whole_network:
        said = ngettext("%(count)s circuit ends at your offices", "%(count)s circuits end at your offices", count)
        return said % {"count": figures.number(count)}
    said = ngettext(
        "%(used)s of %(count)s circuit carries the network", "%(used)s of %(count)s circuits carry the network", count
    )
    return said % {
        "used": figures.number(with_use(circuits).filter(carries=True).count()),
        "count": figures.number(count),
    }


def opened(part: QuerySet[Any], scope: Scope) -> Sequence[Any]:
    """The rows, each with `may_open`: its ends that the visitor may see a page of."""
    rows = list(part)
    ends = {end for row in rows for end in (row.site_a_id, row.site_b_id)}
    seen = set(Site.objects.within(scope).filter(pk__in=ends).values_list("pk", flat=True))
    for row in rows:
        row.may_open = seen
    return rows


def ends_cell(row: Any) -> SafeString:
    """Both ends; one that the visitor may see leads to its page."""

    def end(site: Site) -> SafeString:
        known = site.pk in row.may_open
        return cells.link(site, reverse("site", args=[site.code])) if known else cells.text(site)

    return format_html("{} – {}", end(row.site_a), end(row.site_b))


def use(row: Any) -> str:
    """Whether it carries traffic, in words."""
    return _("in use") if row.carries else _("an end is not joined yet")


def use_cell(row: Any) -> SafeString:
    """The same as a chip."""
    return cells.chip(use(row), "ok" if row.carries else "")


def _lit(end: str) -> Q:
    return Q(**{f"{end}__kind": Site.Kind.POP}) | Q(**{f"{end}_state": LIT})
