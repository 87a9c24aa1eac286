"""In which language a page speaks: the visitor's choice, else the person's, else the instance's first.

The browser's own setting is not asked: most office computers here were installed in English, and the people
before them do not read it. So the product opens in the language the instance names first.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin


class LanguageMiddleware(MiddlewareMixin):
    """Stands after the sign-in, before everything that says words."""

    def process_request(self, request: HttpRequest) -> None:
        """Speak one language for the whole request."""
        language = chosen(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language

    def process_response(self, _: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Say in the answer which it was."""
        response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        return response


def chosen(request: HttpRequest) -> str:
    """Cookie, then the person's own, then the instance's; never one that is not offered."""
    offered = dict(settings.LANGUAGES)
    by_cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if by_cookie in offered:
        return by_cookie
    own = str(getattr(request.user, "language", ""))
    return own if own in offered else str(settings.LANGUAGE_CODE)
