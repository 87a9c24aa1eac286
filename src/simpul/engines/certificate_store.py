"""Where an own authority and its server certificate lie. Apart from what makes them, which loads much."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Store:
    """The files of one folder."""

    folder: Path

    @property
    def authority(self) -> Path:
        """What a client must trust; no secret."""
        return self.folder / "bus-ca.pem"

    @property
    def authority_key(self) -> Path:
        """Whoever has it can pretend to be the server."""
        return self.folder / "bus-ca.key"

    @property
    def certificate(self) -> Path:
        """What the server shows."""
        return self.folder / "bus-cert.pem"

    @property
    def key(self) -> Path:
        """The server's own key."""
        return self.folder / "bus-cert.key"
