"""How signing in works here: django-allauth's hooks, answered by the verbs of `people`."""
# ruff: noqa: ARG002 (allauth names the arguments of its hooks)
# mypy: disable-error-code="misc"

from __future__ import annotations

import base64
import hashlib
import logging
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.cache import cache
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from simpul.people.models import User
from simpul.people.service import (
    ANONYMOUS,
    actor_for,
    note_second_factor,
    note_sign_in,
    note_sign_in_refused,
    set_password,
)
from simpul.web import sign_in_limits
from simpul.web.identity import Conversation, Fault, StrictProvider

log = logging.getLogger(__name__)

# What allauth would send by e-mail goes into the log instead; passwords are logged by `set_password` already.
_NOTED = {
    "mfa/email/totp_activated": "totp added",
    "mfa/email/totp_deactivated": "totp removed",
    "mfa/email/webauthn_added": "passkey added",
    "mfa/email/webauthn_removed": "passkey removed",
    "mfa/email/recovery_codes_generated": "recovery codes made",
    "socialaccount/email/account_connected": "identity provider linked",
    "socialaccount/email/account_disconnected": "identity provider unlinked",
}
REFUSALS_NOTED_EVERY_SECONDS = 300


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up; sign-ins and refused ones are logged; e-mail is not needed for anything."""

    error_messages: ClassVar = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("User name or password is wrong."),
        "too_many_login_attempts": _(
            "Too many wrong attempts. Wait five minutes, or sign in with a passkey or in a browser you use often."
        ),
        "account_inactive": _("This account is deactivated."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People come by invitation."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The caller's address; `UNKNOWN_ADDRESS` behind a relay that speaks through a unix socket."""
        return get_client_ip(request) or sign_in_limits.UNKNOWN_ADDRESS

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse an attempt over the limits before the password is even looked at."""
        login = str(credentials.get("username", ""))
        self._login_failed_rl_usage = sign_in_limits.attempt(request, login, self.get_client_ip(request))
        if self._login_failed_rl_usage is None:
            # Once per account and five minutes: who is refused at full speed must not fill the log.
            name = hashlib.sha256(login.strip().lower().encode()).hexdigest()
            if cache.add(f"people.refused.{name}", 1, REFUSALS_NOTED_EVERY_SECONDS):
                note_sign_in_refused(ANONYMOUS, login, reason="too many attempts")
            raise self.validation_error("too_many_login_attempts")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Log who was refused."""
        note_sign_in_refused(ANONYMOUS, str(credentials.get("username", "")), reason="wrong name or password")

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Log that a deactivated person tried."""
        note_sign_in_refused(ANONYMOUS, user.username, reason="deactivated")
        response: HttpResponse = super().respond_user_inactive(request, user)
        return response

    def login(self, request: HttpRequest, user: User) -> None:
        """The last step: everything asked for was given."""
        means = [str(record.get("type") or record["method"]) for record in get_authentication_records(request, user)]
        super().login(request, user)
        note_sign_in(actor_for(user), user, means=means)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Remember the browser."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        sign_in_limits.remember(request, response, user)
        return response

    def set_password(self, user: User, password: str) -> None:
        """Change the own password; other sessions end, this one goes on."""
        set_password(actor_for(user), user, password, keep_session=context.request.session.session_key or "")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the own account."""
        return reverse("account")

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Write into the log what allauth would send as a mail."""
        if template_prefix in _NOTED:
            note_second_factor(actor_for(user), user, what=_NOTED[template_prefix])


@receiver(authentication_failed, dispatch_uid="simpul.second-factor-refused")
def _second_factor_refused(user: User, **_: Any) -> None:
    note_sign_in_refused(ANONYMOUS, user.username, reason="wrong code")


class MfaAdapter(DefaultMFAAdapter):
    """Second factors: keys are kept sealed, and authenticator apps show whose account it is."""

    def get_totp_label(self, user: User) -> str:
        """What the authenticator app shows under the issuer."""
        return user.username

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The site a passkey belongs to: the host in the browser's address bar."""
        return {"id": context.request.get_host().partition(":")[0], "name": settings.MFA_TOTP_ISSUER}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        """How the browser names the passkey."""
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return entity | {"name": user.username, "display_name": str(user)}

    def build_totp_svg(self, url: str) -> str:
        """The square code on a white ground of its own: phones cannot read it on the dark theme's."""
        drawn: str = super().build_totp_svg(url)
        return drawn.replace("<path", '<path d="M0 0h999v999h-999z" fill="#fff"/><path', 1)

    def encrypt(self, text: str) -> str:
        """Seal the key of an authenticator app or of recovery codes: the database alone opens no account."""
        return _seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open what `encrypt` sealed. Raises InvalidToken where the instance's secret key was lost."""
        return _seal().decrypt(encrypted_text.encode()).decode()


def _seal() -> MultiFernet:
    keys = [str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    digests = [hashlib.sha256(b"simpul.web.accounts" + key.encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """The identity provider proves who somebody is; who may come in is decided here."""

    def get_provider(self, request: HttpRequest, provider: Any, client_id: str | None = None) -> Any:
        """The one of the settings, as `identity` talks with it."""
        found = super().get_provider(request, provider, client_id=client_id)
        return StrictProvider(request, app=found.app) if isinstance(found, OpenIDConnectProvider) else found

    def get_requests_session(self) -> Conversation:
        """For the exchange of the code."""
        return Conversation()

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Tell the operator why: our own words only, since the provider's may hold a token."""
        why = str(exception) if isinstance(exception, Fault) else type(exception).__name__ if exception else error
        log.warning("sign-in by the identity provider failed: %s", why)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Never: a stranger with an account at the provider stays a stranger."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """At the first sign-in, link the provider's account to the person who was invited."""
        if sociallogin.is_existing or request.user.is_authenticated:
            return
        user = _invited(sociallogin)
        if user is None:
            note_sign_in_refused(ANONYMOUS, _claims(sociallogin)[0], reason="identity provider: nobody invited")
            return
        sociallogin.connect(request, user)


def _invited(sociallogin: SocialLogin) -> User | None:
    """Who is meant: by name, else (`oidc.link_by_email`) by verified address; only who cannot sign in otherwise yet.

    A provider's names are not promised to be unique for ever (OpenID Connect Core 5.7), so an account that
    somebody already uses is never handed over by name alone; its owner links it from the account page.
    """
    name, addresses = _claims(sociallogin)
    waiting = User.objects.filter(is_active=True)
    user = waiting.filter(username=name).first() if name else None
    if user is None and settings.CONFIGURATION.oidc.link_by_email:
        user = next((found for address in addresses if (found := waiting.filter(email__iexact=address).first())), None)
    if user is None or user.has_usable_password():
        return None
    taken = any(model.objects.filter(user=user).exists() for model in (SocialAccount, Authenticator))
    return None if taken else user


def _claims(sociallogin: SocialLogin) -> tuple[str, list[str]]:
    """(preferred_username, verified addresses) as the provider says."""
    name = str(getattr(sociallogin.user, "username", "") or "").strip().lower()
    return name, [address.email for address in sociallogin.email_addresses if address.verified]


def speak(response: HttpResponse, language: str) -> None:
    """Let the browser ask for pages in `language`; empty changes nothing."""
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=365 * 86400,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
