"""`simpul user ...`: people, from the machine itself. Whoever may run it may do everything, and the log says so."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import translation

from simpul.kit.actor import Actor
from simpul.kit.problem import Problem
from simpul.people.errors import OrganisationUnknown, UserUnknown
from simpul.people.logic.rights import Role
from simpul.people.models import Membership, Organisation, User
from simpul.people.service import (
    create_organisation,
    create_user,
    deactivate,
    end_membership,
    grant,
    invite,
    issue_token,
    reactivate,
    set_password,
)

ACTOR = Actor.system("cli")
ROLES = [role.value for role in Role if role is not Role.PUBLIC]


def register(parser: argparse.ArgumentParser) -> None:
    """The verbs below `user`."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    _verb(verbs, "list", "who there is, with roles", [])
    add = _verb(verbs, "add", "add a person; prints a link to set the password, unless one is given", ["username"])
    add.add_argument("--name", required=True, help="full name")
    add.add_argument("--email", default="", help="an identity provider may recognise the person by it")
    add.add_argument("--role", choices=ROLES, help="a first role, with --organisation")
    add.add_argument("--organisation", metavar="CODE", help="where the role is held")
    add.add_argument("--organisation-name", metavar="NAME", help="create the organisation (an agency) if it is missing")
    add.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    link = _verb(verbs, "invite", "print a link by which the person sets a password", ["username"])
    link.add_argument("--hours", type=int, default=72, help="how long it works (72, at most 720)")
    password = _verb(verbs, "password", "set a password: asked for, or from standard input", ["username"])
    password.add_argument("--stdin", action="store_true", help="read it from standard input")
    role = _verb(verbs, "role", "give or end a role", ["action", "username", "role", "organisation"])
    role.epilog = "simpul user role give siti operator diskominfo"
    token = _verb(verbs, "token", "print an API token of the person", ["username"])
    token.add_argument("--label", required=True, help="what for")
    token.add_argument("--days", type=int, default=90, help="how long it works (90, at most 366)")
    token.add_argument("--write", action="store_true", help="may also change data")
    _verb(verbs, "deactivate", "lock a person out and end all sessions", ["username"])
    _verb(verbs, "activate", "let a person sign in again", ["username"])


def run(args: argparse.Namespace) -> int:
    """Do it and say so. Problems are one line (exit status 2)."""
    with translation.override("en"):
        try:
            with transaction.atomic():
                answer = DOES[args.verb](args)
        except ValidationError as error:
            raise Problem(_one_line(error)) from None
        print(json.dumps(answer, ensure_ascii=False) if args.json else _plain(answer))
    return 0


def _verb(verbs: Any, name: str, summary: str, names: list[str]) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=summary, description=summary)
    for each in names:
        choices = {"action": ["give", "end"], "role": ROLES}.get(each)
        parser.add_argument(each, choices=choices, help={"organisation": "its code"}.get(each))
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _list(_: argparse.Namespace) -> dict[str, Any]:
    return {"people": [_row(user) for user in User.objects.prefetch_related("memberships__organisation")]}


def _add(args: argparse.Namespace) -> dict[str, Any]:
    if bool(args.role) != bool(args.organisation):
        raise Problem("--role and --organisation belong together. Give both or neither")
    password = _from_stdin() if args.password_stdin else None
    user = create_user(ACTOR, username=args.username, name=args.name, email=args.email, password=password)
    if args.role:
        grant(ACTOR, user, _organisation(args.organisation, args.organisation_name or ""), Role(args.role))
    answer = _row(user)
    return answer if password is not None else answer | _link(user, 72)


def _invite(args: argparse.Namespace) -> dict[str, Any]:
    user = _user(args.username)
    return {"username": user.username} | _link(user, args.hours)


def _password(args: argparse.Namespace) -> dict[str, Any]:
    user = _user(args.username)
    set_password(ACTOR, user, _from_stdin() if args.stdin else _asked_for(user))
    return {"username": user.username, "password": "set"}


