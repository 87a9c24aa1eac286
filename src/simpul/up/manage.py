"""`simpul manage COMMAND ...`: Django's management commands (migrate, makemigrations, shell ...)."""

from __future__ import annotations

import argparse

from django.core.management import execute_from_command_line


def register(parser: argparse.ArgumentParser) -> None:
    """The whole line goes to Django."""
    parser.add_argument("command", nargs=argparse.REMAINDER, help="a command and its arguments; help lists them")


def run(args: argparse.Namespace) -> int:
    """Django reports its own errors and exits."""
    execute_from_command_line(["simpul manage", *args.command])
    return 0
