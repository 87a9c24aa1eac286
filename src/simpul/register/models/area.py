"""Administrative areas, by their official code."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Scope
from simpul.people.validators import validate_code, validate_name
from simpul.people.visibility import VisibleQuerySet


class Area(models.Model):
    """Province, regency, district or village. Codes and names are public: everybody sees them."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("province")
        REGENCY = "regency", _("regency")
        DISTRICT = "district", _("district (kecamatan)")
        VILLAGE = "village", _("village or ward")

    code = models.CharField(_("code"), max_length=13, unique=True, validators=[validate_code])
    name = models.CharField(_("name"), max_length=120, validators=[validate_name])
    level = models.CharField(_("level"), max_length=10, choices=Level.choices)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    version = models.PositiveIntegerField(_("version"), default=1)

    objects = VisibleQuerySet["Area"].as_manager()

    class Meta:
        verbose_name = _("area")
        ordering: ClassVar = ["code"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """Public."""
        return models.Q()
