"""What `simpul doctor` says of the measurements: the disk they will take, and what was lost on the way."""

from __future__ import annotations

import shutil

from simpul.configuration import Configuration
from simpul.engines.chdb_damage import damaged_metadata
from simpul.engines.chdb_damage import remedy as store_remedy
from simpul.store import spool
from simpul.store.logic.need import shown
from simpul.store.note import Note, read_note
from simpul.up.checks import Check

NAME = "measurements"
MB = 1_000_000


def measurements(configuration: Configuration) -> Check:
    """Is there room for the whole retention, and did all arrive?"""
    data = configuration.data
    engine = data.store / "engine"
    damaged = damaged_metadata(engine)
    if damaged is not None:
        return Check(NAME, "fail", f"{damaged} is damaged: the store cannot be opened", store_remedy(engine))
    note = read_note(data.store)
    if note is None:
        return Check(NAME, "ok", "none yet; the disk that their retention needs is said when some are there")
    room = _room(configuration, note)
    # What is short comes first: it goes on.
    return room if room.status != "ok" else _missing(configuration, note) or room


def _room(configuration: Configuration, note: Note) -> Check:
    what, short = _held(configuration, note)
    if short > 0:
        remedy = f"make {shown(short)} of room, or keep them for less time: store.raw_days takes most"
        return Check(NAME, "warn", what, remedy)
    return Check(NAME, "ok", what)


def _held(configuration: Configuration, note: Note) -> tuple[str, int]:
    """What is held and needed, in words; and how many bytes are short."""
    settings = configuration.store
    free = max(0, shutil.disk_usage(configuration.data.store).free - settings.guard_mb * MB)
    kept = f"{settings.raw_days}, {settings.five_minute_days} and {settings.hour_days} days"
    need = "not known yet" if note.needed is None else f"about {shown(note.needed)}"
    what = f"{shown(note.held)} held, {need} needed to keep them {kept}, {shown(free)} free above store.guard_mb"
    return what, (note.needed or 0) - note.held - free


def _missing(configuration: Configuration, note: Note) -> Check | None:
    """What did not arrive, or is there no more."""
    folder = configuration.data.spool
    what, _ = _held(configuration, note)
    broken, lost = spool.broken_files(folder), spool.losses(folder)
    if note.damaged:
        parts = ", ".join(note.damaged)
        remedy = "look for it in a backup; then remove its folder below detached/ in the store"
        return Check(NAME, "warn", f"{what}; damaged, so its measurements are missing: {parts}", remedy)
    if lost:
        who = ", ".join(f"{rows} of {writer}" for writer, rows in lost.items())
        remedy = f"see in log/simpul.log why the store did not take them; then remove {folder / 'lost'}"
        return Check(NAME, "warn", f"{what}; lost while the spool was full: {who}", remedy)
    if broken:
        where = folder / "broken"
        return Check(NAME, "warn", f"{what}; {broken} damaged segments", f"look at {where}, then remove it")
    return None
