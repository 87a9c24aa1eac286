"""Owner, operator and contract line: what every element of the network has."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from simpul.people.models import Organisation


class Owned(models.Model):
    """Whose it is, who repairs it, and out of which contract line it was paid (if it was)."""

    owner = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="owned_%(class)ss", verbose_name=_("owner")
    )
    operator = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        related_name="operated_%(class)ss",
        verbose_name=_("operator (repairs it)"),
    )
    contract_line = models.ForeignKey(
        "register.ContractLine",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="%(class)ss",
        verbose_name=_("contract line"),
    )
    is_sample = models.BooleanField(_("sample data"), default=False)

    class Meta:
        abstract = True
