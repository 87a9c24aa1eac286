"""The talk with the identity provider: every answer is checked, and none can keep a thread or fill the memory.

django-allauth skips the signature of a token that it fetched itself, and believes the type of every claim. Here the
token is always verified (OpenID Connect Core 3.1.3.7), a nonce ties it to the browser, PKCE the code (RFC 7636).
"""
# mypy: disable-error-code="misc,no-untyped-call,untyped-decorator,no-any-return"

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

import jwt
import requests
from allauth.account.internal.decorators import login_not_required
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from urllib3.exceptions import HTTPError

# Signed with a key of which the provider shows only the public half: never "none", never a shared secret.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
CLOCK_SECONDS = 60
LONGEST_CLAIM = 250
TEXTS = ("preferred_username", "name", "given_name", "family_name", "email")
NONCE = "simpul_oidc_nonce"

# One answer of the provider: seconds for all of it, and between two parts of it; bytes.
WHOLE_SECONDS = 10.0
PART_SECONDS = 5.0
LARGEST_ANSWER = 512 * 1024
# Each waits in a thread of the pages; more are refused at once, so that a slow provider takes no page with it.
TALKS_AT_ONCE = 4
# What an answer of another kind than expected makes of the code that reads it.
UNREADABLE = (
    OAuth2Error,
    requests.RequestException,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
)
_talks = threading.BoundedSemaphore(TALKS_AT_ONCE)


class Fault(OAuth2Error):
    """What is wrong with the provider or its answer, in words that hold none of its content."""


class Conversation(requests.Session):
    """HTTP with an end: an answer that is too long or too slow is a fault, and nothing is followed elsewhere."""

    def request(self, *words: Any, **more: Any) -> requests.Response:
        """As in `requests`. Raises Fault."""
        until = time.monotonic() + WHOLE_SECONDS
        asked = {"timeout": PART_SECONDS, **more, "stream": True, "allow_redirects": False}
        try:
            with super().request(*words, **asked) as response:
                body = b""
                # What is there by now: to wait until a part is full would let a dripping answer last for ever.
                while part := response.raw.read1(16_384, decode_content=True):
                    body += part
                    if len(body) > LARGEST_ANSWER or time.monotonic() > until:
                        raise Fault("its answer is too long or too slow")
        except (requests.RequestException, HTTPError) as error:
            raise Fault(f"it cannot be reached: {type(error).__name__}") from None
        response._content = body  # noqa: SLF001 (what `content` and `json()` read)
        return response


def answer_of(session: requests.Session, url: str, **headers: str) -> dict[str, Any]:
    """A JSON object from the provider. Raises Fault."""
    response = session.get(url, headers=headers)
    if response.status_code != requests.codes.ok:
        raise Fault(f"it answers with status {response.status_code}")
    try:
        said = response.json()
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise Fault("its answer is no JSON object")
    return said


