"""Latitude and longitude in forms: typed as people write them, with decimal comma or point, or in degrees and minutes.

A browser's own field for numbers loses a comma that its language does not expect, so these are fields of text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.formats import get_format

from simpul.kit.geometry import Bounds
from simpul.register.logic.cells import shown
from simpul.register.logic.coordinates import check_point, read_degrees
from simpul.register.logic.faults import Fault
from simpul.register.logic.sheets import SITES
from simpul.register.text import fault as sentence

AXES = ("latitude", "longitude")


class DegreesField(forms.Field):
    """One axis ("latitude" or "longitude"); its value is degrees as a float, or None."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def __init__(self, *, axis: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def to_python(self, value: Any) -> float | None:
        """The degrees of what was typed. Raises ValidationError with the sentence that imports use."""
        text = str(value or "").strip()
        if not text:
            return None
        try:
            return read_degrees(text, self.axis)
        except Fault as fault:
            raise ValidationError(sentence(SITES, fault.at(self.axis).as_json())) from None

    def prepare_value(self, value: Any) -> Any:
        """A float as the reader writes it, with all its digits."""
        return repr(value).replace(".", str(get_format("DECIMAL_SEPARATOR"))) if isinstance(value, float) else value


def misplaced(given: Mapping[str, Any], typed: Mapping[str, Any]) -> tuple[str, str] | None:
    """(axis, sentence) if the two axes together lie outside the box of this instance. `typed` is what to quote."""
    latitude, longitude = (given.get(axis) for axis in AXES)
    if latitude is None or longitude is None:
        return None
    try:
        check_point(Bounds(*settings.CONFIGURATION.instance.bounds), latitude, longitude)
    except Fault as fault:
        fault.params["value"] = shown(str(typed.get(fault.column, "")))
        return fault.column, sentence(SITES, fault.as_json())
    return None
