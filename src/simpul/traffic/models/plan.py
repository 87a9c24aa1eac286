"""Numbered plans: what was decided for a gateway, by whom, and what became of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from simpul.people.logic.rights import Scope
from simpul.people.visibility import VisibleQuerySet
from simpul.register.models import Device, Site


class PlanVersion(models.Model):
    """One plan for one gateway, in the register's rates. Never changed but for what became of it.

    `document` is the plan file's data, `digest` its SHA-256; `base` the number it was compared with; `difference` and
    `predicted` what the comparison said; `envelope` the signed order, made when it is carried, in the rates of the
    gateway's network.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("plan", "draft")
        REFUSED = "refused", pgettext_lazy("plan", "refused")
        APPLYING = "applying", pgettext_lazy("plan", "on its way")
        APPLIED = "applied", pgettext_lazy("plan", "on trial")
        CONFIRMED = "confirmed", pgettext_lazy("plan", "in force")
        REVERTED = "reverted", pgettext_lazy("plan", "taken back")
        SUPERSEDED = "superseded", pgettext_lazy("plan", "replaced")

    gateway = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="plans", verbose_name=_("gateway"))
    number = models.PositiveIntegerField(_("number"))
    base = models.PositiveIntegerField(_("compared with plan"), default=0)
    document = models.JSONField(_("plan"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    difference = models.JSONField(_("differences"), default=dict)
    predicted = models.JSONField(_("predicted rates"), default=dict)
    envelope = models.JSONField(_("signed order"), null=True)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.DRAFT)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    author = models.CharField(_("drafted by"), max_length=200)
    made_at = models.DateTimeField(_("drafted at"))
    confirm_s = models.PositiveIntegerField(_("seconds to confirm"), default=60)
    unattended = models.BooleanField(_("confirms itself"), default=False)
    ordered_at = models.DateTimeField(_("ordered at"), null=True)
    confirm_by = models.DateTimeField(_("to be confirmed until"), null=True)
    wanted_at = models.DateTimeField(_("confirmation given at"), null=True)
    confirmed_at = models.DateTimeField(_("in force since"), null=True)
    confirmed_by = models.CharField(_("confirmed by"), max_length=200, blank=True)
    ended_at = models.DateTimeField(_("in this state since"), null=True)
    returned_to = models.PositiveIntegerField(_("returns to plan"), null=True)

    objects = VisibleQuerySet["PlanVersion"].as_manager()

    audit_exclude = frozenset({"document", "difference", "predicted", "envelope"})

    class Meta:
        verbose_name = _("sharing plan")
        ordering: ClassVar = ["gateway", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["gateway", "number"], name="traffic_plan_number_once"),
            models.UniqueConstraint(
                fields=["gateway"], condition=models.Q(state="confirmed"), name="traffic_one_plan_in_force"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["state"], condition=models.Q(state__in=["applying", "applied"]), name="traffic_plan_open"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """`<gateway>/<number>`: the name the log knows it by."""
        return f"{self.gateway.code}/{self.number}"

    @property
    def audit_about(self) -> Site:
        """The log finds it with its gateway's site."""
        return self.gateway.site

    @property
    def is_open(self) -> bool:
        """Whether something is still to happen to it by itself."""
        return self.state in (self.State.APPLYING, self.State.APPLIED)

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """Plans name every site, so they are for those who see the whole network."""
        return models.Q() if scope.whole_network else models.Q(pk__in=[])
