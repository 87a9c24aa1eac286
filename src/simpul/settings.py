"""Django's settings, made from the one configuration. Nothing here is to be edited by an operator."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from csp.constants import NONE, SELF

from simpul.configuration import load
from simpul.database import database_settings
from simpul.keys import credential_keys, plan_key, secret_key

CONFIGURATION = load()
PACKAGE = Path(__file__).parent
DATA_DIR = CONFIGURATION.data.folder

SECRET_KEY = secret_key(DATA_DIR)
DEBUG = False
PUBLIC_HOST = urlsplit(CONFIGURATION.instance.public_url).hostname or ""
ALLOWED_HOSTS = [PUBLIC_HOST, *CONFIGURATION.server.hosts]
CSRF_TRUSTED_ORIGINS = [CONFIGURATION.instance.public_url]
SECURE = CONFIGURATION.instance.public_url.startswith("https://")

INSTALLED_APPS = [
    # First: where a text stands in several catalogues, the room's own words win.
    "simpul.record",
    "simpul.people",
    "simpul.register",
    "simpul.traffic",
    "simpul.watch",
    "simpul.web",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "simpul.web.language.LanguageMiddleware",
    "simpul.web.middleware.RefusalMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "simpul.web.middleware.ViewerMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "simpul.urls"
ASGI_APPLICATION = "simpul.asgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "simpul.web.context.page",
            ],
        },
    },
]
INSTALLED_APPS.insert(0, "django.forms")

DATABASES = {"default": database_settings(CONFIGURATION.database.url, DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Read when a credential is opened, so that a key added to the file counts at once.
CREDENTIAL_KEYS: Callable[[], list[str]] = partial(credential_keys, DATA_DIR)
# Read when an order is signed: most processes never need it.
PLAN_KEY: Callable[[], Ed25519PrivateKey] = partial(plan_key, DATA_DIR)
EVIDENCE_DIR = CONFIGURATION.data.evidence
EVIDENCE_MAX_BYTES = CONFIGURATION.evidence.max_mb * 2**20

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
_VALIDATORS = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {
        "NAME": f"{_VALIDATORS}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "email")},
    },
    {"NAME": f"{_VALIDATORS}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_VALIDATORS}.CommonPasswordValidator"},
    {"NAME": "simpul.people.passwords.PinLikeValidator"},
]

_OWN_WORDS = {"id": "Bahasa Indonesia", "en": "English"}
LANGUAGE_CODE = CONFIGURATION.instance.languages[0]
LANGUAGES = [(code, _OWN_WORDS[code]) for code in CONFIGURATION.instance.languages]
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = CONFIGURATION.instance.timezone
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "run" / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "simpul.web.static_names.StaticNames"},
}

SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "simpul_session"
CSRF_COOKIE_NAME = "simpul_csrf"
CSRF_FAILURE_VIEW = "simpul.web.errors.old_form"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
_ISSUER = urlsplit(CONFIGURATION.oidc.issuer)
# Browsers hold the target of a form against the policy even where the answer sends them on to another host.
_ISSUERS = [f"{_ISSUER.scheme}://{_ISSUER.netloc}"] if CONFIGURATION.oidc.issuer else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF, *_ISSUERS],
    }
}

# By name, so that only a demonstration loads it: what lists (user name, role, password) for its sign-in page.
DEMO_ACCOUNTS = "simpul.lab.accounts.shown_accounts"

# Holds the counters of sign-in attempts: small enough a cache could be flushed by trying many names.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 50_000}}}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_TEMP_DIR = None
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if CONFIGURATION.mail.host else 'console'}.EmailBackend"
EMAIL_HOST = CONFIGURATION.mail.host
EMAIL_PORT = CONFIGURATION.mail.port
EMAIL_HOST_USER = CONFIGURATION.mail.user
EMAIL_HOST_PASSWORD = CONFIGURATION.mail.password
EMAIL_USE_TLS = CONFIGURATION.mail.security == "starttls"
EMAIL_USE_SSL = CONFIGURATION.mail.security == "tls"
DEFAULT_FROM_EMAIL = CONFIGURATION.mail.sender
# The command line has set logging up before Django starts.
LOGGING_CONFIG = None

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "simpul.web.accounts.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "simpul.web.accounts.SocialAccountAdapter"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_PRESERVE_USERNAME_CASING = False
_FORMS = "simpul.web.account_forms"
ACCOUNT_FORMS = {
    "login": f"{_FORMS}.LoginForm",
    "reauthenticate": f"{_FORMS}.ReauthenticateForm",
    "change_password": f"{_FORMS}.ChangePasswordForm",
    "set_password": f"{_FORMS}.SetPasswordForm",
}
MFA_FORMS = {
    "authenticate": f"{_FORMS}.CodeForm",
    "reauthenticate": f"{_FORMS}.ReauthenticateCodeForm",
    "activate_totp": f"{_FORMS}.ActivateAppForm",
}
# Passwords have limits of their own (web/sign_in_limits.py). None here counts by address: behind a relay all share one.
ACCOUNT_RATE_LIMITS = {"login": "", "signup": "", "login_failed": "5/5m/key"}
USERSESSIONS_TRACK_ACTIVITY = True
MFA_ADAPTER = "simpul.web.accounts.MfaAdapter"
# Nothing can be guessed here; the limit only spares the processor.
MFA_RATE_LIMITS = {"webauthn_login": "300/m/ip"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE
MFA_TOTP_ISSUER = CONFIGURATION.instance.name
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = (
    {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "oidc",
                    "name": CONFIGURATION.oidc.name,
                    "client_id": CONFIGURATION.oidc.client_id,
                    "secret": CONFIGURATION.oidc.client_secret,
                    "settings": {"server_url": CONFIGURATION.oidc.issuer},
                }
            ]
        }
    }
    if CONFIGURATION.oidc.issuer
    else {}
)
