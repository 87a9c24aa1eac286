"""The verbs of the room, for all others: `from simpul.record import service as record`."""

from __future__ import annotations

from simpul.record.change import Change, Note, audited, change, kind_of, ref_of
from simpul.record.verify import Verdict, verify_chain

__all__ = [
    "Change",
    "Note",
    "Verdict",
    "audited",
    "change",
    "kind_of",
    "ref_of",
    "verify_chain",
]
