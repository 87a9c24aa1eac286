"""What the demonstration's settings say of its region. No Django: the command line reads it before anything starts."""

from __future__ import annotations

from simpul.lab.csv_tables import rows


def instance() -> dict[str, str]:
    """Settings of the section `instance` as one writes them into the environment: `{"name": ..., "timezone": ...}`."""
    return {row["key"]: row["value"] for row in rows("instance")}
