"""The terms of a share as a form: rates as people write them, in megabits per second unless they say otherwise."""

from __future__ import annotations

import copy
import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import get_format
from django.utils.translation import gettext_lazy as _

from simpul.kit.rates import parse_rate
from simpul.traffic.logic.plan import Rates
from simpul.traffic.models import ShareGroup, SiteShare
from simpul.traffic.models.share import HEAVIEST, LIGHTEST

MBIT = 1_000_000
MOST_BPS = 1_000_000 * MBIT
_BARE = re.compile(r"\d+(?:[.,]\d+)?")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
TRIALS = [
    (30, _("30 seconds")),
    (60, _("1 minute")),
    (120, _("2 minutes")),
    (300, _("5 minutes")),
    (900, _("15 minutes")),
]
COLUMNS = ("guarantee_down_bps", "guarantee_up_bps", "ceiling_down_bps", "ceiling_up_bps", "weight")


def written(bps: int | None) -> str:
    """A rate as the field shows it: `20`, `1,5`; empty for none. No mark between thousands: it could be misread."""
    if bps is None:
        return ""
    text = f"{Decimal(bps) / MBIT:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(".", str(get_format("DECIMAL_SEPARATOR")))


class RateField(forms.CharField):
    """`20`, `1,5`, `800K`, `1.5G` -> bit/s; None for nothing."""

    def __init__(self, **options: Any) -> None:
        keys = {"inputmode": "decimal", "autocomplete": "off"}
        super().__init__(max_length=20, widget=forms.TextInput(attrs=keys), **options)

    def clean(self, value: Any) -> Any:
        """Refuse what could be read in two ways, and what is no rate."""
        text = str(super().clean(value) or "").strip()
        if not text:
            return None
        if _THOUSANDS.fullmatch(text):
            whole = re.sub(r"[.,]", "", text)
            short = text.partition("." if "." in text else ",")[0]
            raise ValidationError(
                _('"%(text)s" can be read in two ways. Write %(whole)s or %(short)s.'),
                params={"text": text, "whole": whole, "short": short},
            )
        try:
            bps = parse_rate(f"{text}M" if _BARE.fullmatch(text) else text)
        except ValueError:
            raise ValidationError(
                _('"%(text)s" is no rate. Write a number of megabits per second, such as 20 or 1.5, or 800K, 1.5G.'),
                params={"text": text},
            ) from None
        if bps > MOST_BPS:
            raise ValidationError(_("That is more than 1,000 Gbps. Write the rate in megabits per second."))
        return bps


class ShareForm(forms.Form):
    """Guarantee, ceiling and weight of a site or a group; and what an order needs to know."""

    guarantee_down_bps = RateField(label=_("Guaranteed download, Mbps"), required=False)
    guarantee_up_bps = RateField(label=_("Guaranteed upload, Mbps"), required=False)
    ceiling_down_bps = RateField(label=_("Highest download, Mbps"), required=False)
    ceiling_up_bps = RateField(label=_("Highest upload, Mbps"), required=False)
    weight = forms.DecimalField(
        label=_("Weight"),
        min_value=LIGHTEST,
        max_value=HEAVIEST,
        decimal_places=2,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, row: SiteShare | ShareGroup, **kwargs: Any) -> None:
        given = {name: written(getattr(row, name)) for name in COLUMNS[:4]}
        weight = row.weight.normalize() if row.weight % 1 else row.weight.to_integral_value()
        super().__init__(*args, **kwargs)
        self.initial = {**given, "weight": weight}
        self.row = row

    def clean(self) -> dict[str, Any]:
        """Ceilings come in pairs and hold the guarantee, as the table wants it. An empty guarantee is none."""
        given = super().clean() or {}
        for name in ("guarantee_down_bps", "guarantee_up_bps"):
            if name in given and given[name] is None:
                given[name] = 0
        if not self.errors:
            asked = copy.copy(self.row)
            for name in COLUMNS:
                setattr(asked, name, given[name])
            try:
                asked.clean()
            except ValidationError as error:
                for field, problems in error.update_error_dict({}).items():
                    self.add_error(field if field in self.fields else None, list(problems))
        return given

    @property
    def terms(self) -> dict[str, Any]:
        """The columns as verbs take them. Only of a valid form."""
        return {name: self.cleaned_data[name] for name in COLUMNS}

    @property
    def changes(self) -> dict[str, Any]:
        """The same as a preview takes them."""
        given = self.cleaned_data
        ceiling = given["ceiling_down_bps"] is not None
        return {
            "guarantee": Rates(given["guarantee_down_bps"], given["guarantee_up_bps"]),
            "ceiling": Rates(given["ceiling_down_bps"], given["ceiling_up_bps"]) if ceiling else None,
            "weight": float(given["weight"]),
        }

    @property
    def said(self) -> list[tuple[str, str]]:
        """(label, error) of all that is wrong, for a place away from the fields."""
        return [
            (str(self.fields[name].label) if name in self.fields else "", str(problem))
            for name, problems in self.errors.items()
            for problem in problems
        ]


class OrderForm(forms.Form):
    """How long a trial lasts, and why it is made."""

    confirm_s = forms.TypedChoiceField(label=_("Time to keep it"), coerce=int, choices=TRIALS, initial=60)
    note = forms.CharField(label=_("Why"), max_length=200, required=False)
    seen = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)


class JoinForm(forms.Form):
    """The group of a site that has no share yet."""

    group = forms.ModelChoiceField(label=_("Group"), queryset=ShareGroup.objects.all(), empty_label="–")
