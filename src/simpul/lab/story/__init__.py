"""The demonstration's story: who, where, by which contract, and how point after point was joined."""

from simpul.lab.story.people import DEMO_PASSWORD, Account
from simpul.lab.story.telling import NotEmpty, Told, tell

__all__ = ["DEMO_PASSWORD", "Account", "NotEmpty", "Told", "tell"]
