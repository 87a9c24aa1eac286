"""Who speaks on the bus, and where the answers to each one's requests arrive. Client and server agree here."""

from __future__ import annotations

import re

# The instance itself, which may do everything.
OWNER = "simpul"
INBOXES = "_INBOX"
# No wildcard, no empty word, and as long as inboxes are.
_PLACE = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){1,7}")
_LONGEST = 256


def agent_user(name: str) -> str:
    """The user of a gateway's agent."""
    return f"agent-{name}"


def inbox(user: str) -> str:
    """Below it lie the answers to this user's requests; no other agent may listen there."""
    return f"{INBOXES}.{user}" if user else INBOXES


def may_be_answered(subject: str, reply: str) -> bool:
    """Whether who asked on `subject` may have its answer at `reply`: an agent only below its own inbox.

    On `agent.NAME.do.>` only the instance may ask; on every other `agent.NAME.>` only that agent.
    """
    first, _, rest = subject.partition(".")
    name, _, what = rest.partition(".")
    asked_by_agent = first == "agent" and what.partition(".")[0] != "do"
    below = inbox(agent_user(name)) if asked_by_agent else INBOXES
    return len(reply) <= _LONGEST and _PLACE.fullmatch(reply) is not None and reply.startswith(f"{below}.")


def without_secrets(url: str) -> str:
    """The address as it may be shown."""
    before, at, after = url.rpartition("@")
    return f"{before.partition('//')[0]}//{after}" if at else url
