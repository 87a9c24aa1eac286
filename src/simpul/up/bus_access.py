"""Who may speak on the bus, where it is reached, and what an agent needs to take part.

The instance itself is one user, each gateway's agent another. An agent's password follows from the instance's bus
key and the agent's name, so nothing has to be kept about it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from pathlib import Path
from typing import Any

from simpul.configuration import Configuration
from simpul.engines.certificate_store import Store
from simpul.engines.nats_users import agent_user, without_secrets
from simpul.kit.problem import Problem
from simpul.up.key_files import BUS

CREDENTIAL_FORMAT = 1
LOOPBACK = ("localhost", "127.0.0.1", "::1")
# Who listens everywhere is reached on loopback.
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (compared, not bound)


def bus_password(configuration: Configuration) -> str:
    """What the instance itself shows: the configured token, else the key that it made for itself."""
    return configuration.bus.token or _bus_key(configuration)


def agent_password(configuration: Configuration, name: str) -> str:
    """What the agent of the gateway `name` shows; always the same for one data folder."""
    # Never from the configured token: a short one could be guessed from what an agent holds.
    digest = hmac.digest(_bus_key(configuration).encode(), f"agent {name}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def bus_address(configuration: Configuration) -> tuple[str, int]:
    """Where processes of this machine reach the own bus."""
    host = configuration.bus.host
    return EVERYWHERE.get(host, host), configuration.bus.port


def bus_url(configuration: Configuration) -> str:
    """The address that the instance's own processes dial."""
    return configuration.bus.url or _url(*bus_address(configuration))


def agents_url(configuration: Configuration) -> str:
    """The address that agents dial."""
    bus = configuration.bus
    if bus.agents_url or bus.url:
        return bus.agents_url or without_secrets(bus.url)
    return _url(bus.names[0] if bus.names else bus_address(configuration)[0], bus.port)


def bus_authority(configuration: Configuration) -> Path | None:
    """The file of the authority that the bus is checked by; None: those that the system trusts."""
    if not configuration.bus.url:
        return Store(configuration.data.folder).authority
    return None if configuration.bus.ca == Path() else configuration.bus.ca


def certificate_names(configuration: Configuration) -> list[str]:
    """All that the own bus may be called by."""
    own = [] if configuration.bus.host in EVERYWHERE else [configuration.bus.host]
    return [*LOOPBACK, *own, *configuration.bus.names]


def server_file(configuration: Configuration) -> Path:
    """The configuration file of the own bus."""
    return configuration.data.run / "nats.conf"


def agent_credential(configuration: Configuration, name: str, plan_key: bytes) -> dict[str, Any]:
    """What the agent of the gateway `name` needs; `plan_key` is the public key that orders are signed by (Ed25519).

    Raises Problem for a gateway that is not let in, and where the bus was never started.
    """
    if name not in configuration.bus.agents:
        known = ", ".join(configuration.bus.agents) or "none"
        raise Problem(f"{name}: no such agent (bus.agents: {known}). Add it to bus.agents and start Simpul again")
    file = bus_authority(configuration)
    try:
        trusted = file.read_text(encoding="ascii") if file else ""
    except FileNotFoundError:
        remedy = "Mend bus.ca" if configuration.bus.url else "Start Simpul once: simpul up"
        raise Problem(f"{file} does not exist. {remedy}") from None
    return {
        "format": CREDENTIAL_FORMAT,
        "name": name,
        "url": agents_url(configuration),
        "user": agent_user(name),
        "password": agent_password(configuration, name),
        "ca": trusted,
        "plan_key": base64.b64encode(plan_key).decode(),
    }


def _bus_key(configuration: Configuration) -> str:
    return BUS.read_or_make(configuration.data.folder, secrets.token_urlsafe)


def _url(host: str, port: int) -> str:
    return f"tls://[{host}]:{port}" if ":" in host else f"tls://{host}:{port}"
