"""The tables of the room. Rows are written by `simpul.watch.service` and the watch only."""

from simpul.watch.models.alarm import Alarm, AlarmComment
from simpul.watch.models.silence import Silence

__all__ = ["Alarm", "AlarmComment", "Silence"]
