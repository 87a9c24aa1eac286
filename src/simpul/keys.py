"""The instance's own secrets: made once, mode 0600, outside every backup."""

from __future__ import annotations

import secrets
from pathlib import Path

from cryptography.fernet import Fernet

from simpul.kit.keyfile import read_or_make


def secret_key(data_dir: Path) -> str:
    """Signs sessions and short-lived tokens."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return read_or_make(data_dir / "secret.key", lambda: secrets.token_urlsafe(50))


def credential_keys(data_dir: Path) -> list[str]:
    """Keys that seal outside peers' credentials, newest first; one per line, so that keys can be rotated."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return read_or_make(data_dir / "credential.key", lambda: Fernet.generate_key().decode()).split()
