"""Pages for what went wrong: what happened, and what to do next. They ask no database, for that may be what broke."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SAID: dict[int, tuple[Promise, Promise]] = {
    400: (
        _("This request could not be read"),
        _("The address or the form that was sent is incomplete. Go back, load the page again and repeat it."),
    ),
    403: (
        _("You may not open this"),
        _("Your account lacks the right for it. Ask an administrator if your work needs it."),
    ),
    404: (
        _("There is no such page"),
        _("It was moved, removed, or is not yours to see. Check the address, or start from the home page."),
    ),
    500: (
        _("Something broke on our side"),
        _(
            "Nothing of what you sent was half saved. Try again in a minute; if it happens again, "
            "tell the operator when it happened."
        ),
    ),
}
CSRF = (
    _("This form has grown old"),
    _("It was open too long, or you signed in elsewhere meanwhile. Go back, load the page again and repeat it."),
)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 (Django hands it over)
    """400."""
    return _page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 (Django hands it over)
    """403."""
    return _page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 (Django hands it over)
    """404, also for what exists but is not shown to this visitor."""
    return _page(request, 404)


def broken(request: HttpRequest) -> HttpResponse:
    """500."""
    return _page(request, 500)


def old_form(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 (Django hands it over)
    """403 for a form without a valid token."""
    return _page(request, 403, CSRF)


def _page(request: HttpRequest, status: int, said: tuple[Promise, Promise] | None = None) -> HttpResponse:
    what, remedy = said or SAID[status]
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": str(what)}, status=status)
    template = "web/error.html"
    if request.headers.get("HX-Request") == "true":
        template = "web/parts/error.html"
    elif status == 404 and getattr(request, "user", None) is not None and request.user.is_authenticated:
        template = "web/missing.html"  # the visitor is known already, and the way on is the rail's
    # Waiting messages lie in the session, hence in the database.
    context = {"status": status, "what": what, "remedy": remedy, "messages": ()}
    return render(request, template, context, status=status)
