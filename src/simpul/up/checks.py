"""What `simpul doctor` looks at on this machine. Each check changes nothing and says what to do."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import sqlite3
import sys
import tempfile
import time
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from simpul.configuration import PACKAGE, Configuration, Data
from simpul.engines.certificate_store import Store
from simpul.engines.certificates import ends
from simpul.engines.nats_server import check_version, find_program
from simpul.engines.nats_users import without_secrets
from simpul.kit.problem import Problem
from simpul.store.note import read_note
from simpul.up.folder import lock_owner
from simpul.up.key_files import problems
from simpul.up.ports import why_not_free
from simpul.up.sandbox import why_refused

Status = Literal["ok", "warn", "fail"]
MB = 1_000_000
LEAST_DISK, GOOD_DISK = 200 * MB, 2_000 * MB
SLOW_FSYNC_SECONDS = 0.1
CLOCK_BEHIND_SECONDS = 60.0
LEAST_SQLITE = (3, 35, 0)
# adjtimex(2)
TIME_ERROR, STA_UNSYNC = 5, 0x40
GOOD_RECEIVE_BUFFER = 16 * 1024 * 1024
NEW_AUTHORITY = "stop Simpul, remove bus-ca.pem and give every agent a new credential"


@dataclass(frozen=True, slots=True)
class Check:
    """`what` is what was found; `remedy` is empty when there is nothing to do."""

    name: str
    status: Status
    what: str
    remedy: str = ""


def python(_: Configuration) -> Check:
    """Versions of the language and of its SQLite."""
    version = ".".join(map(str, sys.version_info[:3]))
    what = f"Python {version}, SQLite {sqlite3.sqlite_version}"
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Check(
            "python", "fail", what, "use Python 3.11, 3.12 or 3.13 (SIMPUL_PYTHON=/path/to/python ./simpul ...)"
        )
    if sqlite3.sqlite_version_info < LEAST_SQLITE:
        return Check("python", "fail", what, "use a Python whose SQLite is at least 3.35, or PostgreSQL (database.url)")
    return Check("python", "ok", what)


class _Timex(ctypes.Structure):
    """The head of struct timex: status is its fifth word; the rest is only room for the kernel to write into."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def clock(configuration: Configuration) -> Check:
    """Does the kernel say that something keeps its clock right? Evidence and tickets stand on it."""
    ahead = last_written(configuration.data) - time.time()
    if ahead > CLOCK_BEHIND_SECONDS:
        what = f"the clock runs {ahead / 3600:.1f} hours behind what was written last in {configuration.data.folder}"
        return Check("clock", "warn", what, "set the clock right before anything else is written, then keep it right")
    timex = _Timex()
    state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    install = "let root run: apt install chrony (the machine's host, if this is a container)"
    if state < 0:
        return Check("clock", "warn", "the kernel does not say whether the clock is kept right", install)
    if state == TIME_ERROR or timex.status & STA_UNSYNC:
        return Check("clock", "warn", "nothing is known to keep the clock right (no NTP)", install)
    return Check("clock", "ok", f"kept right; error at most {timex.maxerror / 1000:.0f} ms")


def last_written(data: Data) -> float:
    """When a measurement, a line of the log or a change of the database was written last, in Unix seconds."""
    note = read_note(data.store)
    times = [note.at if note else 0.0]
    for path in (data.log / "simpul.log", data.sqlite, data.sqlite.with_name(f"{data.sqlite.name}-wal")):
        with contextlib.suppress(OSError):
            times.append(path.stat().st_mtime)
    return max(times)


def zones(configuration: Configuration) -> Check:
    """Time zones come from the system."""
    known = len(zoneinfo.available_timezones())
    return Check("time zones", "ok", f"{known} known; local time is {configuration.instance.timezone}")


def disk(configuration: Configuration) -> Check:
    """Room in the data folder, and how long one safe write takes there."""
    folder = _existing(configuration.data.folder)
    free = shutil.disk_usage(folder).free
    try:
        seconds = _fsync_seconds(folder)
    except OSError as error:
        return Check("disk", "fail", f"{folder} cannot be written: {error.strerror}", "run as the folder's owner")
    what = f"{free / MB:,.0f} MB free in {folder}; a safe write takes {seconds * 1000:.1f} ms"
    if free < LEAST_DISK:
        return Check("disk", "fail", what, f"free at least {GOOD_DISK // MB} MB, or move the data folder (data.folder)")
    if free < GOOD_DISK:
        return Check("disk", "warn", what, f"free at least {GOOD_DISK // MB} MB")
    if seconds > SLOW_FSYNC_SECONDS:
        return Check("disk", "warn", what, "put the data folder on a local disk, not on a network share")
    return Check("disk", "ok", what)


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.is_dir())


def _fsync_seconds(folder: Path) -> float:
    """Seconds for one write that is really on disk; the middle one of three."""
    times = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(3):
            began = time.perf_counter()
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - began)
    return sorted(times)[1]


def permissions(configuration: Configuration) -> Check:
    """Nobody else may look into the data folder or read its keys."""
    folder = configuration.data.folder
    if not folder.is_dir():
        return Check("permissions", "ok", f"{folder} does not exist yet; the first start makes it")
    open_to_others = [
        path for path in (folder, *folder.glob("*.key"), *folder.glob("*.sqlite3")) if _open_to_others(path)
    ]
    strangers = [path for path in (folder, *folder.glob("*.key")) if path.stat().st_uid != os.geteuid()]
    if open_to_others:
        names = " ".join(map(str, open_to_others))
        return Check("permissions", "fail", f"others may read {names}", f"chmod go-rwx {names}")
    if strangers:
        return Check("permissions", "fail", f"{strangers[0]} belongs to another user", "run simpul as that user")
    return Check("permissions", "ok", f"{folder} is private")


