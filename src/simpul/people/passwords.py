"""Rules for passwords beyond Django's own."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

FEWEST_DIFFERENT = 5


class PinLikeValidator:
    """Refuses what is guessed like a PIN: digits only (with or without separators), or few different characters."""

    def validate(self, password: str, user: object = None) -> None:  # noqa: ARG002 (Django's signature)
        """Raise ValidationError for a password that is a number or a repetition."""
        letters = [character for character in password if not character.isdigit() and character not in " .,-/:+"]
        if not letters:
            raise ValidationError(_("Use words or letters too, not only digits."), code="password_pin_like")
        if len(set(password)) < FEWEST_DIFFERENT:
            raise ValidationError(_("Use more different characters."), code="password_repetitive")

    def get_help_text(self) -> str:
        """One line for the form."""
        return _("Not only digits, and not the same few characters again and again.")
