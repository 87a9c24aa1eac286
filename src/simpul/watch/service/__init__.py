"""The verbs of the room for people. Alarms are opened, changed and closed by the watch alone (`keeping.py`)."""

from simpul.watch.service.handling import acknowledge, comment, end_silence, silence

__all__ = ["acknowledge", "comment", "end_silence", "silence"]
