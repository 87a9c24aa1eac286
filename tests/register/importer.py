"""A process that runs import jobs on the test's database, until it is killed or nothing is left to do.

    python importer.py DATABASE EVIDENCE_FOLDER

Says "ready" when it begins and "idle" when no job is open any more.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import django
from django.conf import settings

settings.DATABASES["default"]["NAME"] = sys.argv[1]
settings.EVIDENCE_DIR = Path(sys.argv[2])
django.setup()

from simpul.record.models import Job, JobState  # noqa: E402
from simpul.record.runner import Config, JobRunner  # noqa: E402
from simpul.register.imports.steps import JOBS  # noqa: E402


def main() -> None:
    """Take jobs one after the other; those of killed processes as soon as their lease ends."""
    runner = JobRunner(Config(lease_seconds=0.3, attempts=1000), JOBS)
    print("ready", flush=True)
    while Job.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING]).exists():
        if not runner.run_one():
            time.sleep(0.05)
    print("idle", flush=True)


main()
