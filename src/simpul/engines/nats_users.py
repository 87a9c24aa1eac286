"""Who speaks on the bus, and where the answers to each one's requests arrive. Client and server agree here."""

from __future__ import annotations

# The instance itself, which may do everything.
OWNER = "simpul"
INBOXES = "_INBOX"


def agent_user(name: str) -> str:
    """The user of a gateway's agent."""
    return f"agent-{name}"


def inbox(user: str) -> str:
    """Below it lie the answers to this user's requests; no other agent may listen there."""
    return f"{INBOXES}.{user}" if user else INBOXES


def without_secrets(url: str) -> str:
    """The address as it may be shown."""
    before, at, after = url.rpartition("@")
    return f"{before.partition('//')[0]}//{after}" if at else url
