"""Agencies, district offices, providers and vendors."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Scope
from simpul.people.validators import validate_code, validate_name
from simpul.people.visibility import VisibleQuerySet


class Organisation(models.Model):
    """One body with a name, that owns, uses, operates or sells something on the network.

    Everybody who is signed in sees its own and the one that runs the network, for that is whom to call; who sees the
    whole network sees all.
    """

    class Kind(models.TextChoices):
        AGENCY = "agency", _("agency (OPD)")
        DISTRICT_OFFICE = "district_office", _("district office (kecamatan)")
        PROVIDER = "provider", _("provider")
        VENDOR = "vendor", _("vendor")

    code = models.CharField(_("code"), max_length=40, unique=True, validators=[validate_code])
    name = models.CharField(_("name"), max_length=200, validators=[validate_name])
    short_name = models.CharField(_("short name"), max_length=60, blank=True, validators=[validate_name])
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    note = models.TextField(_("note"), blank=True)
    is_sample = models.BooleanField(_("sample data"), default=False)

    objects = VisibleQuerySet["Organisation"].as_manager()

    class Meta:
        verbose_name = _("organisation")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.short_name or self.name

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """Own organisations and the operator's only, unless the whole network is shown."""
        if scope.whole_network:
            return models.Q()
        own = models.Q(pk__in=scope.organisations)
        return own | cls.runs_the_network() if scope.organisations else own

    @classmethod
    def runs_the_network(cls) -> models.Q:
        """The organisation that the settings name as operator, by its code or one of its names."""
        operator = str(settings.CONFIGURATION.instance.operator)
        return models.Q(code=operator) | models.Q(name=operator) | models.Q(short_name=operator)
