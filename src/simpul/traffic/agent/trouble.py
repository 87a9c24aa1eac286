"""What is wrong now, and what was mended a moment ago, in one line each: for the log and for every report."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from simpul.kit.problem import Problem

log = logging.getLogger(__name__)

REMEMBERED_SECONDS = 60.0


class Trouble:
    """A trouble stays until its subject is well again; what was mended is remembered for a minute."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._now: dict[str, str] = {}
        self._mended: list[tuple[float, str]] = []

    @contextmanager
    def about(self, subject: str) -> Iterator[None]:
        """What goes wrong inside is told, and the agent goes on with the rest."""
        try:
            yield
        except Problem as problem:
            self.tell(subject, str(problem))
        else:
            self.tell(subject, "")

    def tell(self, subject: str, text: str) -> None:
        """Something is wrong with the subject; an empty text: all is well with it."""
        before = self._now.pop(subject, "")
        known = text in self._now.values()
        if text:
            self._now[subject] = text
        if text != before and not known:
            log.log(logging.WARNING if text else logging.INFO, "%s", text or f"{subject}: well again")

    def stands(self, subject: str) -> bool:
        """Whether something is wrong with the subject."""
        return subject in self._now

    def now(self) -> dict[str, str]:
        """What is wrong at this moment, by subject."""
        return dict(self._now)

    def mended(self, text: str) -> None:
        """Something was not as it must be, and is again."""
        log.warning("%s", text)
        self._mended.append((self._monotonic(), text))

    def lines(self) -> list[str]:
        """All of it for the report, each once, though several subjects suffer from it."""
        oldest = self._monotonic() - REMEMBERED_SECONDS
        self._mended = [entry for entry in self._mended if entry[0] >= oldest]
        return list(dict.fromkeys([*self._now.values(), *(text for _, text in self._mended)]))
