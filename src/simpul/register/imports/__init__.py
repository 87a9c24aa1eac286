"""Reading sites, contracts and areas from files: stage, look at the differences, apply in one switch, undo."""

from simpul.register.imports.stage import stage
from simpul.register.imports.switch import apply, undo

# Kind of job -> its handler; the verbs in `register.service.imports` ask for them by these names.
JOBS = {"register.stage": stage, "register.apply": apply, "register.undo": undo}

__all__ = ["JOBS", "apply", "stage", "undo"]
