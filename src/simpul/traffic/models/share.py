"""The policy: what each group and each site is promised of the internet, and how the rest is split."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Scope
from simpul.people.validators import validate_code, validate_name
from simpul.people.visibility import VisibleQuerySet
from simpul.register.models import Site, Uplink

LIGHTEST, HEAVIEST = Decimal("0.01"), Decimal(1000)
LAST_TIER = 7


class Share(models.Model):
    """What a group and a site have in common. Rates are layer-2 bit/s; an empty ceiling is that of the group above."""

    guarantee_down_bps = models.PositiveBigIntegerField(_("guaranteed download"), default=0)
    guarantee_up_bps = models.PositiveBigIntegerField(_("guaranteed upload"), default=0)
    ceiling_down_bps = models.PositiveBigIntegerField(_("highest download"), null=True, blank=True)
    ceiling_up_bps = models.PositiveBigIntegerField(_("highest upload"), null=True, blank=True)
    weight = models.DecimalField(
        _("weight"),
        max_digits=6,
        decimal_places=2,
        default=Decimal(1),
        validators=[MinValueValidator(LIGHTEST), MaxValueValidator(HEAVIEST)],
    )
    tier = models.PositiveSmallIntegerField(
        _("tier (higher ones are cut first)"), default=0, validators=[MaxValueValidator(LAST_TIER)]
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    is_sample = models.BooleanField(_("sample data"), default=False)

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Ceilings come in pairs and hold the guarantee. Raises ValidationError."""
        super().clean()
        if (self.ceiling_down_bps is None) != (self.ceiling_up_bps is None):
            missing = "ceiling_up_bps" if self.ceiling_up_bps is None else "ceiling_down_bps"
            raise ValidationError({missing: _("Give the highest rate for both directions, or for none.")})
        for way in ("down", "up"):
            ceiling: int | None = getattr(self, f"ceiling_{way}_bps")
            if ceiling is not None and getattr(self, f"guarantee_{way}_bps") > ceiling:
                raise ValidationError({f"guarantee_{way}_bps": _("More is guaranteed than is allowed at most.")})


class ShareGroup(Share):
    """Sites that share something: directly below a way out, or inside another group.

    `fallbacks` are codes of the ways out that it moves to, in this order, when its own is dead.
    """

    code = models.CharField(_("code"), max_length=40, unique=True, validators=[validate_code])
    name = models.CharField(_("name"), max_length=200, validators=[validate_name])
    uplink = models.ForeignKey(
        Uplink,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="share_groups",
        verbose_name=_("way out to the internet"),
    )
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    fallbacks = models.JSONField(_("ways out to fall back to"), default=list, blank=True)

    objects = VisibleQuerySet["ShareGroup"].as_manager()

    class Meta:
        verbose_name = _("sharing group")
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(uplink=None, parent__isnull=False) | models.Q(uplink__isnull=False, parent=None),
                name="traffic_group_stands_somewhere",
                violation_error_message=_("A group stands below a way out or inside another group: choose one."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """The tree has no circle, names are unique in it, fallbacks exist. Raises ValidationError."""
        super().clean()
        if Site.objects.filter(code=self.code).exists() or Uplink.objects.filter(code=self.code).exists():
            raise ValidationError({"code": _("A site or a way out to the internet has this code. Choose another.")})
        above, seen = self.parent, {self.pk}
        while above is not None:
            if above.pk in seen:
                raise ValidationError({"parent": _("A group cannot stand inside itself.")})
            seen.add(above.pk)
            above = above.parent
        self._clean_fallbacks()

    def _clean_fallbacks(self) -> None:
        if not isinstance(self.fallbacks, list) or not all(isinstance(code, str) for code in self.fallbacks):
            raise ValidationError({"fallbacks": _("Give codes of ways out to the internet.")})
        if self.fallbacks and self.uplink is None:
            raise ValidationError({"fallbacks": _("A group inside another falls back together with it.")})
        known = set(Uplink.objects.filter(code__in=self.fallbacks).values_list("code", flat=True))
        unknown = sorted(set(self.fallbacks) - known)
        if unknown:
            raise ValidationError(
                {"fallbacks": _("There is no way out to the internet %(codes)s.") % {"codes": ", ".join(unknown)}}
            )

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """The policy as a whole is for those who see the whole network."""
        return models.Q() if scope.whole_network else models.Q(pk__in=[])


class SiteShare(Share):
    """One site's part of its group. Its address blocks say which traffic that is.

    `runs_network`: servers that stand here run the network, so their addresses always pass, whatever the plan says.
    """

    site = models.OneToOneField(Site, on_delete=models.PROTECT, related_name="share", verbose_name=_("site"))
    group = models.ForeignKey(
        ShareGroup, on_delete=models.PROTECT, related_name="shares", verbose_name=_("sharing group")
    )
    runs_network = models.BooleanField(_("its servers run the network"), default=False)

    objects = VisibleQuerySet["SiteShare"].as_manager()

    class Meta:
        verbose_name = _("share of a site")
        ordering: ClassVar = ["site__name"]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """Its site's code."""
        return self.site.code

    @property
    def audit_about(self) -> Site:
        """The log finds it with its site."""
        return self.site

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """As its site: an agency sees its own, a provider none."""
        return models.Q() if scope.whole_network else models.Q(site__organisation__in=scope.agencies)
