"""A layer-2 or layer-3 adjacency of two ports."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Scope
from simpul.people.validators import validate_code
from simpul.people.visibility import VisibleQuerySet
from simpul.register.models.circuit import Circuit
from simpul.register.models.device import Interface
from simpul.register.models.owned import Owned
from simpul.register.models.site import Site, joined_by


class Link(Owned):
    """Two interfaces that talk; carried by a circuit unless both ends stand in one room."""

    code = models.CharField(_("code"), max_length=60, unique=True, validators=[validate_code])
    interface_a = models.OneToOneField(
        Interface, on_delete=models.PROTECT, related_name="link_a", verbose_name=_("port A")
    )
    interface_b = models.OneToOneField(
        Interface, on_delete=models.PROTECT, related_name="link_b", verbose_name=_("port B")
    )
    circuit = models.ForeignKey(
        Circuit, on_delete=models.PROTECT, null=True, blank=True, related_name="links", verbose_name=_("circuit")
    )
    capacity_bps = models.PositiveBigIntegerField(_("capacity"), null=True, blank=True)
    is_planned = models.BooleanField(_("planned"), default=False)

    objects = VisibleQuerySet["Link"].as_manager()

    class Meta:
        verbose_name = _("link")
        ordering: ClassVar = ["code"]

    def __str__(self) -> str:
        return self.code

    @property
    def audit_about(self) -> Site:
        """The log finds it with the site that it joins."""
        return joined_by(self.interface_a.device.site, self.interface_b.device.site)

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """A provider sees links over its circuits, an agency those that end at its sites."""
        if scope.whole_network:
            return models.Q()
        return (
            models.Q(circuit__provider__in=scope.providers)
            | models.Q(interface_a__device__site__organisation__in=scope.agencies)
            | models.Q(interface_b__device__site__organisation__in=scope.agencies)
        )
