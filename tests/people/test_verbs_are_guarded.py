"""Every verb of every room takes the actor first and refuses one without permissions, before it does anything.

New verbs are found by themselves: all that a `simpul.<room>.service` offers. What is no verb, or asks for no
permission, stands below with its reason.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import Any, get_type_hints

import pytest

import simpul
from simpul.kit.actor import Actor, Forbidden
from simpul.record.models import LogEntry

NOBODY = Actor("user", "user:0", "nobody in particular")

# Only look: whoever calls them has narrowed the rows already, or shows nothing of anybody.
LOOKING = {
    "people.actor_for": "turns a person into an actor",
    "people.find_invitation": "who holds the link may look at it",
    "people.require_self_or_manager": "is itself the guard",
    "people.user_for_api_token": "who holds the token is the person",
    "record.audited": "turns a row into plain values",
    "record.change": "the transaction that verbs run in",
    "record.damaged_evidence": "checks files against their digests",
    "record.kind_of": "names a row",
    "record.open_evidence": "pages look first whether the row that carries it is visible",
    "record.read_token": "who holds a signed link has been let in when it was made",
    "record.ref_of": "names a row",
    "record.issue_token": "signs a link for a page that has asked already",
    "record.verify_chain": "gives a verdict, no entry",
    "register.next_free_in": "computes an address block",
    "register.snapshot": "daemons need the whole network; a page shows of it what it has asked for",
    "register.status_at": "takes sites that are narrowed already",
}
# Take the actor for the log only.
OPEN = {
    "people.accept_invitation": "the link is the permission",
    "people.note_sign_in_refused": "anybody may fail to sign in",
    "record.change": "the transaction that verbs run in; the verbs ask",
    "record.enqueue": "the room that owns the kind of job asks",
    "record.jobs_of": "shows the own jobs only",
}


def services() -> list[str]:
    """Every module `simpul.<room>.service`."""
    rooms = [room.name for room in pkgutil.iter_modules(simpul.__path__) if room.ispkg]
    found = []
    for room in rooms:
        names = {module.name for module in pkgutil.iter_modules(import_module(f"simpul.{room}").__path__)}
        if "service" in names:
            found.append(f"simpul.{room}.service")
    return found


def offered() -> dict[str, Callable[..., Any]]:
    """`room.verb` -> function, for every public function."""
    return {
        f"{name.split('.')[1]}.{verb}": function
        for name in services()
        for verb in import_module(name).__all__
        if inspect.isroutine(function := getattr(import_module(name), verb))
    }


VERBS = {name: function for name, function in offered().items() if name not in LOOKING}


class Anything:
    """Stands for whatever a verb wants, and belongs to somebody else. A guard may look at whose it is, at no more."""

    key = actor_key = "user:1"
    kind = "sites"

    @property
    def user(self) -> Anything:
        """Whose it is."""
        return self

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the verb read .{name} before it asked for a permission")


def stand_in(parameter: str) -> Any:
    """An argument; a real one where it is looked at to make the subject of the question."""
    return {"cidr": "192.0.2.0/24", "kind": "sites"}.get(parameter) or Anything()


def begin(outcome: object) -> None:
    """A generator does nothing, and refuses nothing, before its first step."""
    if inspect.isgenerator(outcome):
        next(outcome)


def test_the_rooms_with_verbs_are_found() -> None:
    assert {"simpul.people.service", "simpul.record.service", "simpul.register.service"} <= set(services())


@pytest.mark.parametrize("name", services())
def test_what_a_room_offers_is_a_list(name: str) -> None:
    assert import_module(name).__all__


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_takes_the_actor_first(name: str) -> None:
    first = next(iter(inspect.signature(VERBS[name]).parameters), "")
    assert first == "actor"
    assert get_type_hints(inspect.unwrap(VERBS[name]))["actor"] is Actor


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name in VERBS if name not in OPEN])
def test_a_verb_refuses_an_actor_without_permissions_before_all_else(name: str) -> None:
    parameters = list(inspect.signature(VERBS[name]).parameters.values())[1:]
    needed = [one for one in parameters if one.default is one.empty]
    positional = [stand_in(one.name) for one in needed if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    named = {one.name: stand_in(one.name) for one in needed if one.kind is one.KEYWORD_ONLY}
    before = LogEntry.objects.count()
    with pytest.raises(Forbidden):
        begin(VERBS[name](NOBODY, *positional, **named))
    assert LogEntry.objects.count() == before


def test_every_exception_names_something_that_exists() -> None:
    assert (set(LOOKING) | set(OPEN)) <= set(offered())
