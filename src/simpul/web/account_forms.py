"""Forms of signing in, where allauth's own say something that is not so here."""
# mypy: disable-error-code="misc"

from __future__ import annotations

from typing import Any

from allauth.account import forms


class LoginForm(forms.LoginForm):
    """Without a link to a reset by e-mail: who lost the password gets a new invitation."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
