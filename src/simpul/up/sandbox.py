"""The namespaces the demonstration lives in: own network, own processes, own mounts.

Seen from outside: which program makes them, whether this machine allows it, and how it ends. `unshare` forks the
first process inside (number 1 there); when that one dies the kernel ends all others and frees the namespaces.
It dies when `unshare` dies (`--kill-child`) and when its lifeline breaks: a pipe whose other end only the outer
process holds. The pipe is needed because the kernel forgets the first tie when credentials change, and because
`unshare` may be killed before it has made that tie.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from simpul.kit.problem import Problem
from simpul.up.child import Child

STOP = b"s"
_SWITCHES = (
    ("/proc/sys/user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=10000"),
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1"),
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ),
)


def unshare_command(*, as_root: bool) -> list[str]:
    """The program that makes the namespaces; an ordinary user needs a user namespace around them."""
    program = shutil.which("unshare") or "/usr/bin/unshare"
    user = [] if as_root else ["--user", "--map-root-user"]
    return [program, *user, "--net", "--pid", "--mount", "--fork", "--mount-proc", "--kill-child=KILL"]


def why_refused(*, as_root: bool) -> str | None:
    """None when a sandbox can be made here, else the reason and what to do. Tries it for real."""
    command = [*unshare_command(as_root=as_root), "true"]
    try:
        tried = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"unshare does not run ({error}). Install it (apt install util-linux)"
    if tried.returncode == 0:
        return None
    said = tried.stderr.strip().splitlines()[-1] if tried.stderr.strip() else f"status {tried.returncode}"
    if as_root:
        return f"root may not make namespaces here ({said}). Run outside the container that forbids it"
    remedies = [remedy for path, off, remedy in _SWITCHES if _reads(path, off)]
    allow = f"Let root run {remedies[0]}, or run" if remedies else "Run"
    return f"an ordinary user may not make namespaces here ({said}). {allow} as root"


def _reads(path: str, value: str) -> bool:
    try:
        return Path(path).read_text(encoding="ascii").strip() == value
    except OSError:
        return False


class Sandbox:
    """Runs one command as process 1 of fresh namespaces; the command gets its lifeline's descriptor as last word."""

    def __init__(
        self, argv: Sequence[str], environ: Mapping[str, str], *, as_root: bool, keep_open: Sequence[int] = ()
    ) -> None:
        self.argv = argv
        self.environ = environ
        self.as_root = as_root
        self.keep_open = keep_open
        self.child: Child | None = None
        self._lifeline = -1
        self._ended: asyncio.Task[int] | None = None

    def start(self) -> None:
        """Raises Problem when this machine does not allow it."""
        reason = why_refused(as_root=self.as_root)
        if reason:
            raise Problem(f"the sandbox cannot be made: {reason}, or give --no-lab (no sandbox, no virtual network)")
        inner, self._lifeline = os.pipe()
        command = [*unshare_command(as_root=self.as_root), *self.argv, str(inner)]
        self.child = Child(command, self.environ, keep_open=(inner, *self.keep_open))
        try:
            self.child.start()
        finally:
            os.close(inner)
        self._ended = asyncio.create_task(self.child.wait())

    async def wait(self) -> int:
        """Until everything inside has ended; the status of process 1."""
        if self._ended is None:
            raise RuntimeError("wait for a sandbox that was not started")
        return await asyncio.shield(self._ended)

    async def stop(self, within: float = 4.7) -> int:
        """Ask process 1 to stop in order; end everything at once when it does not within so many seconds."""
        if self._ended is None:
            return 0
        with suppress(BrokenPipeError):  # it may have ended already
            os.write(self._lifeline, STOP)
        await asyncio.wait({self._ended}, timeout=within)
        os.close(self._lifeline)
        if self.child is not None:
            self.child.kill()
        return await self._ended
