"""What the room refuses, by name: one line, in English for the command line, in the reader's language for pages."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext, gettext_noop

from simpul.kit.problem import Problem


class Refusal(Problem):
    """A wish about alarms that cannot be granted. `values` fill the named places of `text`."""

    text: ClassVar[str] = ""

    def __init__(self, **values: object) -> None:
        super().__init__(self.text % values)
        self.values = values

    def shown(self) -> str:
        """The line in the language of the page."""
        return gettext(self.text) % self.values


class AlreadyOver(Refusal):
    """Nobody has to acknowledge what is over."""

    text = gettext_noop("Alarm %(alarm)s is over. There is nothing left to acknowledge.")


class NoWords(Refusal):
    """A comment says something."""

    text = gettext_noop("The comment is empty. Write what the next person should know.")


class NoElement(Refusal):
    """Maintenance is announced for something that the register knows."""

    text = gettext_noop("%(ref)s is no device, link, circuit, site or uplink of the register. Check the code.")


class WrongWindow(Refusal):
    """A window ends after its start, in the future."""

    text = gettext_noop("A maintenance window ends after its start and not in the past.")


class EndedBefore(Refusal):
    """The window is over."""

    text = gettext_noop("The maintenance window of %(ref)s is over. There is nothing to end.")


class NoTarget(Refusal):
    """The register knows nothing of that code."""

    text = gettext_noop("%(ref)s is no device, link, circuit, site or uplink that is watched. See: simpul watch status")
