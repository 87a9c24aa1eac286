"""The group `bus`: turns into nats-server."""

from __future__ import annotations

import argparse

from simpul.configuration import load
from simpul.engines.nats_server import become_server, check_version, find_program, write_settings
from simpul.up.folder import bus_token


def register(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(_: argparse.Namespace) -> int:
    """Does not return: the process becomes the server."""
    configuration = load()
    program = find_program(configuration.bus.binary)
    check_version(program)
    settings = configuration.data.run / "nats.conf"
    write_settings(settings, configuration.bus.port, bus_token(configuration))
    become_server(program, settings)
