"""Forms of signing in, where allauth's own say something that is not so here."""
# mypy: disable-error-code="misc"

from __future__ import annotations

from typing import Any

from allauth.account import forms
from allauth.mfa.base import forms as second_step
from allauth.mfa.totp import forms as totp
from django.utils.translation import gettext_lazy as _


class Plain:
    """A form whose fields say what they are once, above; allauth repeats the label inside."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = getattr(self, "fields", {})
        for field in fields.values():
            field.widget.attrs.pop("placeholder", None)


class LoginForm(Plain, forms.LoginForm):
    """User name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("User name")
        self.fields["login"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}


class ReauthenticateForm(Plain, forms.ReauthenticateForm):
    """The password once more."""


class ChangePasswordForm(Plain, forms.ChangePasswordForm):
    """The old password and the new one."""


class SetPasswordForm(Plain, forms.SetPasswordForm):
    """A first password, for who came by the identity provider."""


class CodeForm(Plain, second_step.AuthenticateForm):
    """The code of the second step."""


class ReauthenticateCodeForm(Plain, second_step.ReauthenticateForm):
    """The code once more."""


class ActivateAppForm(Plain, totp.ActivateTOTPForm):
    """The first code of a new authenticator app."""
