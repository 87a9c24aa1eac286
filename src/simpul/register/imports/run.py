"""What the steps of an import need of whoever runs them: a job's runner, or the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from simpul.kit.actor import Actor


class Run(Protocol):
    """One run. `arguments` holds `{"batch": number}`; `actor` is who asked for it."""

    @property
    def arguments(self) -> Mapping[str, Any]: ...

    @property
    def actor(self) -> Actor: ...

    def progress(self, done: int, total: int = 0, step: str = "") -> None:
        """Say how far the work is; may raise to end it."""
