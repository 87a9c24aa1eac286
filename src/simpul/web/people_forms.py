"""Forms about people, and how a refusal of the room's verbs becomes an error of the form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from simpul.people.errors import Refusal
from simpul.people.models import Membership, Organisation, User

_ROLES = [(value, label) for value, label in Membership.Roles.choices if value != Membership.Roles.PUBLIC]


def _role() -> forms.ChoiceField:
    return forms.ChoiceField(label=_("Role"), choices=[("", _("please choose")), *_ROLES])


def _organisation() -> forms.ModelChoiceField[Organisation]:
    return forms.ModelChoiceField(
        label=_("Organisation"), queryset=Organisation.objects.order_by("name"), empty_label=_("please choose")
    )


def _email() -> forms.EmailField:
    return forms.EmailField(
        label=_("E-mail"),
        required=False,
        help_text=_("Not needed to sign in. An identity provider may recognise the person by it."),
    )


def _new_password(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class InviteForm(forms.Form):
    """A new person with a first role."""

    name = forms.CharField(label=_("Full name"), max_length=200)
    username = forms.CharField(
        label=_("User name"),
        max_length=60,
        help_text=_("For signing in. Small letters, digits and . _ @ + - only."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    email = _email()
    organisation = _organisation()
    role = _role()


class PersonForm(forms.Form):
    """What administrators see to."""

    name = forms.CharField(label=_("Full name"), max_length=200)
    email = _email()


class GrantForm(forms.Form):
    """One more role."""

    organisation = _organisation()
    role = _role()


class ProfileForm(forms.Form):
    """What people see to themselves."""

    name = forms.CharField(label=_("Full name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    language = forms.ChoiceField(label=_("Language"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["language"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("as this instance")), *settings.LANGUAGES]


class TokenForm(forms.Form):
    """A key for a program."""

    label = forms.CharField(label=_("What for"), max_length=100)
    days = forms.TypedChoiceField(
        label=_("Valid for"),
        coerce=int,
        choices=[(30, _("30 days")), (90, _("90 days")), (365, _("1 year"))],
        initial=90,
    )
    may_write = forms.BooleanField(label=_("May also change data"), required=False)


class NewPasswordForm(forms.Form):
    """The password that an invited person chooses; whether it is good enough is decided by the verb."""

    password1 = _new_password(_("New password"))
    password2 = _new_password(_("The same again"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["password1"].help_text = _("At least 10 characters, not only digits. A short sentence is good.")

    def clean(self) -> dict[str, Any]:
        """Both fields say the same."""
        cleaned = super().clean() or {}
        if "password1" in cleaned and "password2" in cleaned and cleaned["password1"] != cleaned["password2"]:
            self.add_error("password2", _("This is not the same password."))
        return cleaned


@contextmanager
def reporting(form: forms.Form) -> Iterator[None]:
    """Turn what a verb refuses inside the block into errors of the form; ask `form.errors` afterwards."""
    try:
        yield
    except Refusal as refusal:
        form.add_error(None, refusal.shown())
    except ValidationError as error:
        for field, problems in error.update_error_dict({}).items():
            form.add_error(field if field in form.fields else None, list(problems))
