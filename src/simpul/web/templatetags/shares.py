"""`{% load shares %}`: the internet share of a site, wherever a page speaks of one."""

from __future__ import annotations

from typing import Any

from django import template

from simpul.register.models import Site
from simpul.web.share_panel import Panel, panel_of

register = template.Library()


@register.simple_tag(takes_context=True)
def share_panel(context: dict[str, Any], site: Site) -> Panel | None:
    """`{% share_panel site as panel %}`: None for who may not see it."""
    return panel_of(context["request"], site)


@register.filter
def mark(value: int | None) -> str:
    """A number for scripts, addresses and names of plans: never `1.234`."""
    return str(value or 0)
