"""What `simpul doctor` says of the measurements: the disk they will take, and what was lost on the way."""

from __future__ import annotations

import shutil

from simpul.configuration import Configuration
from simpul.store import spool
from simpul.store.logic.need import shown
from simpul.store.note import read_note
from simpul.up.checks import Check

NAME = "measurements"
MB = 1_000_000


def measurements(configuration: Configuration) -> Check:
    """Is there room for the whole retention, and did all arrive?"""
    data, settings = configuration.data, configuration.store
    note = read_note(data.store)
    if note is None:
        return Check(NAME, "ok", "none yet; the disk that their retention needs is said when some are there")
    free = max(0, shutil.disk_usage(data.store).free - settings.guard_mb * MB)
    kept = f"{settings.raw_days}, {settings.five_minute_days} and {settings.hour_days} days"
    need = "not known yet" if note.needed is None else f"about {shown(note.needed)}"
    what = f"{shown(note.held)} held, {need} needed to keep them {kept}, {shown(free)} free above store.guard_mb"
    short = (note.needed or 0) - note.held - free
    if short > 0:
        remedy = f"make {shown(short)} of room, or keep them for less time: store.raw_days takes most"
        return Check(NAME, "warn", what, remedy)
    broken, lost = spool.broken_files(data.spool), spool.losses(data.spool)
    if lost:
        who = ", ".join(f"{rows} of {writer}" for writer, rows in lost.items())
        remedy = f"see in log/simpul.log why the store did not take them; then remove {data.spool / 'lost'}"
        return Check(NAME, "warn", f"{what}; lost while the spool was full: {who}", remedy)
    if broken:
        folder = data.spool / "broken"
        return Check(NAME, "warn", f"{what}; {broken} damaged segments", f"look at {folder}, then remove it")
    return Check(NAME, "ok", what)
