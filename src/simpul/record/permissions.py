"""The permissions that the verbs of this room ask for; who holds them is decided by the room above."""

from __future__ import annotations

ADD_EVIDENCE = "evidence.add"
MANAGE_CREDENTIALS = "credentials.manage"
MANAGE_JOBS = "jobs.manage"
SEE_AUDIT = "audit.see"
