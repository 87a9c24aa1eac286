"""The key files of a data folder: what each must be like, and what follows where one is lost.

Looked at before a start and by `simpul doctor`. Loads no cryptography, so that the supervisor stays small; whoever uses
a key looks deeper.
"""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from simpul.kit.keyfile import KeyFile
from simpul.kit.problem import Problem

# As long as a secret must be that nobody guesses it; those that are made here are longer.
LEAST_CHARACTERS = 32
# Folders of earlier days may hold a bus key that an administrator chose.
LEAST_OF_BUS = 16
SEED_BYTES = 32
NEW_CREDENTIALS = "then every gateway's agent needs a new credential"


def _is_long(text: str) -> bool:
    return len(text) >= LEAST_OF_BUS and not any(character.isspace() for character in text)


def _is_seed(text: str, alphabet: bytes | None = None) -> bool:
    try:
        return len(base64.b64decode(text, alphabet, validate=True)) == SEED_BYTES
    except (binascii.Error, ValueError):
        return False


def _are_seeds(text: str) -> bool:
    return all(_is_seed(line, b"-_") for line in text.split())


def _is_pem(text: str) -> bool:
    return text.startswith("-----BEGIN ") and text.endswith("-----") and "\n-----END " in text


NEW_SIGN_IN = "then everybody has to sign in again, with a new second step"
SECRET = KeyFile("secret.key", lambda text: len(text) >= LEAST_CHARACTERS, NEW_SIGN_IN)
CREDENTIALS = KeyFile("credential.key", _are_seeds, "then every stored password of a device has to be entered again")
PLAN = KeyFile("plan.key", _is_seed, NEW_CREDENTIALS)
BUS = KeyFile("bus.key", _is_long, NEW_CREDENTIALS)
_AUTHORITY = "with bus-ca.key, bus-ca.pem and bus-cert.pem, all three; " + NEW_CREDENTIALS
KEY_FILES = (
    SECRET,
    CREDENTIALS,
    PLAN,
    BUS,
    KeyFile("bus-ca.key", _is_pem, _AUTHORITY),
    KeyFile("bus-ca.pem", _is_pem, _AUTHORITY),
    KeyFile("bus-cert.key", _is_pem, "then a new one is made"),
)


def problems(folder: Path) -> list[str]:
    """What is wrong with the key files that are there, one line each."""
    found = []
    for file in KEY_FILES:
        try:
            file.read(folder)
        except Problem as problem:
            found.append(str(problem))
    return found


def check_keys(folder: Path) -> None:
    """Raise Problem where a key file cannot be used: nothing shall start with it."""
    found = problems(folder)
    if found:
        raise Problem(found[0])
