"""Words for what the log holds besides columns: who did what in a sentence, why a sign-in was refused, which work."""

from __future__ import annotations

import re

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from simpul.record.models import LogEntry

Verb = LogEntry.Verb
# Tables that the program keeps for itself; nobody looks for a change of theirs.
TECHNICAL = frozenset(
    {
        "record.faileddelivery",
        "record.handled",
        "record.logentry",
        "record.loghead",
        "record.outboxevent",
        "register.importrow",
    }
)
WORK: dict[str, Promise] = {
    "record.verify": _("Check of the log's chain"),
    "register.stage": _("Reading the file"),
    "register.apply": _("Applying the import"),
    "register.undo": _("Undoing the import"),
}
# What entries hold that is no column of their table.
NAMES: dict[str, Promise] = {
    "batch": _("number of the import"),
    "changed": _("rows changed"),
    "digest": _("fingerprint of what was written"),
    "file": _("file"),
    "kind": _("kind"),
    "means": _("by means of"),
    "new": _("new rows"),
    "password": _("password"),
    "reason": _("reason"),
    "removed": _("rows removed"),
    "restored": _("rows as before"),
    "sessions_ended": _("sign-ins ended"),
    "sha256": _("SHA-256"),
    "sign_in": _("ways to sign in"),
}
VALUES: dict[str, dict[str, Promise]] = {
    "kind": {
        "areas": _("areas"),
        "contracts": _("contracts"),
        "sites": _("sites"),
        **WORK,
    },
    "means": {
        "password": _("password"),
        "recovery_codes": _("recovery code"),
        "socialaccount": _("identity provider"),
        "totp": _("code of an app"),
        "webauthn": _("passkey"),
    },
    "password": {"set": _("set anew")},
    "reason": {
        "deactivated": _("the account is deactivated"),
        "identity provider: nobody invited": _("the identity provider named somebody who was not invited"),
        "too many attempts": _("too many attempts"),
        "wrong code": _("wrong code"),
        "wrong name or password": _("wrong name or password"),
    },
    "sign_in": {
        "identity provider linked": _("identity provider linked"),
        "identity provider unlinked": _("identity provider unlinked"),
        "passkey added": _("passkey added"),
        "passkey removed": _("passkey removed"),
        "recovery codes made": _("recovery codes made"),
        "totp added": _("code of an app added"),
        "totp removed": _("code of an app removed"),
    },
}
_UNKNOWN = re.compile(r"unknown name, (\d+) characters, (#[0-9a-f]+)")


def sentence(entry: LogEntry, kind: str) -> str:
    """Who did what: `Sari changed site DINKES`. `kind` is the kind's name in the reader's language."""
    what = {"who": entry.actor_name, "kind": kind, "ref": code_of(entry)}
    signing_in = entry.kind == "people.user"
    said = {
        Verb.CREATED: gettext("%(who)s created %(kind)s %(ref)s"),
        Verb.CHANGED: gettext("%(who)s changed %(kind)s %(ref)s"),
        Verb.DELETED: gettext("%(who)s deleted %(kind)s %(ref)s"),
        Verb.IMPORTED: gettext("%(who)s applied %(kind)s %(ref)s"),
        Verb.UNDONE: gettext("%(who)s took back %(kind)s %(ref)s"),
        Verb.USED: gettext("%(who)s used %(kind)s %(ref)s"),
        Verb.SIGNED_IN: gettext("%(who)s signed in"),
        Verb.REFUSED: gettext("Sign-in as %(ref)s was refused")
        if signing_in
        else gettext("%(who)s was refused: %(kind)s %(ref)s"),
    }
    return said.get(Verb(entry.verb), "%(who)s %(kind)s %(ref)s") % what


def object_of(entry: LogEntry, kind: str) -> str:
    """What stands between the verb and the code in a list: mostly the kind's name."""
    if entry.kind != "people.user":
        return kind
    return {Verb.SIGNED_IN.value: gettext("as"), Verb.REFUSED.value: gettext("sign-in as")}.get(entry.verb, kind)


def code_of(entry: LogEntry) -> str:
    """The object's code; of a name that nobody has, what little the log keeps."""
    unknown = _UNKNOWN.fullmatch(entry.ref)
    if unknown is None:
        return entry.ref
    return gettext("an unknown name of %(length)s characters (%(mark)s)") % {"length": unknown[1], "mark": unknown[2]}
