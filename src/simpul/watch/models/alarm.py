"""One alarm per cause, and what people wrote on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from simpul.people.logic.rights import Scope
from simpul.people.models import Organisation
from simpul.people.visibility import VisibleQuerySet
from simpul.register.models import Site
from simpul.watch.models.silence import Silence


class Alarm(models.Model):
    """A cause from the moment it was found until it was gone. Opened, changed and closed by the watch alone.

    `refs` are codes of what may be the cause, the likeliest first: several where the facts cannot tell them apart.
    `sites` are codes of sites without network, `without_internet` of those that lost only the internet. `names` keeps
    what everything named here was called, so that an old alarm can be read when the register has moved on.
    """

    class Kind(models.TextChoices):
        SPAN_CUT = "span_cut", pgettext_lazy("alarm", "cable cut")
        CIRCUIT_DOWN = "circuit_down", pgettext_lazy("alarm", "leased circuit down")
        REDUNDANCY_LOST = "redundancy_lost", pgettext_lazy("alarm", "redundancy lost")
        DEVICE_DOWN = "device_down", pgettext_lazy("alarm", "device down")
        DEVICE_SILENT = "device_silent", pgettext_lazy("alarm", "device does not answer")
        UPLINK_LOST = "uplink_lost", pgettext_lazy("alarm", "way out to the internet lost")
        AGENT_SILENT = "agent_silent", pgettext_lazy("alarm", "agent of a gateway is silent")
        OFF_PLAN = "off_plan", pgettext_lazy("alarm", "gateway not as planned")
        UNCLASSIFIED = "unclassified", pgettext_lazy("alarm", "traffic of no site")
        BLIND = "blind", pgettext_lazy("alarm", "watch is blind")

    class Severity(models.TextChoices):
        CRITICAL = "critical", pgettext_lazy("severity", "critical")
        MAJOR = "major", pgettext_lazy("severity", "major")
        MINOR = "minor", pgettext_lazy("severity", "minor")

    key = models.CharField(_("key"), max_length=80)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity.choices)
    refs = models.JSONField(_("possible causes"), default=list)
    sites = models.JSONField(_("sites without network"), default=list, blank=True)
    without_internet = models.JSONField(_("sites without internet"), default=list, blank=True)
    together = models.JSONField(_("together with"), default=list, blank=True)
    affected = models.ManyToManyField(Site, related_name="alarms", blank=True, verbose_name=_("affected sites"))
    party = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="alarms",
        verbose_name=_("who has to mend it"),
    )
    service_number = models.CharField(_("service number"), max_length=60, blank=True)
    flapping = models.BooleanField(_("comes and goes"), default=False)
    evidence = models.JSONField(_("evidence"), default=dict, blank=True)
    names = models.JSONField(_("names"), default=dict, blank=True)
    opened_at = models.DateTimeField(_("opened at"))
    updated_at = models.DateTimeField(_("changed at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True, blank=True)
    acknowledged_by = models.CharField(_("acknowledged by"), max_length=200, blank=True)
    silence = models.ForeignKey(
        Silence,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="alarms",
        verbose_name=_("maintenance window"),
    )
    told_opened_at = models.DateTimeField(_("message sent at"), null=True, blank=True)
    told_closed_at = models.DateTimeField(_("message of the end sent at"), null=True, blank=True)

    objects = VisibleQuerySet["Alarm"].as_manager()

    class Meta:
        verbose_name = _("alarm")
        ordering: ClassVar = ["-opened_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(closed_at=None), name="watch_one_open_alarm_per_cause"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["closed_at", "opened_at"], name="watch_alarm_by_time")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.named(self.ref)}"

    @property
    def code(self) -> str:
        """Its number, by which people call it."""
        return str(self.pk or "")

    @property
    def ref(self) -> str:
        """Code of the likeliest cause."""
        return str(self.refs[0]) if self.refs else ""

    @property
    def is_open(self) -> bool:
        """Whether the cause is still there, as far as the watch knows."""
        return self.closed_at is None

    def in_maintenance(self, at: datetime) -> bool:
        """Whether announced work goes on at that moment, so that nobody is called. Its window has to be loaded."""
        return self.is_open and self.silence is not None and self.silence.covers(at)

    def named(self, code: str) -> str:
        """What the element was called when the alarm was opened."""
        names: dict[str, Any] = self.names
        return str(names.get(code) or code)

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """An agency sees what hits its sites, a provider what it has to mend."""
        if scope.whole_network:
            return models.Q()
        return models.Q(affected__organisation__in=scope.agencies) | models.Q(party__in=scope.providers)


class AlarmComment(models.Model):
    """What somebody of the command center wrote on an alarm; never changed."""

    alarm = models.ForeignKey(Alarm, on_delete=models.CASCADE, related_name="comments", verbose_name=_("alarm"))
    text = models.TextField(_("comment"), max_length=2000)
    author = models.CharField(_("author"), max_length=200)
    at = models.DateTimeField(_("at"))

    objects = VisibleQuerySet["AlarmComment"].as_manager()

    class Meta:
        verbose_name = _("comment on an alarm")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.text

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """Notes between those who run the network."""
        return models.Q() if scope.whole_network else models.Q(pk__in=[])
