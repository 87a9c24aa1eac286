"""What the agent would like to know after a restart. A disk that fails makes it forgetful, and never ends it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from simpul.kit.problem import Problem
from simpul.traffic.agent.state import Folder
from simpul.traffic.agent.trouble import Trouble

Known = TypeVar("Known")


class Memory:
    """Files of the state folder that shaping goes on without; orders are no such files."""

    def __init__(self, folder: Folder, trouble: Trouble) -> None:
        self._folder = folder
        self._trouble = trouble
        self._unwritten: dict[str, Any] = {}

    def keep(self, name: str, data: Any) -> None:
        """Write it now; if that cannot be, say so and try again with `catch_up`."""
        self._unwritten[name] = data
        with self._trouble.about(f"state {name}"):
            self._folder.write(name, data)
            del self._unwritten[name]

    def catch_up(self) -> None:
        """Write what could not be written before."""
        for name, data in list(self._unwritten.items()):
            self.keep(name, data)

    def drop(self, name: str) -> None:
        """Remove it; if that cannot be, say so."""
        self._unwritten.pop(name, None)
        with self._trouble.about(f"state {name}"):
            self._folder.remove(name)

    def recall(self, name: str, known: Callable[[Any], Known], fresh: Known) -> Known:
        """What was kept, understood by `known`; `fresh` where nothing was, or what was is damaged and now set aside."""
        try:
            data = self._folder.read(name)
            return fresh if data is None else known(data)
        except (Problem, ArithmeticError, AttributeError, KeyError, RecursionError, TypeError, ValueError):
            aside = self._folder.set_aside(name)
            self._trouble.mended(f"{name} in the state folder was damaged; it is forgotten and lies aside as {aside}")
            return fresh
