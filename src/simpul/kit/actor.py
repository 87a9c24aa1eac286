"""Who does something: a person with permissions, or one of the program's own daemons."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


class Forbidden(Exception):
    """The actor lacks a permission. `permission` names it, so that a page can say whom to ask."""

    def __init__(self, actor: Actor, permission: str) -> None:
        super().__init__(f"{actor.name} may not do this: permission {permission} is missing")
        self.actor = actor
        self.permission = permission


@dataclass(frozen=True, slots=True)
class Actor:
    """`key` is stable and goes into the log (`user:17`, `system:outbox`); `name` is what people read."""

    kind: Literal["user", "system"]
    key: str
    name: str
    permissions: frozenset[str] = field(default=frozenset(), repr=False)

    @classmethod
    def system(cls, name: str) -> Actor:
        """A daemon or a command run on the machine itself; it may do everything, and the log says so."""
        return cls(kind="system", key=f"system:{name}", name=name)

    def may(self, permission: str) -> bool:
        """Whether the actor holds `permission`; a system actor holds all."""
        return self.kind == "system" or permission in self.permissions

    def require(self, permission: str) -> None:
        """Raise `Forbidden` unless the actor holds `permission`."""
        if not self.may(permission):
            raise Forbidden(self, permission)
