"""The page an invitation leads to: choose a password, and be signed in."""

from __future__ import annotations

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from simpul.people.errors import InvitationUnknown
from simpul.people.models import Invitation
from simpul.people.service import ANONYMOUS, accept_invitation, find_invitation
from simpul.web.people_forms import NewPasswordForm, reporting


@sensitive_post_parameters("password1", "password2")
@never_cache
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Show whom the link is for; with a good password set it, and sign the person in.

    A second factor that the person already has is still asked for: the link replaces the password only.
    """
    try:
        found = find_invitation(secret)
    except InvitationUnknown as refusal:
        return render(request, "people/invitation_unknown.html", {"said": refusal.shown()}, status=404)
    form = NewPasswordForm(request.POST or None, user=found.user)
    if request.method == "POST" and form.is_valid():
        with reporting(form):
            user = accept_invitation(ANONYMOUS, secret, form.cleaned_data["password1"])
            if request.user.is_authenticated:
                logout(request)
            record_authentication(request, user, "invitation")
            response: HttpResponse = perform_login(request, Login(user=user, redirect_url=reverse("home")))
            return response
    return render(request, "people/invitation.html", _words(found, form), status=422 if form.errors else 200)


def _words(found: Invitation, form: NewPasswordForm) -> dict[str, object]:
    roles = found.user.memberships.filter(until=None).select_related("organisation")
    return {"invitation": found, "person": found.user, "roles": roles, "form": form}


urlpatterns = [
    path("invitation/<str:secret>/", invitation, name="invitation"),
]
