"""Identity of cameras and applications; the rooms cctv and guard add their operational rows."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Scope
from simpul.people.models import Organisation
from simpul.people.validators import validate_code, validate_name
from simpul.people.visibility import VisibleQuerySet
from simpul.register.models.owned import Owned
from simpul.register.models.site import Site


class Camera(Owned):
    """One lens at one place. Position is WGS 84 in degrees and may differ from the site's."""

    code = models.CharField(_("code"), max_length=60, unique=True, validators=[validate_code])
    name = models.CharField(_("name"), max_length=200, validators=[validate_name])
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="cameras", verbose_name=_("site"))
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    is_public = models.BooleanField(_("open to the public"), default=False)

    objects = VisibleQuerySet["Camera"].as_manager()

    class Meta:
        verbose_name = _("camera")
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


class Application(Owned):
    """A government website or application, and the agency that answers for it."""

    code = models.CharField(_("code"), max_length=60, unique=True, validators=[validate_code])
    name = models.CharField(_("name"), max_length=200, validators=[validate_name])
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="applications", verbose_name=_("organisation")
    )
    url = models.URLField(_("address"))
    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, null=True, blank=True, related_name="applications", verbose_name=_("hosted at")
    )

    objects = VisibleQuerySet["Application"].as_manager()

    class Meta:
        verbose_name = _("application")
        ordering: ClassVar = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def audit_about(self) -> Site | None:
        """The log finds it with the site that hosts it."""
        return self.site

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """An agency sees its own."""
        return models.Q() if scope.whole_network else models.Q(organisation__in=scope.agencies)
