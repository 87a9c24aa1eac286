"""The job that checks the whole log, for a page that cannot wait for it."""

from __future__ import annotations

from simpul.record.jobs import JobRun
from simpul.record.verify import verify_chain


def check(run: JobRun) -> dict[str, object]:
    """`{"ok", "entries", "head", "fault": {"seq", "kind", "ref"} or None, "said"}`; `head` is the last link's hash."""
    run.progress(0, 1)
    verdict = verify_chain()
    fault = verdict.fault
    unguarded = f"triggers are missing: {', '.join(verdict.unguarded)}" if verdict.unguarded else ""
    return {
        "ok": verdict.ok,
        "entries": verdict.entries,
        "head": verdict.head.hash,
        "fault": {"seq": fault.seq, "kind": fault.kind, "ref": fault.ref} if fault else None,
        "said": fault.detail if fault else unguarded,
    }


# Kind of job -> its handler.
JOBS = {"record.verify": check}
