"""The instance's own secrets: made once, mode 0600, outside every backup."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet


def secret_key(data_dir: Path) -> str:
    """Signs sessions and short-lived tokens."""
    return _kept(data_dir / "secret.key", lambda: secrets.token_urlsafe(50))


def credential_keys(data_dir: Path) -> list[str]:
    """Keys that seal outside peers' credentials, newest first; one per line, so that keys can be rotated."""
    return _kept(data_dir / "credential.key", lambda: Fernet.generate_key().decode()).split()


def _kept(path: Path, make: Callable[[], str]) -> str:
    """Read the file, or make it; of two processes that make it at once, the first one's stays."""
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(make())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text(encoding="ascii").strip()
