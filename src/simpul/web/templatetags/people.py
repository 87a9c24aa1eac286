"""`{% load people %}`: words for what only the pages about people show."""

from __future__ import annotations

from django import template

from simpul.web.browsers import browser_of

register = template.Library()


@register.filter
def browser(header: str) -> str:
    """A User-Agent header -> `Chrome 156, Android`."""
    return browser_of(header)
