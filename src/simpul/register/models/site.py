"""A place that the network joins."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from simpul.kit.geometry import Bounds
from simpul.people.logic.rights import Scope
from simpul.people.models import Organisation
from simpul.people.validators import validate_code, validate_name
from simpul.people.visibility import VisibleQuerySet
from simpul.register.models.area import Area
from simpul.register.models.owned import Owned


class Medium(models.TextChoices):
    """How a site is or will be joined; decides which roll-out steps apply."""

    OWN_FIBRE = "own_fibre", _("own fibre")
    LEASED = "leased", _("leased circuit")
    RADIO = "radio", _("radio")
    VSAT = "vsat", _("satellite (VSAT)")


class Site(Owned):
    """An office, a public space, a point of presence or a village.

    Position is WGS 84 in degrees; `position` says how far it may be trusted. Points of presence
    carry the network and are not counted as joined sites.
    """

    class Kind(models.TextChoices):
        OPD = "opd", _("agency office (OPD)")
        DISTRICT_OFFICE = "district_office", _("district office (kecamatan)")
        PUBLIC_SPACE = "public_space", _("public space")
        POP = "pop", _("point of presence")
        VILLAGE = "village", _("village")

    class Position(models.TextChoices):
        SURVEYED = "surveyed", _("surveyed")
        SAMPLE = "sample", _("sample position")
        UNKNOWN = "unknown", _("unknown")

    code = models.CharField(_("code"), max_length=40, unique=True, validators=[validate_code])
    name = models.CharField(_("name"), max_length=200, validators=[validate_name])
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="sites", verbose_name=_("organisation (user)")
    )
    area = models.ForeignKey(
        Area,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="sites",
        verbose_name=_("area"),
        db_index=False,
    )
    medium = models.CharField(_("joined by"), max_length=12, choices=Medium.choices, default=Medium.OWN_FIBRE)
    latitude = models.FloatField(
        _("latitude"), null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    longitude = models.FloatField(
        _("longitude"), null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    position = models.CharField(_("position"), max_length=10, choices=Position.choices, default=Position.UNKNOWN)
    address = models.CharField(_("address"), max_length=300, blank=True)
    space_type = models.CharField(_("type of public space"), max_length=60, blank=True)
    opening_hours = models.CharField(_("opening hours"), max_length=120, blank=True)
    has_hotspot = models.BooleanField(_("public Wi-Fi"), default=False)
    planned_year = models.PositiveSmallIntegerField(
        _("planned for"), null=True, blank=True, validators=[MinValueValidator(1990), MaxValueValidator(2100)]
    )
    note = models.TextField(_("note"), blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)

    objects = VisibleQuerySet["Site"].as_manager()

    class Meta:
        verbose_name = _("site")
        ordering: ClassVar = ["name"]
        indexes: ClassVar = [
            models.Index(fields=["area"], condition=models.Q(area__isnull=False), name="register_site_area"),
            models.Index(
                fields=["contract_line"],
                condition=models.Q(contract_line__isnull=False),
                name="register_site_contract_line",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(latitude=None, longitude=None)
                | models.Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="register_site_position_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Both coordinates or none, inside the bounds; the position says how good they are. Raises ValidationError."""
        super().clean()
        if (self.latitude is None) != (self.longitude is None):
            missing = "longitude" if self.longitude is None else "latitude"
            raise ValidationError({missing: _("Latitude and longitude belong together: give both, or none.")})
        if self.latitude is None and self.position != self.Position.UNKNOWN:
            raise ValidationError({"position": _("Without coordinates the position is unknown.")})
        if self.latitude is not None and self.position == self.Position.UNKNOWN:
            raise ValidationError({"position": _("There are coordinates: say whether they are surveyed or a sample.")})
        if self.latitude is not None and self.longitude is not None:
            bounds = Bounds(*settings.CONFIGURATION.instance.bounds)
            if not bounds.holds(self.latitude, self.longitude):
                raise ValidationError({"latitude": _("This position lies outside the area that this instance is for.")})

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """An agency sees its own sites; a provider sees none (the hand-off is on its circuit)."""
        return models.Q() if scope.whole_network else models.Q(organisation__in=scope.agencies)


def joined_by(site_a: Site, site_b: Site) -> Site:
    """The site that something between two ends is there for: B, or A where B is a point of presence."""
    return site_a if site_b.kind == Site.Kind.POP else site_b
