"""The instance's own secrets: made once, mode 0600, outside every backup."""

from __future__ import annotations

import base64
import secrets
from pathlib import Path

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from simpul.up.key_files import CREDENTIALS, PLAN, SECRET


def secret_key(data_dir: Path) -> str:
    """Signs sessions and short-lived tokens. Raises Problem where its file is damaged, as all three do."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return SECRET.read_or_make(data_dir, lambda: secrets.token_urlsafe(50))


def credential_keys(data_dir: Path) -> list[str]:
    """Keys that seal outside peers' credentials, newest first; one per line, so that keys can be rotated."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return CREDENTIALS.read_or_make(data_dir, lambda: Fernet.generate_key().decode()).split()


def plan_key(data_dir: Path) -> Ed25519PrivateKey:
    """Signs the orders to gateways; their agents hold the public half."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = PLAN.read_or_make(data_dir, lambda: base64.b64encode(secrets.token_bytes(32)).decode())
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(made))
