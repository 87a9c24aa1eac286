"""Inside the child that reads a foreign file (`reading_child` starts it): shut the doors, then parse.

It has the file as standard input, a pipe as standard output and no other descriptor; no network where the kernel lets
an ordinary process give it up; no secret in its environment; no right to write a file. It loads the parser's module
and what that needs, nothing of Django.
"""

from __future__ import annotations

import ctypes
import json
import os
import pkgutil
import resource
import traceback
from typing import Any

from simpul.engines.reading_child import LENGTH, OUT_OF_MEMORY, REQUEST, Refused
from simpul.kit.process import die_with_parent

CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWNET = 0x08000000, 0x10000000, 0x40000000
PR_SET_NO_NEW_PRIVS = 38
OPEN_FILES = 16
_libc = ctypes.CDLL(None, use_errno=True)


def main() -> int:
    """Read what the environment asks for; the exit status says how it ended where no frame can."""
    request = json.loads(os.environ.pop(REQUEST))
    # Refused in some containers; then the child has the network that its parent has.
    _libc.unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC)
    # After that: a new user namespace would clear the tie.
    die_with_parent(request["parent"])
    _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    output = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints is no frame
    parser = pkgutil.resolve_name(request["parser"])
    _limit(request["limits"])
    try:
        with os.fdopen(0, "rb", closefd=False) as file:
            for value in parser(file, **request["arguments"]):
                _send(output, ["value", value])
        _send(output, ["end", None])
    except Refused as refusal:
        _send(output, ["refused", refusal.what])
    except MemoryError:
        return OUT_OF_MEMORY
    except Exception as error:  # noqa: BLE001 (the parent must hear of it, whatever it is)
        where = "".join(traceback.format_tb(error.__traceback__)[-2:])
        _send(output, ["crashed", f"{type(error).__name__}: {error}"[:500] + f"\n{where[:1500]}"])
    return 0


def _limit(limits: dict[str, int]) -> None:
    memory, seconds = limits["memory_bytes"], limits["cpu_seconds"]
    for what, soft, hard in (
        (resource.RLIMIT_AS, memory, memory),
        (resource.RLIMIT_CPU, seconds, seconds + 2),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES, OPEN_FILES),
        (resource.RLIMIT_NPROC, 0, 0),
    ):
        highest = resource.getrlimit(what)[1]
        ceiling = hard if highest == resource.RLIM_INFINITY else min(hard, highest)
        resource.setrlimit(what, (min(soft, ceiling), ceiling))


def _send(output: int, frame: Any) -> None:
    payload = json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode()
    rest = memoryview(LENGTH.pack(len(payload)) + payload)
    while rest:
        rest = rest[os.write(output, rest) :]


if __name__ == "__main__":
    # No clean-up of a heap that may be full: what was sent has been sent.
    os._exit(main())
