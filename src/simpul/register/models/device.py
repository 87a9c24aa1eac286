"""Routers, switches and the like, and their ports."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Scope
from simpul.people.validators import validate_code, validate_name
from simpul.people.visibility import VisibleQuerySet
from simpul.register.models.owned import Owned
from simpul.register.models.site import Site


class Device(Owned):
    """One box with an address."""

    class Kind(models.TextChoices):
        GATEWAY = "gateway", _("internet gateway")
        ROUTER = "router", _("router")
        SWITCH = "switch", _("switch")
        ACCESS_POINT = "access_point", _("Wi-Fi access point")
        SERVER = "server", _("server")

    code = models.CharField(_("code"), max_length=60, unique=True, validators=[validate_code])
    name = models.CharField(_("name"), max_length=200, validators=[validate_name])
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="devices", verbose_name=_("site"))
    maker = models.CharField(_("maker"), max_length=80, blank=True)
    model = models.CharField(_("model"), max_length=80, blank=True)
    serial = models.CharField(_("serial number"), max_length=80, blank=True)
    address = models.GenericIPAddressField(_("management address"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)

    objects = VisibleQuerySet["Device"].as_manager()

    class Meta:
        verbose_name = _("device")
        ordering: ClassVar = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def audit_about(self) -> Site:
        """The log finds it with its site."""
        return self.site

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """As its site."""
        return models.Q() if scope.whole_network else models.Q(site__organisation__in=scope.agencies)


class Interface(models.Model):
    """One port; `speed_bps` is its line rate in bit/s."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="interfaces", verbose_name=_("device"))
    name = models.CharField(_("name"), max_length=40, validators=[validate_name])
    speed_bps = models.PositiveBigIntegerField(_("speed"), null=True, blank=True)
    mac = models.CharField(_("MAC address"), max_length=17, blank=True)
    address = models.CharField(_("address with prefix length"), max_length=49, blank=True)
    address6 = models.CharField(_("IPv6 address with prefix length"), max_length=49, blank=True)

    objects = VisibleQuerySet["Interface"].as_manager()

    class Meta:
        verbose_name = _("port of a device")
        ordering: ClassVar = ["device", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["device", "name"], name="register_interface_name_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def code(self) -> str:
        """`<device code>:<name>`."""
        return f"{self.device.code}:{self.name}"

    @property
    def audit_about(self) -> Site:
        """The log finds it with its device's site."""
        return self.device.site

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """As its device."""
        return models.Q() if scope.whole_network else models.Q(device__site__organisation__in=scope.agencies)
