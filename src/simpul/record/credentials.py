"""Secrets for outside peers: sealed at rest, opened for one stated purpose, every use in the log.

The keys stand outside the database and outside its backups (`settings.CREDENTIAL_KEYS`, newest first), so a copy of
the database opens nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db.models import QuerySet

from simpul.kit.actor import Actor
from simpul.kit.problem import Problem
from simpul.record.change import Change, change, kind_of, ref_of
from simpul.record.models import Credential, LogEntry
from simpul.record.permissions import MANAGE_CREDENTIALS


class WrongPurpose(Problem):
    """The credential was sealed for something else."""


class Unsealable(Problem):
    """The credential cannot be opened: its key is gone, or its row was tampered with."""


class Secret:
    """A text that shows itself only when asked: not in a log, a traceback, a page or a pickle."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself. Hand it to the peer and forget it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __reduce__(self) -> Any:
        raise TypeError("a secret is not written anywhere")


def credentials(actor: Actor) -> QuerySet[Credential]:
    """All credentials, without their secrets. Raises Forbidden."""
    actor.require(MANAGE_CREDENTIALS)
    return Credential.objects.defer("sealed")


def seal(actor: Actor, name: str, purpose: str, secret: str) -> Credential:
    """Keep a secret under a name that is not taken; `purpose` is what it may be used for, for ever."""
    actor.require(MANAGE_CREDENTIALS)
    with change(actor) as this:
        credential = Credential(name=name, purpose=purpose, sealed=_seal(name, purpose, secret), created_at=this.at)
        credential.full_clean(exclude={"rotated_at"})
        credential.save(force_insert=True)
        this.created(credential)
    return credential


def use(actor: Actor, pk: int, purpose: str) -> Secret:
    """Open a credential for the purpose it was sealed for; the log says who did and why.

    For the program's daemons and for who manages credentials. A daemon opens it once and keeps it in memory: each
    call is a line in the log. Raises Forbidden, WrongPurpose, Unsealable or Credential.DoesNotExist.
    """
    actor.require(MANAGE_CREDENTIALS)
    with change(actor) as this:
        credential = Credential.objects.get(pk=pk)
        fits = credential.purpose == purpose
        verb = LogEntry.Verb.USED if fits else LogEntry.Verb.REFUSED
        _say(this, verb, credential, purpose)
    if not fits:
        raise WrongPurpose(f"credential {credential.name} is for {credential.purpose}, not for {purpose}. Seal another")
    return Secret(_unseal(credential))


def replace(actor: Actor, credential: Credential, secret: str) -> Credential:
    """Put a new secret in the place of the old one: the peer's password was changed."""
    actor.require(MANAGE_CREDENTIALS)
    with change(actor, credential) as this:
        credential.sealed = _seal(credential.name, credential.purpose, secret)
        credential.rotated_at = this.at
        credential.save(update_fields=["sealed", "rotated_at"])
    return credential


def reseal(actor: Actor) -> int:
    """Seal every credential anew with the newest key, so that older keys can be thrown away. Returns how many.

    Raises Unsealable, and changes nothing, if one of them cannot be opened.
    """
    actor.require(MANAGE_CREDENTIALS)
    keys = _keys()
    with change(actor, note="sealed anew with the newest key") as this:
        rows = list(Credential.objects.select_for_update())
        for credential in rows:
            _unseal(credential)
            credential.sealed = keys.rotate(credential.sealed.encode()).decode()
            credential.save(update_fields=["sealed"])
            _say(this, LogEntry.Verb.CHANGED, credential, credential.purpose)
    return len(rows)


def discard(actor: Actor, credential: Credential) -> None:
    """Forget a credential."""
    actor.require(MANAGE_CREDENTIALS)
    with change(actor) as this:
        this.deleted(credential)
        credential.delete()


def _say(this: Change, verb: LogEntry.Verb, credential: Credential, purpose: str) -> None:
    this.did(verb, kind_of(credential), ref_of(credential), after={"name": credential.name, "purpose": purpose})


def _keys() -> MultiFernet:
    given = settings.CREDENTIAL_KEYS
    keys: Sequence[str] = given() if callable(given) else given
    return MultiFernet([Fernet(key) for key in keys])


def _seal(name: str, purpose: str, secret: str) -> str:
    # Name and purpose are sealed in, so that a secret moved to another row does not open there.
    return _keys().encrypt(json.dumps([name, purpose, secret]).encode()).decode()


def _unseal(credential: Credential) -> str:
    try:
        name, purpose, secret = json.loads(_keys().decrypt(credential.sealed.encode()))
    except InvalidToken:
        raise Unsealable(
            f"credential {credential.name}: no key in credential.key opens it. Put the file's older keys back"
        ) from None
    if (name, purpose) != (credential.name, credential.purpose):
        raise Unsealable(f"credential {credential.name}: its secret was sealed for another row. Seal it again")
    text: str = secret
    return text
