"""End-to-end light or leased capacity between two places."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Scope
from simpul.people.models import Organisation
from simpul.people.validators import validate_code, validate_number
from simpul.people.visibility import VisibleQuerySet
from simpul.register.models.owned import Owned
from simpul.register.models.site import Site, joined_by


class Circuit(Owned):
    """An own circuit has an inside that can be traced; a leased one is a single opaque hop.

    For a leased circuit `provider`, `service_number`, both hand-offs and `cir_bps` are all that is known;
    a fault on it is the provider's and never points at a pole.
    """

    class Kind(models.TextChoices):
        OWN = "own", _("own")
        LEASED = "leased", _("leased")

    code = models.CharField(_("code"), max_length=60, unique=True, validators=[validate_code])
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    provider = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="circuits",
        verbose_name=_("provider"),
    )
    service_number = models.CharField(_("service number"), max_length=60, blank=True, validators=[validate_number])
    site_a = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="circuits_a", verbose_name=_("end A"))
    site_b = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="circuits_b", verbose_name=_("end B"))
    handoff_a = models.CharField(_("hand-off at A"), max_length=200, blank=True)
    handoff_b = models.CharField(_("hand-off at B"), max_length=200, blank=True)
    cir_bps = models.PositiveBigIntegerField(_("guaranteed rate (CIR)"), null=True, blank=True)
    length_m = models.PositiveIntegerField(_("length (m)"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)

    objects = VisibleQuerySet["Circuit"].as_manager()

    class Meta:
        verbose_name = _("circuit")
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind="own") | models.Q(provider__isnull=False),
                name="register_leased_circuit_has_provider",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def audit_about(self) -> Site:
        """The log finds it with the site that it joins."""
        return joined_by(self.site_a, self.site_b)

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """A provider sees its own circuits, an agency those that end at its sites."""
        if scope.whole_network:
            return models.Q()
        return (
            models.Q(provider__in=scope.providers)
            | models.Q(site_a__organisation__in=scope.agencies)
            | models.Q(site_b__organisation__in=scope.agencies)
        )
