"""When something happened, as people know it: a day, and sometimes an hour."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from simpul.people.validators import validate_when

NOON = time(12)


class MomentField(forms.MultiValueField):
    """A day, and an hour where it is known. Without one it is noon, or now if noon of that day has not come."""

    def __init__(self, **kwargs: Any) -> None:
        day = forms.DateField(validators=[validate_when])
        hour = forms.TimeField(required=False)
        widgets: dict[str, forms.Widget | type[forms.Widget]] = {
            "day": forms.DateInput(attrs={"type": "date", "aria-label": _("Day")}, format="%Y-%m-%d"),
            "hour": forms.TimeInput(attrs={"type": "time", "aria-label": _("Hour, if it is known")}, format="%H:%M"),
        }
        kwargs.setdefault("help_text", _("The day is enough; without an hour it counts as noon."))
        super().__init__(fields=(day, hour), widget=MomentInput(widgets), require_all_fields=False, **kwargs)

    def compress(self, data_list: Any) -> datetime | None:
        """The moment in the network's zone."""
        if not data_list or not data_list[0]:
            return None
        day, hour = data_list
        if hour is not None:
            return timezone.make_aware(datetime.combine(day, hour))
        noon = timezone.make_aware(datetime.combine(day, NOON))
        return min(noon, this_minute()) if day == timezone.localdate() else noon


class MomentInput(forms.MultiWidget):
    """The two inputs side by side. A program may send the whole moment under the field's own name."""

    def decompress(self, value: Any) -> list[Any]:
        """A proposed moment shows its day only."""
        return [timezone.localdate(value) if value else None, None]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        """`at=2024-01-13T08:00`, or `at_day` and `at_hour`."""
        whole = str(data.get(name) or "")
        if whole:
            day, _sign, hour = whole.partition("T")
            return [day, hour or None]
        return list(super().value_from_datadict(data, files, name))


def this_minute() -> datetime:
    """Now, as a form proposes it."""
    return timezone.localtime().replace(second=0, microsecond=0)
