"""People who do not exist: one for each role, and three of different agencies."""

from __future__ import annotations

import secrets

from django.contrib.auth.hashers import make_password

from simpul.kit.actor import Actor
from simpul.lab.accounts import DEMO_PASSWORD
from simpul.lab.csv_tables import rows
from simpul.lab.story.organisations import organisations
from simpul.people.logic.rights import Role
from simpul.people.service import create_user, grant

# Without letters and digits that look alike when read aloud from a screen.
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


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


def one_time_password() -> str:
    """About 74 bits, in groups that can be typed from a screen."""
    return "-".join("".join(secrets.choice(READABLE) for _ in range(5)) for _ in range(3))