def keys(configuration: Configuration) -> Check:
    """Every key file that is there can be used; nothing starts with a damaged one."""
    found = problems(configuration.data.folder)
    if found:
        what, _dot, remedy = found[0].partition(". ")
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        return Check("keys", "fail", f"{what}{more}", remedy)
    return Check("keys", "ok", "each can be used")


def _open_to_others(path: Path) -> bool:
    # The database lies in a private folder, but a copy made in place may travel.
    return bool(path.stat().st_mode & 0o077) and path.suffix != ".sqlite3"


def ports(configuration: Configuration) -> Check:
    """Can the servers listen where they shall?"""
    owner = lock_owner(configuration.data)
    if owner is not None:
        return Check("ports", "ok", f"in use by this instance, which runs (pid {owner})")
    wanted: list[tuple[str, str, int]] = []
    if configuration.server.listen != "unix":
        host, _, port = configuration.server.listen.rpartition(":")
        wanted.append(("server.listen", host, int(port)))
    if not configuration.bus.url:
        wanted.append(("bus.port", configuration.bus.host, configuration.bus.port))
    for key, host, port_number in wanted:
        reason = why_not_free(host, port_number)
        if reason:
            return Check("ports", "fail", f"{host}:{port_number} ({key}): {reason}", f"stop that program, or set {key}")
    return Check("ports", "ok", ", ".join(f"{host}:{port}" for _key, host, port in wanted) + " free")


def bus_server(configuration: Configuration) -> Check:
    """The program that is the bus."""
    if configuration.bus.url:
        return Check("bus server", "ok", f"another one is used: {without_secrets(configuration.bus.url)}")
    try:
        program = find_program(configuration.bus.binary)
        version = check_version(program)
    except Problem as problem:
        what, _, remedy = str(problem).rpartition(". ")
        return Check("bus server", "fail", what or remedy, remedy)
    return Check("bus server", "ok", f"nats-server {'.'.join(map(str, version))} ({program})")


def bus_certificate(configuration: Configuration) -> Check:
    """Until when clients believe the own bus. Its certificate is renewed by itself, its authority is not."""
    name = "bus certificate"
    if configuration.bus.url:
        return Check(name, "ok", "another bus is used, which has its own")
    try:
        found = ends(Store(configuration.data.folder))
    except (Problem, OSError) as error:
        what, _, remedy = str(error).rpartition(". ")
        return Check(name, "fail", what or remedy, remedy)
    if found is None:
        return Check(name, "ok", "made by the first start")
    what = f"valid until {found.server.date()}, its authority until {found.authority.date()}"
    left = found.authority - datetime.now(UTC)
    if left < timedelta(0):
        return Check(name, "fail", what, f"{NEW_AUTHORITY}, and start again")
    if left < timedelta(days=365):
        return Check(name, "warn", what, f"{NEW_AUTHORITY}, at a time that suits you")
    return Check(name, "ok", what)


def sandbox(_: Configuration) -> Check:
    """May `simpul demo` make its namespaces?"""
    as_root = os.geteuid() == 0
    reason = why_refused(as_root=as_root)
    if reason:
        what, _dot, remedy = reason.partition(". ")
        return Check("sandbox", "warn", what, f"{remedy or 'see above'}; or simpul demo --no-lab")
    return Check(
        "sandbox", "ok", f"simpul demo may make namespaces ({'as root' if as_root else 'by a user namespace'})"
    )


def receive_buffer(_: Configuration) -> Check:
    """Flow records arrive in bursts; without root's right to force it, a socket's buffer ends at rmem_max."""
    try:
        limit = int(Path("/proc/sys/net/core/rmem_max").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return Check("receive buffer", "warn", "net.core.rmem_max cannot be read", "nothing, if no flows are received")
    what = f"at most {limit // 1024} KB for an ordinary user (net.core.rmem_max)"
    if os.geteuid() == 0 or limit >= GOOD_RECEIVE_BUFFER:
        return Check("receive buffer", "ok", what if os.geteuid() else f"{what}; root may exceed it")
    return Check("receive buffer", "warn", what, f"let root run: sysctl -w net.core.rmem_max={GOOD_RECEIVE_BUFFER}")


def tools(_: Configuration) -> Check:
    """Programs that the virtual network of the demonstration calls."""
    needed = {"ip": "iproute2", "nft": "nftables", "unshare": "util-linux", "ps": "procps"}
    missing = {tool: package for tool, package in needed.items() if shutil.which(tool) is None}
    if missing:
        packages = " ".join(sorted(set(missing.values())))
        return Check(
            "tools",
            "warn",
            f"{', '.join(missing)} missing; only the demonstration needs them",
            f"apt install {packages}",
        )
    return Check("tools", "ok", ", ".join(needed))


def catalogues(_: Configuration) -> Check:
    """Every text in Indonesian is compiled and as new as its source."""
    sources = sorted(PACKAGE.rglob("locale/*/LC_MESSAGES/*.po"))
    stale = [path for path in sources if not path.with_suffix(".mo").is_file()]
    if stale:
        return Check(
            "catalogues",
            "fail",
            f"{len(stale)} of {len(sources)} are not compiled, for example {stale[0]}",
            "install the package again",
        )
    return Check("catalogues", "ok", f"{len(sources)} catalogues")


CHECKS: tuple[Callable[[Configuration], Check], ...] = (
    python,
    clock,
    zones,
    disk,
    permissions,
    keys,
    ports,
    bus_server,
    bus_certificate,
    sandbox,
    receive_buffer,
    tools,
    catalogues,
)
