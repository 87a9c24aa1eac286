"""The verbs of the room: the only writer of its tables. Each takes the actor first."""

from simpul.traffic.service.panic import panic
from simpul.traffic.service.plans import Preview, apply, confirm, draft, preview, return_to
from simpul.traffic.service.shares import remove_group, remove_share, set_group, set_share
from simpul.traffic.service.trials import try_out

__all__ = [
    "Preview",
    "apply",
    "confirm",
    "draft",
    "panic",
    "preview",
    "remove_group",
    "remove_share",
    "return_to",
    "set_group",
    "set_share",
    "try_out",
]
