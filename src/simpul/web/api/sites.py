"""Places that the network joins."""

from __future__ import annotations

from typing import Annotated, Any

from django.db.models import Q
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from pydantic import Field

from simpul.people.logic.rights import Permission
from simpul.people.visibility import VisibleQuerySet
from simpul.register.models import Site
from simpul.web.api.answers import SiteAnswer
from simpul.web.api.errors import FAULTS
from simpul.web.api.paging import Page, Window, Word, page
from simpul.web.api.words import SiteKind, SiteMedium
from simpul.web.middleware import ViewerRequest

router = Router(tags=["sites"])


class SiteWindow(Window):
    """Filters of the list."""

    kind: SiteKind | None = None
    medium: SiteMedium | None = None
    organisation: Annotated[Word | None, Field(description="Code of the organisation that uses the site")] = None
    area: Annotated[Word | None, Field(description="Code of an area; the areas inside it count too")] = None
    planned_year: Annotated[int, Field(ge=1900, le=2200)] | None = None
    q: Annotated[Word | None, Field(description="Part of the code or name")] = None


@router.get("", response={200: Page[SiteAnswer], **FAULTS}, operation_id="list_sites")
def list_sites(request: ViewerRequest, window: Query[SiteWindow]) -> dict[str, Any]:
    """Sites that the caller may see."""
    rows = _visible(request)
    exact = {"kind": window.kind, "medium": window.medium, "planned_year": window.planned_year}
    rows = rows.filter(**{name: value for name, value in exact.items() if value is not None})
    if window.organisation:
        rows = rows.filter(organisation__code=window.organisation)
    if window.area:
        rows = rows.filter(Q(area__code=window.area) | Q(area__code__startswith=f"{window.area}."))
    if window.q:
        rows = rows.filter(Q(code__icontains=window.q) | Q(name__icontains=window.q))
    return page(request, rows, window)


@router.get("/{code}", response={200: SiteAnswer, **FAULTS}, operation_id="get_site")
def get_site(request: ViewerRequest, code: Word) -> Site:
    """One site by its code."""
    return get_object_or_404(_visible(request), code=code)


def _visible(request: ViewerRequest) -> VisibleQuerySet[Site]:
    request.actor.require(Permission.SEE_NETWORK)
    return Site.objects.within(request.scope).select_related(
        "organisation", "area", "owner", "operator", "contract_line__contract"
    )
