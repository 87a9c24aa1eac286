"""Child processes that cannot outlive their parent (Linux)."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent dies; die now if `parent` (a pid) is gone already.

    The tie belongs to the calling process alone: children do not inherit it, and taking on other credentials
    or a new user namespace can clear it. It follows the parent's *thread*, so spawn from the main thread.
    """
    if _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused")
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent dies, so that they can be reaped here."""
    if _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER) was refused")


def spawn_tied(
    argv: Sequence[str],
    environ: Mapping[str, str],
    *,
    stdout: int | None = None,
    stderr: int | None = None,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start `argv` in its own session (so a signal can reach its whole group), tied to this process."""
    parent = os.getpid()
    return subprocess.Popen(
        list(argv),
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        pass_fds=tuple(pass_fds),
        start_new_session=True,
        # The parents that use this run no threads, which is what makes preexec_fn safe.
        preexec_fn=lambda: die_with_parent(parent),  # noqa: PLW1509
    )


def signal_group(pid: int, number: signal.Signals) -> None:
    """Signal every process of the session that `pid` leads. `pid` must not have been reaped yet."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return
