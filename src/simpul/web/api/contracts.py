"""Contracts with their lines."""

from __future__ import annotations

from typing import Annotated, Any

from django.db.models import Q
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from pydantic import Field

from simpul.people.logic.rights import Permission
from simpul.people.visibility import VisibleQuerySet
from simpul.register.models import Contract
from simpul.web.api.answers import ContractAnswer
from simpul.web.api.errors import FAULTS
from simpul.web.api.paging import Page, Window, Word, page
from simpul.web.middleware import ViewerRequest

router = Router(tags=["contracts"])


class ContractWindow(Window):
    """Filters of the list."""

    provider: Annotated[Word | None, Field(description="Code of the provider")] = None
    budget_year: Annotated[int, Field(ge=1900, le=2200)] | None = None
    q: Annotated[Word | None, Field(description="Part of the number or title")] = None


@router.get("", response={200: Page[ContractAnswer], **FAULTS}, operation_id="list_contracts")
def list_contracts(request: ViewerRequest, window: Query[ContractWindow]) -> dict[str, Any]:
    """Contracts that the caller may see, each with its lines."""
    rows = _visible(request)
    if window.provider:
        rows = rows.filter(provider__code=window.provider)
    if window.budget_year is not None:
        rows = rows.filter(budget_year=window.budget_year)
    if window.q:
        rows = rows.filter(Q(code__icontains=window.q) | Q(title__icontains=window.q))
    return page(request, rows, window)


# The number of a contract may hold slashes: 027/118/SPK/2023.
@router.get("/{path:code}", response={200: ContractAnswer, **FAULTS}, operation_id="get_contract")
def get_contract(request: ViewerRequest, code: Word) -> Contract:
    """One contract by its number, with its lines."""
    return get_object_or_404(_visible(request), code=code)


def _visible(request: ViewerRequest) -> VisibleQuerySet[Contract]:
    request.actor.require(Permission.SEE_CONTRACTS)
    return Contract.objects.within(request.scope).select_related("provider").prefetch_related("lines")
