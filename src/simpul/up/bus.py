"""The group `bus`: turns into nats-server."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from simpul.configuration import Configuration, load
from simpul.engines.certificate_store import Store
from simpul.engines.certificates import ensure
from simpul.engines.nats_server import Settings, become_server, check_version, find_program, write_settings
from simpul.up.bus_access import agent_password, bus_password, certificate_names, server_file


def register(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(_: argparse.Namespace) -> int:
    """Does not return: the process becomes the server."""
    configuration = load()
    program = find_program(configuration.bus.binary)
    check_version(program)
    store = Store(configuration.data.folder)
    ensure(store, certificate_names(configuration), datetime.now(UTC))
    settings = server_file(configuration)
    write_settings(settings, server_settings(configuration, store))
    become_server(program, settings)


def server_settings(configuration: Configuration, store: Store) -> Settings:
    """What the server is told."""
    return Settings(
        host=configuration.bus.host,
        port=configuration.bus.port,
        certificate=store.certificate,
        key=store.key,
        password=bus_password(configuration),
        agents={name: agent_password(configuration, name) for name in configuration.bus.agents},
    )
