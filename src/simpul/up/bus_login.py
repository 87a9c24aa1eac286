"""How a process of the instance connects to the bus. Apart from `bus_access`, since it loads the client."""

from __future__ import annotations

from simpul.configuration import Configuration
from simpul.engines import nats
from simpul.engines.nats_users import OWNER
from simpul.up.bus_access import bus_authority, bus_password, bus_url


def bus_login(configuration: Configuration, client_name: str) -> nats.Config:
    """The client's settings for the own bus, or for the one that `bus.url` names."""
    if not configuration.bus.url:
        return nats.Config(
            url=bus_url(configuration),
            user=OWNER,
            password=bus_password(configuration),
            ca=bus_authority(configuration),
            client_name=client_name,
        )
    # Secrets in the address are the administrator's choice; else the token is shown.
    token = "" if "@" in configuration.bus.url else bus_password(configuration)
    return nats.Config(url=configuration.bus.url, token=token, ca=bus_authority(configuration), client_name=client_name)
