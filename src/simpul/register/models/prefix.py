"""Address blocks, IPv4 and IPv6 in one order."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Scope
from simpul.people.visibility import VisibleQuerySet
from simpul.register.models.site import Site


class Prefix(models.Model):
    """`first` and `last` are the block's ends as 32 hex digits, so that both databases sort them alike.

    IPv4 addresses are kept in their IPv4-mapped IPv6 form (RFC 4291, 2.5.5.2) for the same reason.
    """

    class Purpose(models.TextChoices):
        SITE = "site", _("site network")
        LINK = "link", _("link")
        MANAGEMENT = "management", _("management")
        CAMERA = "camera", _("cameras")
        POOL = "pool", _("pool to assign from")

    cidr = models.CharField(_("prefix"), max_length=49, unique=True)
    family = models.PositiveSmallIntegerField(_("family"), choices=[(4, "IPv4"), (6, "IPv6")])
    first = models.CharField(_("first address"), max_length=32)
    last = models.CharField(_("last address"), max_length=32)
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose.choices)
    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, null=True, blank=True, related_name="prefixes", verbose_name=_("site")
    )
    vlan = models.PositiveSmallIntegerField(_("VLAN"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    is_sample = models.BooleanField(_("sample data"), default=False)

    objects = VisibleQuerySet["Prefix"].as_manager()

    class Meta:
        verbose_name = _("address block")
        ordering: ClassVar = ["first", "-last"]
        indexes: ClassVar = [models.Index(fields=["first", "last"])]

    def __str__(self) -> str:
        return self.cidr

    @property
    def code(self) -> str:
        """The prefix itself."""
        return self.cidr

    @property
    def audit_about(self) -> Site | None:
        """The log finds it with the site that uses it."""
        return self.site

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """As its site; a pool is for those who see the whole network."""
        return models.Q() if scope.whole_network else models.Q(site__organisation__in=scope.agencies)
