"""Orders for the bad day: equal shares for all, no shaping, back to normal."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from simpul.people.logic.rights import Scope
from simpul.people.visibility import VisibleQuerySet
from simpul.register.models import Device, Site


class PanicOrder(models.Model):
    """One such order. It waits until the gateway has done it (`done_at`) or a newer one makes it moot (`failure`)."""

    class Mode(models.TextChoices):
        EQUAL = "equal", pgettext_lazy("panic", "equal shares for all")
        OFF = "off", pgettext_lazy("panic", "no shaping")
        NORMAL = "normal", pgettext_lazy("panic", "by the plan")

    gateway = models.ForeignKey(
        Device, on_delete=models.PROTECT, related_name="panic_orders", verbose_name=_("gateway")
    )
    mode = models.CharField(_("mode"), max_length=8, choices=Mode.choices)
    note = models.CharField(_("note"), max_length=200, blank=True)
    asked_by = models.CharField(_("ordered by"), max_length=200)
    asked_at = models.DateTimeField(_("ordered at"))
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    failure = models.CharField(_("why not"), max_length=500, blank=True)

    objects = VisibleQuerySet["PanicOrder"].as_manager()

    class Meta:
        verbose_name = _("emergency order")
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """`<gateway>/<mode>`."""
        return f"{self.gateway.code}/{self.mode}"

    @property
    def audit_about(self) -> Site:
        """The log finds it with its gateway's site."""
        return self.gateway.site

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """As plans."""
        return models.Q() if scope.whole_network else models.Q(pk__in=[])
