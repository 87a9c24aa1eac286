"""People who do not exist: one for each role, and three of different agencies."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from simpul.kit.actor import Actor
from simpul.lab.story.organisations import organisations
from simpul.lab.story.tables import rows, yes
from simpul.people.logic.rights import Role
from simpul.people.service import create_user, grant

# Shown on the sign-in page of a demonstration; opens nothing but invented accounts.
DEMO_PASSWORD = "Contoh-Simpul-2026"  # noqa: S105
# Without letters and digits that look alike when read aloud from a screen.
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Account:
    """Who may sign in to the demonstration. `password` is None where it was shown once and is not known any more."""

    username: str
    name: str
    role: str
    organisation: str
    password: str | None


def write(actor: Actor) -> str:
    """Add all accounts; returns the administrator's one-time password, which is kept nowhere."""
    known, one_time = organisations(), one_time_password()
    # A hash is slow on purpose; invented people may share one, as they share the password.
    hashes = {"yes": make_password(DEMO_PASSWORD), "no": make_password(one_time)}
    for row in rows("accounts"):
        user = create_user(
            actor,
            username=row["username"],
            name=row["name"],
            email=row["email"],
            password_hash=hashes[row["shared_password"]],
            is_sample=True,
        )
        grant(actor, user, known[row["organisation"]], Role(row["role"]))
    return one_time


def accounts(one_time: str | None) -> tuple[Account, ...]:
    """All accounts, the administrator first."""
    return tuple(
        Account(
            username=row["username"],
            name=row["name"],
            role=row["role"],
            organisation=row["organisation"],
            password=DEMO_PASSWORD if yes(row["shared_password"]) else one_time,
        )
        for row in rows("accounts")
    )


def one_time_password() -> str:
    """About 74 bits, in groups that can be typed from a screen."""
    return "-".join("".join(secrets.choice(READABLE) for _ in range(5)) for _ in range(3))
