"""One agent for one gateway: two would undo each other's work for ever, whatever state folders they have."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

from simpul.kit.problem import Problem

NAME = "simpul-agent"


@contextlib.contextmanager
def alone(name: str = NAME) -> Iterator[None]:
    """Keep other agents out of this network namespace. Raises Problem where one is already.

    Abstract names belong to a network namespace, and the kernel takes them back from whoever ends, however it ends.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as held, socket.socket(held.family, held.type) as mine:
        try:
            held.bind(f"\0{name}")
            mine.bind(f"\0{name}/{os.getpid()}")
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise Problem(f"no agent can begin here: {error.strerror}. Run it as root") from None
            raise Problem(f"another agent{_holder(name)} works on this gateway. Stop that one first") from None
        yield


def _holder(name: str) -> str:
    """The number of its process, in words; empty if that one does not say."""
    named = Path("/proc/thread-self/net/unix").read_text(encoding="utf-8", errors="replace")
    found = re.search(rf" @{re.escape(name)}/(\d+)$", named, re.MULTILINE)
    return f" (process {found[1]})" if found else ""
