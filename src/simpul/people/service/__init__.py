"""Verbs of the room. The only writer of its tables."""

from simpul.people.service.actors import ANONYMOUS, actor_for, require_self_or_manager
from simpul.people.service.invitations import IssuedInvitation, accept_invitation, find_invitation, invite
from simpul.people.service.memberships import end_membership, grant
from simpul.people.service.organisations import create_organisation, remove_organisation, update_organisation
from simpul.people.service.sign_ins import note_second_factor, note_sign_in, note_sign_in_refused
from simpul.people.service.tokens import IssuedToken, issue_token, revoke_token, user_for_api_token
from simpul.people.service.users import (
    create_user,
    deactivate,
    end_sessions,
    reactivate,
    set_password,
    update_profile,
    update_user,
)

__all__ = [
    "ANONYMOUS",
    "IssuedInvitation",
    "IssuedToken",
    "accept_invitation",
    "actor_for",
    "create_organisation",
    "create_user",
    "deactivate",
    "end_membership",
    "end_sessions",
    "find_invitation",
    "grant",
    "invite",
    "issue_token",
    "note_second_factor",
    "note_sign_in",
    "note_sign_in_refused",
    "reactivate",
    "remove_organisation",
    "require_self_or_manager",
    "revoke_token",
    "set_password",
    "update_organisation",
    "update_profile",
    "update_user",
    "user_for_api_token",
]
