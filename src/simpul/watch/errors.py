"""What the room refuses, by name: one line, in English for the command line, in the reader's language for pages."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from simpul.people.errors import Refusal


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


class WindowTooFar(Refusal):
    """Nobody announces work for years."""

    text = gettext_noop("A maintenance window lies within %(days)s days before and after now. Check the year.")


class EndedBefore(Refusal):
    """The window is over."""

    text = gettext_noop("The maintenance window of %(ref)s is over. There is nothing to end.")


class NoTarget(Refusal):
    """The register knows nothing of that code."""

    text = gettext_noop("%(ref)s is no device, link, circuit, site or uplink that is watched. See: simpul watch status")


class NotWatching(Refusal):
    """Nothing is asked now, so nothing is known."""

    text = gettext_noop("Nothing is asked now: %(why)s")
