"""What a gateway does now, by its own word, as every page about sharing says it."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from simpul.register.models import Device
from simpul.traffic.logic.standing import Doing, Planned, Standing
from simpul.traffic.standings import age, headline, remedy, standing_of


@dataclass(frozen=True, slots=True)
class Doings:
    """`tone` is that of a notice; `silent` where it is not known what the gateway does."""

    gateway: Device
    standing: Standing

    @property
    def headline(self) -> str:
        """What it does, in one sentence."""
        return headline(self.gateway.code, self.standing)

    @property
    def remedy(self) -> str:
        """What to do about it, empty for nothing."""
        return remedy(self.standing)

    @property
    def age(self) -> str:
        """How old its word is."""
        return age(self.standing.age_s)

    @property
    def tone(self) -> str:
        """`bad` where the plan surely does not count, `warn` where nobody knows."""
        return "bad" if self.standing.wrong else "warn" if self.standing.away else ""

    @property
    def alarming(self) -> bool:
        """Whether a page has to say it."""
        return bool(self.tone)

    @property
    def as_planned(self) -> bool:
        """Whether the plan in force is surely what the gateway does."""
        return self.standing.doing == Doing.AS_PLANNED and self.standing.planned > 0

    @property
    def silent(self) -> bool:
        """Whether it says nothing now."""
        return self.standing.away


def doings_of(gateway: Device, planned: Planned | None = None) -> Doings:
    """By its last report; `planned` is what the rows say, where they are read already."""
    return Doings(gateway, standing_of(settings.CONFIGURATION.data.run, gateway, planned))
