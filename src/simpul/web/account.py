"""The own account: name, language, how one signs in, where, and keys for programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from allauth.account.decorators import reauthentication_required as _reauthentication_required
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, re_path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from simpul.people.models import ApiToken, User
from simpul.people.service import issue_token, revoke_token, update_profile
from simpul.web.accounts import speak
from simpul.web.middleware import ViewerRequest, become
from simpul.web.people_forms import ProfileForm, TokenForm, reporting

View = TypeVar("View", bound=Callable[..., Any])
# Typed here, since allauth ships no types: asks for the password again, or the second factor.
proved_recently: Callable[[View], View] = _reauthentication_required


@login_required
def account(request: ViewerRequest) -> HttpResponse:
    """What the person may see to; saving the form changes name and language."""
    user = cast("User", request.user)
    form = ProfileForm(request.POST or None, initial={"name": user.name, "language": user.language})
    if request.method == "POST" and form.is_valid():
        with reporting(form):
            update_profile(request.actor, user, **form.cleaned_data)
            messages.success(request, _("Saved."))
            response = redirect("account")
            speak(response, user.language)
            return response
    kinds = list(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    words = {
        "form": form,
        "roles": [each for each in user.memberships.select_related("organisation") if each.until is None],
        "totp": "totp" in kinds,
        "passkeys": kinds.count("webauthn"),
        "recovery_codes": "recovery_codes" in kinds,
        "sessions": UserSession.objects.filter(user=user).count(),
        "tokens": _open_tokens(user).count(),
        "provider": bool(settings.SOCIALACCOUNT_PROVIDERS),
        "linked": SocialAccount.objects.filter(user=user).exists(),
    }
    return render(request, "people/account.html", words, status=422 if form.errors else 200)


@login_required
@never_cache
def tokens(request: ViewerRequest) -> HttpResponse:
    """Keys for programs: those that work, and a form for a new one."""
    return _tokens(request, TokenForm())


@login_required
@require_POST
@never_cache
@proved_recently
def new_token(request: ViewerRequest) -> HttpResponse:
    """Make a token and show it, this once."""
    # After asking for the password allauth calls this with a request of its own making.
    become(request, cast("User", request.user))
    form = TokenForm(request.POST)
    if form.is_valid():
        with reporting(form):
            issued = issue_token(request.actor, cast("User", request.user), **form.cleaned_data)
            return render(request, "people/token.html", {"token": issued.token, "secret": issued.secret})
    return _tokens(request, form)


@login_required
@require_POST
def stop_own_token(request: ViewerRequest, pk: int) -> HttpResponse:
    """Revoke one of the own tokens; somebody else's is not found."""
    revoke_token(request.actor, get_object_or_404(cast("User", request.user).tokens, pk=pk))
    messages.success(request, _("The token does not work any more."))
    return redirect("account_tokens")


def closed(_request: HttpRequest, **_arguments: str) -> HttpResponse:
    """A road of allauth that is not open here: people are invited, and no e-mail is needed for anything."""
    raise Http404


def _tokens(request: ViewerRequest, form: TokenForm) -> HttpResponse:
    words = {"form": form, "tokens": _open_tokens(cast("User", request.user))}
    return render(request, "people/tokens.html", words, status=422 if form.errors else 200)


def _open_tokens(user: User) -> QuerySet[ApiToken]:
    return user.tokens.filter(revoked_at=None, expires_at__gt=timezone.now())


# These stand before allauth's own and hide those that would sign people up or send mails.
urlpatterns = [
    path("account/", account, name="account"),
    path("account/tokens/", tokens, name="account_tokens"),
    path("account/tokens/new/", new_token, name="account_new_token"),
    path("account/tokens/<int:pk>/stop/", stop_own_token, name="account_stop_token"),
    path("account/signup/", closed, name="account_signup"),
    path("account/3rdparty/signup/", closed, name="socialaccount_signup"),
    path("account/email/", closed, name="account_email"),
    path("account/confirm-email/", closed, name="account_email_verification_sent"),
    path("account/confirm-email/<str:key>/", closed, name="account_confirm_email"),
    path("account/login/code/confirm/", closed, name="account_confirm_login_code"),
    path("account/password/reset/", closed, name="account_reset_password"),
    path("account/password/reset/done/", closed, name="account_reset_password_done"),
    path("account/password/reset/key/done/", closed, name="account_reset_password_from_key_done"),
    re_path(
        r"^account/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        closed,
        name="account_reset_password_from_key",
    ),
    re_path(r"^account/social/.*$", closed),
]
