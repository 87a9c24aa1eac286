"""What may be written into settings: each check says what is wrong and what to write instead, or None."""

from __future__ import annotations

import ipaddress
import re
import zoneinfo
from urllib.parse import SplitResult, urlsplit

LANGUAGES = ("id", "en")
HOST_NAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\.[A-Za-z0-9]([A-Za-z0-9-]{0,62}))*")
# It becomes a user of the bus and a word of its subjects, which a dot would split.
AGENT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")


def check_listen(value: str) -> str | None:
    """Where the web server listens."""
    host, _, port = value.rpartition(":")
    if value == "unix" or (host and port.isdigit() and 0 < int(port) < 65536):
        return None
    return f'"{value}" is no address. Write host:port, for example 127.0.0.1:8000 or [::]:8000, or unix'


def _split(value: str) -> SplitResult:
    """The parts of an address; none at all where it, or its port, is no address."""
    try:
        parts = urlsplit(value)
        valid = parts.port != 0
    except ValueError:
        valid = False
    return parts if valid else urlsplit("")


def check_url(value: str) -> str | None:
    """An address for browsers."""
    parts = _split(value)
    if parts.scheme in ("http", "https") and parts.hostname and not parts.query:
        return None
    return f'"{value}" is no web address. Write for example https://simpul.example.org'


def check_issuer(value: str) -> str | None:
    """An identity provider, which must be spoken to safely."""
    wrong = check_url(value) if value else None
    parts = _split(value)
    if wrong or parts.scheme != "http" or parts.hostname in ("localhost", "127.0.0.1", "::1"):
        return wrong
    return f'"{value}" is not safe: whoever is on the way could sign in as anybody. Write https://'


def check_zone(value: str) -> str | None:
    """A time zone."""
    if value in zoneinfo.available_timezones():
        return None
    return f'time zone "{value}" is not known here. Write for example Asia/Jakarta (none known: apt install tzdata)'


def check_languages(value: tuple[str, ...]) -> str | None:
    """Languages that pages are written in."""
    if value and set(value) <= set(LANGUAGES):
        return None
    spoken = " and ".join(LANGUAGES)
    return f'{", ".join(value) or "nothing"}: Simpul speaks {spoken}. Write for example ["id", "en"]'


def check_database(value: str) -> str | None:
    """PostgreSQL, or nothing."""
    parts = _split(value)
    if not value or (parts.scheme in ("postgres", "postgresql") and parts.path.strip("/")):
        return None
    return "this is no PostgreSQL address. Write postgresql://user:password@host:5432/name, or nothing for SQLite"


def check_bus(value: str) -> str | None:
    """Another bus, or nothing."""
    if not value or (_split(value).scheme in ("nats", "tls") and _split(value).hostname):
        return None
    # It may hold a password.
    shown = "this" if "@" in value else f'"{value}"'
    return f"{shown} is no bus address. Write nats://host:4222 or tls://host:4222, or nothing for the own bus"


def check_bus_host(value: str) -> str | None:
    """What the own bus listens on."""
    if _is_address(value):
        return None
    return f'"{value}" is no address of this machine. Write for example 127.0.0.1, or 0.0.0.0 for all of them'


def check_bus_names(value: tuple[str, ...]) -> str | None:
    """What the own bus is called by."""
    wrong = [name for name in value if not (_is_address(name) or HOST_NAME.fullmatch(name))]
    if not wrong:
        return None
    return f'"{wrong[0]}" is neither a host name nor an address. Write for example ["bus.example.org", "192.0.2.10"]'


def check_proxies(value: tuple[str, ...]) -> str | None:
    """The own proxies."""
    for name in value:
        try:
            ipaddress.ip_network(name)
        except ValueError:
            return f'"{name}" is neither an address nor a network. Write for example ["127.0.0.1", "192.0.2.0/28"]'
    return None


def check_agents(value: tuple[str, ...]) -> str | None:
    """Codes of gateways."""
    wrong = [name for name in value if not AGENT_NAME.fullmatch(name)]
    if wrong:
        return f"\"{wrong[0]}\" cannot be an agent's name. Write a gateway's code: at most 60 letters, digits, - and _"
    twice = [name for name in value if value.count(name) > 1]
    return f'"{twice[0]}" is named twice. Name each gateway once' if twice else None


def check_agents_url(value: str) -> str | None:
    """What agents dial, or nothing."""
    if not value or (_split(value).scheme == "tls" and _split(value).hostname and "@" not in value):
        return None
    return "this is no address that agents can dial. Write tls://host:4222 without a name to sign in with"


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return "%" not in value


def check_bounds(value: tuple[float, ...]) -> str | None:
    """A box in degrees."""
    if len(value) == 4 and -90 <= value[0] < value[2] <= 90 and -180 <= value[1] < value[3] <= 180:
        return None
    written = ", ".join(f"{number:g}" for number in value)
    return f"{written}: this is no box. Write south, west, north and east in degrees, for example [-11, 95, 6, 141]"
