"""What the register tells the other rooms. Elements are named by kind (`site`, `contractline`, ...) and code."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from simpul.kit.events import Event


@dataclass(frozen=True, slots=True)
class ElementAdded(Event):
    """A row of the register was made."""

    kind: str
    code: str


@dataclass(frozen=True, slots=True)
class ElementChanged(Event):
    """Columns of a row have new values; `fields` names them."""

    kind: str
    code: str
    fields: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ElementRemoved(Event):
    """A row is gone."""

    kind: str
    code: str


@dataclass(frozen=True, slots=True)
class NetworkAdvanced(Event):
    """A site's network reached, or fell back to, a step. `at` may lie in the past."""

    site: str
    state: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class InternetChanged(Event):
    """A site's internet was ordered, switched on, cut off by decision, or ended."""

    site: str
    state: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StoryLineWithdrawn(Event):
    """A line of a site's story was wrong and is gone; the log keeps it."""

    site: str
    track: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SiteStalled(Event):
    """Nothing moves on a track of the site since `at`."""

    site: str
    track: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class SiteResumed(Event):
    """The track moves again since `until`."""

    site: str
    track: str
    until: datetime


@dataclass(frozen=True, slots=True)
class SiteHandedOver(Event):
    """The site was handed over under a contract."""

    site: str
    contract: str
    document_number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BatchApplied(Event):
    """An import has changed many rows at once; no event per row follows."""

    batch: int
    kind: str
    new: int
    changed: int


@dataclass(frozen=True, slots=True)
class BatchUndone(Event):
    """The effect of an import was taken back."""

    batch: int
    kind: str
    removed: int
    restored: int
