"""In which language a page speaks: the visitor's choice, else the person's, else the instance's first.

The browser's own setting is not asked: most office computers here were installed in English, and the people
before them do not read it. So the product opens in the language the instance names first.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation


class LanguageMiddleware:
    """Stands after the session and the sign-in, before everything that says words."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Speak one language for the whole request and say in the answer which."""
        language = chosen(request)
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


def chosen(request: HttpRequest) -> str:
    """Cookie, then the person's own, then the instance's; never one that is not offered."""
    offered = dict(settings.LANGUAGES)
    by_cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if by_cookie in offered:
        return by_cookie
    own = str(getattr(request.user, "language", ""))
    return own if own in offered else str(settings.LANGUAGE_CODE)
