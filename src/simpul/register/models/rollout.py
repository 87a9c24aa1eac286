"""The story of how a site was joined: append-only events on two tracks, and what held it up.

A state is never stored: it is the last event at or before the date asked.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Scope
from simpul.people.validators import validate_number, validate_when
from simpul.people.visibility import VisibleQuerySet
from simpul.record.models import Evidence
from simpul.register.models.contract import Contract, ContractLine
from simpul.register.models.site import Site


class Track(models.TextChoices):
    """The two lamps of a site."""

    NETWORK = "network", _("network")
    INTERNET = "internet", _("internet")


class NetworkState(models.TextChoices):
    """Steps in order; a medium without poles or fibre skips to `lit`."""

    NONE = "none", _("not started")
    POLES = "poles", _("poles")
    CABLE = "cable", _("cable")
    SPLICED = "spliced", _("spliced")
    LIT = "lit", _("lit")


class InternetState(models.TextChoices):
    """`cut_off` is a decision (unpaid, sanction), never a fault."""

    NONE = "none", _("none")
    ORDERED = "ordered", _("ordered")
    ON = "on", _("on")
    CUT_OFF = "cut_off", _("cut off")


class SiteStory(models.Model):
    """What all four kinds of rows share: the site, the day, who said so, and the proof."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="%(class)ss", verbose_name=_("site"))
    at = models.DateTimeField(_("when"), validators=[validate_when])
    reason = models.CharField(_("reason or remark"), max_length=300, blank=True)
    evidence = models.ForeignKey(
        Evidence, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("evidence")
    )
    recorded_by = models.CharField(_("recorded by"), max_length=200)
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        abstract = True

    @property
    def code(self) -> str:
        """`<site>/<number>`: the name the log knows it by."""
        return f"{self.site.code}/{self.pk}"

    @property
    def audit_about(self) -> Site:
        """The log finds it with its site."""
        return self.site

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """As the site."""
        return models.Q() if scope.whole_network else models.Q(site__organisation__in=scope.agencies)


class NetworkEvent(SiteStory):
    """The site's network reached (or fell back to) a step."""

    state = models.CharField(_("state"), max_length=10, choices=NetworkState.choices)
    contract_line = models.ForeignKey(
        ContractLine, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("contract line")
    )

    objects = VisibleQuerySet["NetworkEvent"].as_manager()

    class Meta:
        verbose_name = _("network step")
        ordering: ClassVar = ["at", "id"]
        indexes: ClassVar = [models.Index(fields=["site", "at"])]

    def __str__(self) -> str:
        return f"{self.site_id} network {self.state}"


class InternetEvent(SiteStory):
    """The site's internet was ordered, switched on or cut off."""

    state = models.CharField(_("state"), max_length=10, choices=InternetState.choices)
    contract_line = models.ForeignKey(
        ContractLine, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("contract line")
    )

    objects = VisibleQuerySet["InternetEvent"].as_manager()

    class Meta:
        verbose_name = _("internet step")
        ordering: ClassVar = ["at", "id"]
        indexes: ClassVar = [models.Index(fields=["site", "at"])]

    def __str__(self) -> str:
        return f"{self.site_id} internet {self.state}"


class Stall(SiteStory):
    """Nothing moves on a track since `at`, for `reason`; `until` is set when it moves again."""

    track = models.CharField(_("track"), max_length=10, choices=Track.choices, default=Track.NETWORK)
    until = models.DateTimeField(_("until"), null=True, blank=True, validators=[validate_when])

    objects = VisibleQuerySet["Stall"].as_manager()

    class Meta:
        verbose_name = _("stall")
        ordering: ClassVar = ["at", "id"]
        indexes: ClassVar = [models.Index(fields=["site", "at"])]

    def __str__(self) -> str:
        return f"{self.site_id} stalled"


class Handover(SiteStory):
    """The site was handed over (BAST) under a contract; may happen at any time and more than once."""

    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="handovers", verbose_name=_("contract")
    )
    document_number = models.CharField(_("document number"), max_length=80, validators=[validate_number])

    objects = VisibleQuerySet["Handover"].as_manager()

    class Meta:
        verbose_name = _("handover")
        ordering: ClassVar = ["at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site", "contract"], name="register_handed_over_once"),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} handed over under {self.contract_id}"
