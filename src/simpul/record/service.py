"""The verbs of the room, for all others: `from simpul.record import service as record`."""

from __future__ import annotations

from simpul.record.change import Change, Note, audited, change, kind_of, ref_of
from simpul.record.credentials import (
    Secret,
    Unsealable,
    WrongPurpose,
    credentials,
    discard,
    replace,
    reseal,
    seal,
    use,
)
from simpul.record.entries import entries
from simpul.record.evidence import Damaged, Empty, TooLarge, damaged_evidence, keep, open_evidence
from simpul.record.jobs import Cancelled, Handler, JobRun, cancel, enqueue, jobs_of
from simpul.record.logic.media import INLINE
from simpul.record.parked import parked_deliveries, retry_parked
from simpul.record.tokens import BadToken, TokenEnded
from simpul.record.tokens import issue as issue_token
from simpul.record.tokens import read as read_token
from simpul.record.verify import Verdict, verify_chain

__all__ = [
    "INLINE",
    "BadToken",
    "Cancelled",
    "Change",
    "Damaged",
    "Empty",
    "Handler",
    "JobRun",
    "Note",
    "Secret",
    "TokenEnded",
    "TooLarge",
    "Unsealable",
    "Verdict",
    "WrongPurpose",
    "audited",
    "cancel",
    "change",
    "credentials",
    "damaged_evidence",
    "discard",
    "enqueue",
    "entries",
    "issue_token",
    "jobs_of",
    "keep",
    "kind_of",
    "open_evidence",
    "parked_deliveries",
    "read_token",
    "ref_of",
    "replace",
    "reseal",
    "retry_parked",
    "seal",
    "use",
    "verify_chain",
]
