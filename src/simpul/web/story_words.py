"""What the register refuses to believe about a site, in the words of a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from simpul.kit.problem import Problem
from simpul.register.logic import story
from simpul.register.service import rollout
from simpul.web import figures
from simpul.web.evidence import EVIDENCE_SAID
from simpul.web.lamps import lamp_of


def said(problem: Problem) -> str:
    """One or two sentences: what is wrong, what to do. An unknown problem keeps its English line."""
    for kind, words in SAID.items():
        if isinstance(problem, kind):
            return str(words(problem))
    return str(problem)


def _so_already(problem: story.NothingNew) -> str:
    when = figures.moment(problem.since) if problem.since else _("the beginning")
    return _("It was so already, since %(when)s. There is nothing to record.") % {"when": when}


def _steps_missing(problem: story.StepMissing) -> str:
    steps = ", ".join(lamp_of(problem.track, step).word for step in problem.missing)
    return _("These must come first: %(steps)s. Record them first.") % {"steps": steps}


def _breaks_later(problem: story.BreaksLater) -> str:
    words = {"state": lamp_of(problem.track, problem.later.state).word, "when": figures.moment(problem.later.at)}
    return _('Then "%(state)s" on %(when)s would no longer follow. Take that line back first.') % words


def _not_lit(problem: story.NetworkNotLit) -> str:
    said = _("From %(when)s on the internet would be on without a lit network. Record the network first.")
    return said % {"when": figures.moment(problem.moment)}


def _paused(problem: story.Paused) -> str:
    words = {"since": figures.day(problem.pause.at)}
    return _("It is recorded as stalled since %(since)s. Record that it goes on first.") % words


def _stalled_already(problem: rollout.AlreadyStalled) -> str:
    words = {"since": figures.day(problem.stall.at)}
    return _("It is recorded as stalled already since %(since)s. End that first.") % words


def _handed_over(problem: rollout.AlreadyHandedOver) -> str:
    words = {"number": problem.handover.document_number}
    return _("It was handed over under this contract already, by %(number)s.") % words


SAID: dict[type[Problem], Callable[[Any], str | Promise]] = {
    **EVIDENCE_SAID,
    story.InTheFuture: lambda _p: _("That moment has not come yet. Record it when it has happened."),
    story.NotApplicable: lambda _p: _(
        "A site joined this way has no such step. Choose another step, or mend how the site is joined."
    ),
    story.NothingNew: _so_already,
    story.StepMissing: _steps_missing,
    story.ReasonMissing: lambda _p: _("A step back or a cut-off needs its reason. Write it down."),
    story.NotOn: lambda _p: _("The internet was not on at that moment, so it cannot be cut off."),
    story.BreaksLater: _breaks_later,
    story.NetworkNotLit: _not_lit,
    story.Paused: _paused,
    rollout.AlreadyStalled: _stalled_already,
    rollout.NothingToStall: lambda _p: _("It had reached its end by then, so nothing could stall. Mend the date."),
    rollout.StallTimes: lambda _p: _(
        "A stall needs a reason and a moment that has come, and it cannot end before it began."
    ),
    rollout.AlreadyHandedOver: _handed_over,
}
