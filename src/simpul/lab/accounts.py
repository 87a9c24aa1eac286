"""Who may sign in to the demonstration. The sign-in page lists those whose password is shared."""

from __future__ import annotations

from dataclasses import dataclass

from simpul.lab.csv_tables import rows, yes

# Shown on the sign-in page of a demonstration; opens nothing but invented accounts.
DEMO_PASSWORD = "Contoh-Simpul-2026"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Account:
    """Who may sign in to the demonstration. `password` is None where it was shown once and is not known any more."""

    username: str
    name: str
    role: str
    organisation: str
    password: str | None


def accounts(one_time: str | None = None) -> tuple[Account, ...]:
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


def shown_accounts() -> list[tuple[str, str, str]]:
    """User name, role and password of those that anybody may try."""
    return [(each.username, each.role, each.password) for each in accounts() if each.password]
