"""Django's name for the room, and the kind of address part that holds a code."""

from __future__ import annotations

from django.apps import AppConfig
from django.urls import register_converter

from simpul.kit.codes import from_address, in_address


class CodePart:
    """`<code:...>` in an address: every code of the database leads to its page, also one from before the rule."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        """The code that the part names."""
        return from_address(value)

    def to_url(self, value: str) -> str:
        """The part that names the code."""
        return in_address(value)


class WebConfig(AppConfig):
    """Before any page module lists its addresses, Django knows what a code is."""

    name = "simpul.web"

    def ready(self) -> None:
        """Name the converter."""
        register_converter(CodePart, "code")
