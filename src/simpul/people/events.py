"""What other rooms are told about people."""

from __future__ import annotations

from dataclasses import dataclass

from simpul.kit.events import Event


@dataclass(frozen=True, slots=True)
class AccessChanged(Event):
    """What a person may do or see is different now; open live feeds ask anew. `user` is the primary key."""

    user: int
    may_sign_in: bool


@dataclass(frozen=True, slots=True)
class OrganisationRenamed(Event):
    """An organisation has another code; nothing hung on it."""

    code: str
    before: str


@dataclass(frozen=True, slots=True)
class OrganisationRemoved(Event):
    """An organisation is gone."""

    code: str
