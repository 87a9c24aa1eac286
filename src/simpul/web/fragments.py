"""Parts of a page, asked for by the page's own address with the header `X-Fragment`."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def fragment(request: HttpRequest, template: str, page: dict[str, Any]) -> HttpResponse:
    """Render it so that no browser ever shows it in the place of the whole page ("back" asks the same address)."""
    response = render(request, template, page)
    response["Cache-Control"] = "no-store"
    response["Vary"] = "X-Fragment"
    return response
