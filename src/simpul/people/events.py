"""What other rooms are told about people."""

from __future__ import annotations

from dataclasses import dataclass

from simpul.kit.events import Event


@dataclass(frozen=True, slots=True)
class AccessChanged(Event):
    """What a person may do or see is different now; open live feeds ask anew. `user` is the primary key."""

    user: int
    may_sign_in: bool
