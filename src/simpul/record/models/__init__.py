"""Tables of the room, one file per noun."""

from simpul.record.models.credential import Credential
from simpul.record.models.evidence import Evidence
from simpul.record.models.job import OPEN_STATES, Job, JobState
from simpul.record.models.log import LogEntry, LogHead
from simpul.record.models.outbox import FailedDelivery, Handled, OutboxEvent

__all__ = [
    "OPEN_STATES",
    "Credential",
    "Evidence",
    "FailedDelivery",
    "Handled",
    "Job",
    "JobState",
    "LogEntry",
    "LogHead",
    "OutboxEvent",
]
