"""The steps of an import, as jobs and as the command line runs them. Only who runs them loads the readers of files."""

from simpul.register.imports.stage import stage
from simpul.register.imports.switch import apply, undo

# Kind of job -> its handler; the verbs in `register.service.imports` ask for them by these names.
JOBS = {"register.stage": stage, "register.apply": apply, "register.undo": undo}

__all__ = ["JOBS", "apply", "stage", "undo"]
