"""Who asks: every request carries the actor and the scope of what may be shown, and a refusal becomes a page."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from allauth.usersessions.models import UserSession
from django.contrib.auth.middleware import get_user
from django.core.cache import cache
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin

from simpul.kit.actor import Actor, Forbidden
from simpul.people.logic.rights import GRANTS, Role, Scope
from simpul.people.models import Membership, User
from simpul.people.service import ANONYMOUS, actor_for
from simpul.people.visibility import scope_of_user
from simpul.web.bodies import REFUSED
from simpul.web.errors import refused

# The session list shows when a session was last used; to write it at every page would make reading a write.
SEEN_EVERY_SECONDS = 300
MOST_NAMES = 3


class ViewerRequest(HttpRequest):
    """What `ViewerMiddleware` makes of a request; views are annotated with it."""

    actor: Actor
    scope: Scope


class RefusalMiddleware(MiddlewareMixin):
    """Answers a request whose body was not taken (`bodies`), before anything looks into it."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        """The page that says why; None lets the request pass."""
        status = getattr(request, "connection", {}).get(REFUSED)
        return refused(request, status) if status else None


class ViewerMiddleware(MiddlewareMixin):
    """Sets `request.actor` and `request.scope`, and answers `Forbidden`.

    The mixin runs under WSGI and ASGI alike: where the server is asynchronous, the database is asked
    in the request's own thread, the same one in which the view will run.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Look the person up: one query for a session, one for the memberships."""
        # The person instead of Django's lazy stand-in, whose type is not that of a person: verbs write it.
        request.user = get_user(request)
        become(request, request.user if isinstance(request.user, User) else None)
        key = request.session.session_key
        if request.user.is_authenticated and key and cache.add(f"people.seen.{key}", 1, SEEN_EVERY_SECONDS):
            UserSession.objects.create_from_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """What a person sees stays in no cache: the next one at the same computer may press "back"."""
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            # What says more of itself keeps it: elements of the map are asked for again by their ETag.
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_view(self, request: HttpRequest, _view: object, _given: object, named: Mapping[str, object]) -> None:
        """No row's name has a NUL in it, and PostgreSQL refuses even the question: not found, or left out of a search.

        The API says so by the pattern of each parameter.
        """
        if any("\0" in str(each) for each in named.values()):
            raise Http404
        if "%00" in request.META.get("QUERY_STRING", "") and not request.path.startswith("/api/v"):
            asked = request.GET.copy()
            for name, values in request.GET.lists():
                asked.setlist(name, [value.replace("\0", "") for value in values])
            request.GET = asked  # type: ignore[assignment]  # the stubs know the parsed one only

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Send strangers to the sign-in page; tell everybody else what is missing and who can help."""
        if not isinstance(exception, Forbidden):
            return None
        if request.path.startswith("/api/v"):
            return JsonResponse({"detail": str(exception)}, status=403 if request.user.is_authenticated else 401)
        if not request.user.is_authenticated:
            # Back to the page after signing in; a form that was sent cannot be sent again from there.
            query = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
            return HttpResponseRedirect(f"{reverse('account_login')}?{query}".rstrip("?"))
        roles = [role for role in Role if exception.permission in GRANTS[role]]
        words = {
            "roles": [Membership.Roles(role.value).label for role in roles],
            "administrators": _administrators(),
        }
        return render(request, "people/forbidden.html", words, status=403)


def become(request: HttpRequest, user: User | None) -> None:
    """Let the rest of the request act as `user`; None is a stranger."""
    if user is None:
        request.actor, request.scope = ANONYMOUS, Scope()  # type: ignore[attr-defined]
    else:
        request.actor, request.scope = actor_for(user), scope_of_user(user)  # type: ignore[attr-defined]


def _administrators() -> list[str]:
    now = timezone.now()
    in_force = Q(memberships__until=None) | Q(memberships__until__gt=now)
    users = User.objects.filter(
        in_force, is_active=True, memberships__role=Role.ADMINISTRATOR.value, memberships__since__lte=now
    )
    return [str(user) for user in users.distinct()[:MOST_NAMES]]
