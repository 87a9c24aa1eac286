"""Secrets that an address carries never reach a log: an invitation, a reset link, a code or token in a query.

Whoever writes a line that others can read later passes it through `hidden`. It works on the finished text, so it
does not matter who wrote the line: the framework, a traceback, another program.
"""

from __future__ import annotations

import re

MARK = "***"
# Addresses whose last part opens something. A test walks all addresses and fails for one that is missing here.
SECRET_PATHS = ("invitation", "account/confirm-email", "account/password/reset/key")
SECRET_QUERIES = ("code", "state", "token", "id_token", "access_token", "key", "secret", "password", "nonce")
_END = r"[^\s\"'<>]"
_SECRET = re.compile(
    rf"(?P<path>/(?:{'|'.join(SECRET_PATHS)})/){_END}+"
    rf"|(?P<query>(?:[?&;]|%3F|%26)(?:{'|'.join(SECRET_QUERIES)})(?:=|%3D))[^\s\"'<>&;]+"
    r"|(?P<head>\bBearer\s+)[^\s\"'<>,]+",
    re.IGNORECASE,
)


def hidden(text: str) -> str:
    """The text with every secret of an address, and every bearer token, replaced by `***`."""
    return _SECRET.sub(lambda found: f"{found['path'] or found['query'] or found['head']}{MARK}", text)
