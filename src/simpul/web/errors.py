"""Pages for what went wrong: what happened, and what to do next. They ask no database, for that may be what broke."""

from __future__ import annotations

import sys

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from simpul.web.bodies import FULL

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
    408: (
        _("What you sent came too slowly"),
        _("Nothing of it was saved. Send a smaller file, or try again where the signal is better."),
    ),
    413: (
        _("What you sent is too large"),
        _("Nothing of it was saved. Send a smaller file; if you are not signed in (any more), sign in first."),
    ),
    429: (
        _("You are sending too many files at once"),
        _("Nothing of this one was saved. Wait until the others are there, then send it again."),
    ),
    500: (
        _("Something broke on our side"),
        _(
            "Look whether what you did was saved before you repeat it. If it happens again, "
            "tell the operator when it happened."
        ),
    ),
    503: (
        _("The server is too busy"),
        _("Nothing of what you sent was saved. Try again in a minute."),
    ),
    507: (
        _("The disk of the server is full"),
        _(
            "What you sent could not be saved. Tell the operator that the disk with the data folder of Simpul needs "
            "room; then send it again."
        ),
    ),
}
# What lies in the chain of causes of a fault when a disk is full; SQLite has words of its own for it.
FULL_DATABASE = "database or disk is full"
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
    """500; 507 when it broke because a disk is full."""
    return _page(request, 507 if _disk_is_full(sys.exc_info()[1]) else 500)


def refused(request: HttpRequest, status: int) -> HttpResponse:
    """For a body that was not taken: the answer that `bodies` decided on, and the connection ends."""
    response = _page(request, status)
    response["Connection"] = "close"
    return response


def old_form(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 (Django hands it over)
    """403 for a form without a valid token."""
    return _page(request, 403, CSRF)


def _disk_is_full(fault: BaseException | None) -> bool:
    while fault is not None:
        if isinstance(fault, OSError) and fault.errno in FULL:
            return True
        if isinstance(fault, DatabaseError) and FULL_DATABASE in str(fault):
            return True
        fault = fault.__cause__ or fault.__context__
    return False


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