def _role(args: argparse.Namespace) -> dict[str, Any]:
    user, organisation = _user(args.username), _organisation(args.organisation)
    if args.action == "give":
        grant(ACTOR, user, organisation, Role(args.role))
        return _row(user)
    membership = user.memberships.filter(organisation=organisation, role=args.role, until=None).first()
    if membership is None:
        raise Problem(f"{user.username} has no role {args.role} at {organisation.code}. See: simpul user list")
    end_membership(ACTOR, membership)
    return _row(user)


def _token(args: argparse.Namespace) -> dict[str, Any]:
    user = _user(args.username)
    issued = issue_token(ACTOR, user, label=args.label, days=args.days, may_write=args.write)
    return {
        "username": user.username,
        "token": issued.secret,
        "may_write": issued.token.may_write,
        "valid_until": issued.token.expires_at.isoformat(),
    }


def _deactivate(args: argparse.Namespace) -> dict[str, Any]:
    user = _user(args.username)
    deactivate(ACTOR, user)
    return _row(user)


def _activate(args: argparse.Namespace) -> dict[str, Any]:
    user = _user(args.username)
    reactivate(ACTOR, user)
    return _row(user)


DOES: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "list": _list,
    "add": _add,
    "invite": _invite,
    "password": _password,
    "role": _role,
    "token": _token,
    "deactivate": _deactivate,
    "activate": _activate,
}


def _user(username: str) -> User:
    try:
        return User.objects.get_by_natural_key(username)
    except User.DoesNotExist:
        raise UserUnknown(username=username) from None


def _organisation(code: str, name: str = "") -> Organisation:
    found = Organisation.objects.filter(code=code).first()
    if found is None and name:
        return create_organisation(ACTOR, code=code, name=name, kind=Organisation.Kind.AGENCY)
    if found is None:
        raise OrganisationUnknown(code=code)
    return found


def _link(user: User, hours: int) -> dict[str, str]:
    issued = invite(ACTOR, user, hours=hours)
    address = settings.CONFIGURATION.instance.public_url.rstrip("/") + reverse("invitation", args=[issued.secret])
    return {"link": address, "valid_until": issued.invitation.expires_at.isoformat()}


def _row(user: User) -> dict[str, Any]:
    open_roles: list[Membership] = [each for each in user.memberships.all() if each.until is None]
    return {
        "username": user.username,
        "name": user.name,
        "may_sign_in": user.is_active,
        "roles": [f"{each.role}@{each.organisation.code}" for each in open_roles],
    }


def _from_stdin() -> str:
    line = sys.stdin.readline().rstrip("\n")
    if not line:
        raise Problem(
            "no password on standard input. Write one line, for example: printf '%s\\n' ... | simpul user ..."
        )
    return line


def _asked_for(user: User) -> str:
    if not sys.stdin.isatty():
        raise Problem("there is no terminal to ask for the password. Use --stdin")
    first = getpass.getpass(f"New password of {user.username}: ")
    if getpass.getpass("The same again: ") != first:
        raise Problem("the two passwords differ. Nothing was changed")
    return first


def _one_line(error: ValidationError) -> str:
    parts = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    return "; ".join(f"{field}: {' '.join(said)}".removeprefix(": ") for field, said in parts.items())


def _plain(answer: dict[str, Any]) -> str:
    if "people" in answer:
        return "\n".join(map(_line, answer["people"])) or "nobody yet: simpul user add"
    if "roles" in answer:
        return "\n".join(
            [_line(answer), *(f"{key}: {answer[key]}" for key in ("link", "valid_until") if key in answer)]
        )
    return "\n".join(f"{key}: {value}" for key, value in answer.items())


def _line(row: dict[str, Any]) -> str:
    roles = ", ".join(row["roles"]) or "no role"
    return f"{row['username']:<20} {row['name']:<30} {roles}{'' if row['may_sign_in'] else ' (deactivated)'}"
