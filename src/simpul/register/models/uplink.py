"""Where the internet comes in."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Scope
from simpul.people.models import Organisation
from simpul.people.validators import validate_code, validate_name, validate_number
from simpul.people.visibility import VisibleQuerySet
from simpul.register.models.device import Interface
from simpul.register.models.owned import Owned
from simpul.register.models.site import Site


class Uplink(Owned):
    """One bought way out to the internet, at one port of a gateway. Rates are layer-2 bit/s as contracted."""

    code = models.CharField(_("code"), max_length=60, unique=True, validators=[validate_code])
    name = models.CharField(_("name"), max_length=200, validators=[validate_name])
    provider = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="uplinks", verbose_name=_("provider")
    )
    service_number = models.CharField(_("service number"), max_length=60, blank=True, validators=[validate_number])
    interface = models.OneToOneField(Interface, on_delete=models.PROTECT, related_name="uplink", verbose_name=_("port"))
    down_bps = models.PositiveBigIntegerField(_("download"))
    up_bps = models.PositiveBigIntegerField(_("upload"))
    probes = models.JSONField(_("probe targets"), default=list, blank=True)

    objects = VisibleQuerySet["Uplink"].as_manager()

    class Meta:
        verbose_name = _("way out to the internet")
        ordering: ClassVar = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def audit_about(self) -> Site:
        """The log finds it with its gateway's site."""
        return self.interface.device.site

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """A provider sees its own; an agency sees none."""
        return models.Q() if scope.whole_network else models.Q(provider__in=scope.providers)
