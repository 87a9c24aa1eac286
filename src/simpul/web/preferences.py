"""Theme and language: two small forms in the top bar of every page, signed in or not."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from simpul.people.models import User
from simpul.people.service.users import update_profile
from simpul.web.context import NOBODY, THEME_COOKIE, THEMES

YEAR = 365 * 24 * 3600


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Remember `light` or `dark` in this browser."""
    theme = request.POST.get("theme", "")
    if theme not in THEMES:
        return HttpResponseBadRequest("theme is light or dark")
    return _remember(request, THEME_COOKIE, theme)


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember the language in this browser and, for somebody signed in, for every other one."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        return HttpResponseBadRequest("this language is not offered")
    # The request's own user is a proxy that cannot be read again from the database.
    person = User.objects.get(pk=request.user.pk) if request.user.is_authenticated else None
    if person is not None and person.language != language:
        update_profile(getattr(request, "actor", NOBODY), person, name=person.name, language=language)
    return _remember(request, str(settings.LANGUAGE_COOKIE_NAME), language)


def _remember(request: HttpRequest, cookie: str, value: str) -> HttpResponse:
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = redirect(back)
    # Scripts read the theme's cookie, and neither is a secret.
    response.set_cookie(cookie, value, max_age=YEAR, samesite="Lax", secure=bool(settings.SESSION_COOKIE_SECURE))
    return response


urlpatterns = [
    path("preferences/theme/", set_theme, name="set_theme"),
    path("preferences/language/", set_language, name="set_language"),
]
