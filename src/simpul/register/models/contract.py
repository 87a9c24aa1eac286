"""What was bought: contracts and their lines."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Scope
from simpul.people.models import Organisation
from simpul.people.validators import validate_name, validate_number, validate_when
from simpul.people.visibility import VisibleQuerySet


class Contract(models.Model):
    """One signed contract (SPK, cooperation contract) with one provider or vendor. Days are local calendar days."""

    code = models.CharField(_("number"), max_length=80, unique=True, validators=[validate_number])
    title = models.CharField(_("title"), max_length=200, validators=[validate_name])
    provider = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="contracts", verbose_name=_("provider")
    )
    signed_on = models.DateField(_("signed"), validators=[validate_when])
    starts_on = models.DateField(_("first day"), validators=[validate_when])
    ends_on = models.DateField(_("last day"), validators=[validate_when])
    budget_year = models.PositiveSmallIntegerField(
        _("budget year"), validators=[MinValueValidator(1990), MaxValueValidator(2100)]
    )
    note = models.TextField(_("note"), blank=True)
    is_sample = models.BooleanField(_("sample data"), default=False)
    version = models.PositiveIntegerField(_("version"), default=1)

    objects = VisibleQuerySet["Contract"].as_manager()

    class Meta:
        verbose_name = _("contract")
        ordering: ClassVar = ["-starts_on", "code"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="register_contract_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        """The last day is not before the first. Raises ValidationError."""
        super().clean()
        check_period(self.starts_on, self.ends_on)

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """A provider sees its own; a crew and an agency see none."""
        return models.Q(provider__in=scope.providers)


class ContractLine(models.Model):
    """One item of a contract: what, how much of it, for how long, out of which budget line.

    `cir_bps` is layer-2 bit/s and belongs to bandwidth lines; money is Rupiah in Decimal.
    """

    class Kind(models.TextChoices):
        FIBRE = "fibre", _("fibre")
        BANDWIDTH = "bandwidth", _("internet bandwidth")
        CCTV = "cctv", _("cameras (CCTV)")
        STREAMING = "streaming", _("camera streaming")

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="lines", verbose_name=_("contract"))
    number = models.PositiveSmallIntegerField(_("line"), validators=[MinValueValidator(1)])
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    description = models.CharField(_("description"), max_length=300)
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=2, validators=[MinValueValidator(0)])
    unit = models.CharField(_("unit"), max_length=40)
    cir_bps = models.PositiveBigIntegerField(_("guaranteed rate (CIR)"), null=True, blank=True)
    unit_price = models.DecimalField(
        _("price per unit (Rp)"), max_digits=16, decimal_places=2, validators=[MinValueValidator(0)]
    )
    starts_on = models.DateField(_("first day"), validators=[validate_when])
    ends_on = models.DateField(_("last day"), validators=[validate_when])
    budget_line = models.CharField(_("budget line"), max_length=40, validators=[validate_number])
    version = models.PositiveIntegerField(_("version"), default=1)

    objects = VisibleQuerySet["ContractLine"].as_manager()

    class Meta:
        verbose_name = _("contract line")
        ordering: ClassVar = ["contract", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contract", "number"], name="register_line_number_once"),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="register_line_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id}/{self.number}"

    def clean(self) -> None:
        """The last day is not before the first. Raises ValidationError."""
        super().clean()
        check_period(self.starts_on, self.ends_on)

    @property
    def code(self) -> str:
        """`<contract number>#<line>`: the name the log and imports know the line by."""
        return f"{self.contract.code}#{self.number}"

    @property
    def audit_about(self) -> Contract:
        """The log finds it with its contract."""
        return self.contract

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """As the contract."""
        return models.Q(contract__provider__in=scope.providers)


def check_period(starts_on: date | None, ends_on: date | None) -> None:
    """Raise ValidationError on `ends_on` if the last day is before the first."""
    if starts_on and ends_on and ends_on < starts_on:
        raise ValidationError({"ends_on": _("The last day is before the first.")})
