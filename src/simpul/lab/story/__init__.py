"""The demonstration's story: who, where, by which contract, and how point after point was joined."""

from simpul.lab.story.telling import NotEmpty, Told, tell

__all__ = ["NotEmpty", "Told", "tell"]
