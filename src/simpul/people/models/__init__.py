"""Tables of the room, one file per noun."""

from simpul.people.models.invitation import Invitation
from simpul.people.models.membership import Membership
from simpul.people.models.organisation import Organisation
from simpul.people.models.token import ApiToken
from simpul.people.models.user import User

__all__ = ["ApiToken", "Invitation", "Membership", "Organisation", "User"]
