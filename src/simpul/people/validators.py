"""The rules of `kit` for what people write, as Django's models and forms ask for them. Each raises ValidationError."""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from simpul.kit.codes import is_code, is_number
from simpul.kit.days import FIRST_DAY, LAST_DAY, in_bounds
from simpul.kit.names import is_name


def validate_code(value: str) -> None:
    """A code of a row, as it stands in addresses."""
    if not is_code(value):
        raise ValidationError(
            _("Write a code of letters (A-Z), digits and . _ - only. It has no dot in front and is not the word new."),
            code="code",
        )


def validate_number(value: str) -> None:
    """A number that real life gave, such as a contract's."""
    if not is_number(value):
        raise ValidationError(
            _("This number holds a character that nobody sees, or a part . or .. between slashes. Type it anew."),
            code="number",
        )


def validate_name(value: str) -> None:
    """One line that people read as a name."""
    if not is_name(value):
        raise ValidationError(
            _("This holds a character that nobody sees (direction, zero width, line break). Type it anew."),
            code="name",
        )


def validate_when(value: date | datetime) -> None:
    """A day or a moment that may be meant."""
    if not in_bounds(value):
        raise ValidationError(
            _("Give a day between %(first)s and %(last)s."),
            code="when",
            params={"first": FIRST_DAY.isoformat(), "last": LAST_DAY.isoformat()},
        )
