"""Owner, operator and contract line: what every element of the network has."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from simpul.people.models import Organisation


class Owned(models.Model):
    """Whose it is, who repairs it, and out of which contract line it was paid (if it was).

    No indexes: a handful of bodies own nearly all, and each index makes an import hold the database longer.
    """

    owner = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        related_name="owned_%(class)ss",
        verbose_name=_("owner"),
        db_index=False,
    )
    operator = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        related_name="operated_%(class)ss",
        verbose_name=_("operator (repairs it)"),
        db_index=False,
    )
    contract_line = models.ForeignKey(
        "register.ContractLine",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="%(class)ss",
        verbose_name=_("contract line"),
        db_index=False,
    )
    is_sample = models.BooleanField(_("sample data"), default=False)

    class Meta:
        abstract = True
