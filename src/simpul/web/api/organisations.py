"""Agencies, district offices, providers and vendors."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.shortcuts import get_object_or_404
from ninja import Query, Router

from simpul.people.logic.rights import Permission
from simpul.people.models import Organisation
from simpul.web.api.answers import OrganisationAnswer
from simpul.web.api.errors import FAULTS
from simpul.web.api.paging import Page, Window, Word, page
from simpul.web.api.words import OrganisationKind
from simpul.web.middleware import ViewerRequest

router = Router(tags=["organisations"])


class OrganisationWindow(Window):
    """Filters of the list."""

    kind: OrganisationKind | None = None
    q: Word | None = None


@router.get("", response={200: Page[OrganisationAnswer], **FAULTS}, operation_id="list_organisations")
def list_organisations(request: ViewerRequest, window: Query[OrganisationWindow]) -> dict[str, Any]:
    """Organisations. `q` looks in code and names."""
    request.actor.require(Permission.SEE_ORGANISATIONS)
    rows = Organisation.objects.within(request.scope)
    if window.kind:
        rows = rows.filter(kind=window.kind)
    if window.q:
        rows = rows.filter(
            Q(code__icontains=window.q) | Q(name__icontains=window.q) | Q(short_name__icontains=window.q)
        )
    return page(request, rows, window)


@router.get("/{code}", response={200: OrganisationAnswer, **FAULTS}, operation_id="get_organisation")
def get_organisation(request: ViewerRequest, code: Word) -> Organisation:
    """One organisation by its code."""
    request.actor.require(Permission.SEE_ORGANISATIONS)
    return get_object_or_404(Organisation.objects.within(request.scope), code=code)