def cleaned(claims: dict[str, Any]) -> dict[str, Any]:
    """The claims that are read here, each of the type that it must have. Raises Fault without a subject."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not _plain(subject):
        raise Fault("it does not say whom it speaks of")
    texts = {name: claims[name] for name in TEXTS if isinstance(claims.get(name), str) and _plain(claims[name])}
    return {"sub": subject, **texts, "email_verified": claims.get("email_verified") in (True, "true")}


def _plain(text: str) -> bool:
    return 0 < len(text) <= LONGEST_CLAIM and text.isprintable()


class StrictAdapter(OpenIDConnectOAuth2Adapter):
    """Fetches and checks what the provider says of a person."""

    @property
    def openid_config(self) -> dict[str, Any]:
        """The provider's own description, once per request; it must be of the provider that the settings name."""
        if not hasattr(self, "_openid_config"):
            with Conversation() as session:
                found = answer_of(session, self.get_provider().server_url)
            issuer = str(self.get_provider().app.settings["server_url"]).partition("/.well-known/")[0]
            if str(found.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
                raise Fault("it calls itself by another address than oidc.issuer")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not str(found.get(name, "")).startswith(("https://", "http://")):
                    raise Fault(f"it names no {name}")
            self._openid_config = found
        return self._openid_config

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **more: Any) -> Any:
        """The person, by the signed token; a userinfo endpoint may add to it but never speak of somebody else."""
        proof = more["response"].get("id_token")
        if not isinstance(proof, str):
            raise Fault("it gave no identity token")
        proven = self._decode_id_token(app, proof)
        claims = cleaned(proven)
        if self.openid_config.get("userinfo_endpoint"):
            with Conversation() as session:
                told = cleaned(answer_of(session, self.profile_url, Authorization=f"Bearer {token.token}"))
            if told["sub"] != claims["sub"]:
                raise Fault("its userinfo speaks of another person than its token")
            claims |= told
        return self.get_provider().sociallogin_from_response(request, {"userinfo": claims, "id_token": proven})

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        with Conversation() as session:
            keys = answer_of(session, self.openid_config["jwks_uri"])
        try:
            head = jwt.get_unverified_header(id_token)
            usable = jwt.PyJWKSet.from_dict(keys).keys
            named = [key for key in usable if head.get("kid") in (None, key.key_id)]
            if head.get("alg") not in ALGORITHMS or not named:
                raise Fault("its token is not signed by a key of its own")
            claims: dict[str, Any] = jwt.decode(
                id_token,
                named[0].key,
                algorithms=[head["alg"]],
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                leeway=CLOCK_SECONDS,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except (jwt.PyJWTError, TypeError, ValueError, KeyError, AttributeError) as error:
            raise Fault(f"its token is not valid: {type(error).__name__}") from None
        if claims.get("azp", app.client_id) != app.client_id:
            raise Fault("its token was made for another program")
        expected = str(self.request.session.get(NONCE, ""))
        if not expected or not hmac.compare_digest(str(claims.get("nonce", "")).encode(), expected.encode()):
            raise Fault("its token was not made for this browser")
        return claims


class StrictProvider(OpenIDConnectProvider):
    """The provider of `oidc.issuer`."""

    oauth2_adapter_class = StrictAdapter

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, Any]:
        """What the browser carries to the provider; the nonce stays the same for one session."""
        params: dict[str, Any] = super().get_auth_params_from_request(request, action)
        return params | {"nonce": request.session.setdefault(NONCE, secrets.token_urlsafe(24))}

    def get_pkce_params(self) -> dict[str, str]:
        """Always."""
        self.app.settings["oauth_pkce_enabled"] = True
        params: dict[str, str] = super().get_pkce_params()
        return params


def _guarded(view: type[Any]) -> Callable[[HttpRequest, str], HttpResponse]:
    """A view that answers whatever the provider does with a page."""

    @login_not_required
    def guarded(request: HttpRequest, provider_id: str) -> HttpResponse:
        adapter = StrictAdapter(request, provider_id)
        try:
            provider = adapter.get_provider()
        except SocialApp.DoesNotExist:
            raise Http404 from None
        if not _talks.acquire(blocking=False):
            return _failed(request, provider, Fault("too many are signing in by it at once"))
        try:
            answer: HttpResponse = view.adapter_view(adapter)(request)
        except ImmediateHttpResponse as instead:
            return instead.response
        except UNREADABLE as error:
            return _failed(request, provider, error)
        finally:
            _talks.release()
        return answer

    return guarded


def _failed(request: HttpRequest, provider: OpenIDConnectProvider, error: Exception) -> HttpResponse:
    answer: HttpResponse = render_authentication_error(request, provider, exception=error)
    return answer


# These stand before allauth's own of the same address.
urlpatterns = [
    path("account/oidc/<str:provider_id>/login/", _guarded(OAuth2LoginView), name="openid_connect_login"),
    path(
        "account/oidc/<str:provider_id>/login/callback/",
        _guarded(OAuth2CallbackView),
        name="openid_connect_callback",
    ),
]
