"""What the room refuses, by name: one line, in English for the command line, in the reader's language for pages."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from simpul.people.errors import Refusal


class NoPlan(Refusal):
    """The policy and the register do not make a plan; `reason` says why."""

    text = gettext_noop("There can be no plan: %(reason)s.")


class NotDraft(Refusal):
    """Only a draft can be ordered, and only once."""

    text = gettext_noop("Plan %(number)s is no draft any more (%(state)s). Draft a new one.")


class Outdated(Refusal):
    """Another plan came into force since this one was drafted, so its comparison is not true any more."""

    text = gettext_noop("Plan %(number)s was compared with plan %(base)s, but plan %(now)s is in force. Draft it anew.")


class Overtaken(Outdated):
    """A plan drafted after this one was ordered already; a gateway takes higher numbers only."""

    text = gettext_noop("Plan %(newer)s was ordered since plan %(number)s was drafted. Draft it anew.")


class NotOnTrial(Refusal):
    """Only what is on trial can be confirmed."""

    text = gettext_noop("Plan %(number)s waits for no confirmation (%(state)s).")


class TooLate(Refusal):
    """The gateway has gone back by itself, or does so now."""

    text = gettext_noop("The time to confirm plan %(number)s is over. The gateway goes back to the plan before.")


class NeverInForce(Refusal):
    """A return leads to what was in force once."""

    text = gettext_noop("Plan %(number)s was never in force at %(gateway)s. Choose one that was.")


class TimeOutOfRange(Refusal):
    """Somebody must be able to confirm in time, and the old plan must not hang in the air for hours."""

    text = gettext_noop("A plan is confirmed within %(least)s to %(most)s seconds, not %(seconds)s.")


class NoGateway(Refusal):
    """The register knows no such gateway, or several and none was named."""

    text = gettext_noop("%(wish)s Gateways with a way out to the internet: %(known)s.")


class NoShare(Refusal):
    """The site has none."""

    text = gettext_noop("%(site)s has no share.")


class GroupInUse(Refusal):
    """Sites or groups stand in it."""

    text = gettext_noop("Group %(code)s is still used by %(users)s. Move these first.")


class Busy(Refusal):
    """One trial at a time: whoever confirms must know what is confirmed."""

    text = gettext_noop(
        "Plan %(number)s of %(author)s is on its way or on trial at %(gateway)s. Nothing was changed. "
        "Wait until it is kept or taken back, then look at the preview again."
    )


class NotAsSeen(Refusal):
    """What would be ordered is not what the preview showed."""

    text = gettext_noop(
        "Something else was decided since this preview was made. Nothing was changed. Look at the new preview."
    )


class NothingNew(Refusal):
    """The plan in force says the same already."""

    text = gettext_noop("These values are in force already. There is nothing to try out.")


class Starves(Refusal):
    """The plan would break a rule; `reasons` are of `logic.admission`."""

    text = gettext_noop("The plan is refused: %(words)s. Nothing was changed.")
