"""What the room refuses, by name: one line, in English for the command line, in the reader's language for pages."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext, gettext_noop

from simpul.kit.problem import Problem


class Refusal(Problem):
    """A wish that cannot be granted; the rooms above derive theirs. `values` fill the named places of `text`."""

    text: ClassVar[str] = ""

    def __init__(self, **values: object) -> None:
        super().__init__(self.text % values)
        self.values = values

    def shown(self) -> str:
        """The line in the language of the page."""
        return gettext(self.text) % self.values


class LastAdministrator(Refusal):
    """Nobody would be left to manage people."""

    text = gettext_noop(
        "%(name)s is the last administrator who may sign in. Make somebody else an administrator first."
    )


class RoleDoesNotFit(Refusal):
    """Agency staff belong to an agency, provider staff to a provider or vendor."""

    text = gettext_noop(
        "The role %(role)s does not fit %(organisation)s. Agency staff belong to an agency or district office, "
        "provider staff to a provider or vendor."
    )


class AlreadyGranted(Refusal):
    """The same membership is open already."""

    text = gettext_noop("%(name)s already has the role %(role)s at %(organisation)s.")


class AlreadyEnded(Refusal):
    """A membership ends once."""

    text = gettext_noop("This role has already ended.")


class Inactive(Refusal):
    """What is asked makes sense only for people who may sign in."""

    text = gettext_noop("%(name)s is deactivated. Activate the account first.")


class InvitationUnknown(Refusal):
    """No such invitation, or it was withdrawn, used or has run out; which of these is not told to strangers."""

    text = gettext_noop("This invitation is not valid any more. Ask the administrator for a new one.")


class HoursOutOfRange(Refusal):
    """A link must work for a while, and not for ever."""

    text = gettext_noop("An invitation works for 1 to %(most)s hours, not for %(hours)s. Choose a number in between.")


class DaysOutOfRange(Refusal):
    """The same for a token."""

    text = gettext_noop("A token works for 1 to %(most)s days, not for %(days)s. Choose a number in between.")


class PasswordRefused(Refusal):
    """A password that is too weak; `reasons` says why."""

    text = gettext_noop("This password cannot be used. %(reasons)s")


class UserUnknown(Refusal):
    """No person of that name."""

    text = gettext_noop("There is no user %(username)s. simpul user list shows all.")


class OrganisationUnknown(Refusal):
    """No organisation of that code."""

    text = gettext_noop("There is no organisation with the code %(code)s. Create it first.")


class RunsTheNetwork(Refusal):
    """The settings name this organisation as the operator."""

    text = gettext_noop(
        "%(code)s runs this network: the setting instance.operator names it. It can neither go nor change its code."
    )


class NameOfAnother(Refusal):
    """Nobody signs with the name of somebody else, or of a role."""

    text = gettext_noop(
        '"%(name)s" is the name of another person or of a role. Write your own full name, or ask an administrator.'
    )
