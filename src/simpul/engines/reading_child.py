"""The reader of foreign files: a child process of its own, with limits, whose end is ours to decide.

A file that somebody else made is parsed nowhere but there. The child gets the open file and the dotted name of a
parser; what the parser yields comes back as plain JSON values, one frame each. The pipe between holds the child back
while its values are not taken. `reading_inside` is the other end.
"""

from __future__ import annotations

import json
import os
import select
import signal
import stat
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

LENGTH = struct.Struct(">I")
REQUEST = "SIMPUL_READING"
# The child's exit status; any other but 0 is a crash.
OUT_OF_MEMORY = 70
BEAT_SECONDS = 0.25
_PIPE_BYTES = 1 << 20
_SOURCE = str(Path(__file__).resolve().parents[2])


@dataclass(frozen=True, slots=True)
class Limits:
    """What one reading may take: address space and the largest frame in bytes, processor time in seconds."""

    memory_bytes: int = 768 << 20
    cpu_seconds: int = 300
    frame_bytes: int = 16 << 20


class Refused(Exception):
    """The parser understood that the file cannot be read; `what` is its own plain data about it."""

    def __init__(self, what: Any) -> None:
        super().__init__(str(what))
        self.what = what


class ReadingEnded(Exception):
    """The child ended before the file did. `why` is "memory", "time", "killed" or "broken"."""

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(f"the reader of the file ended early ({why}){detail and ': '}{detail}")
        self.why = why


Parser = Callable[..., Iterator[Any]]  # parser(file, **arguments), in the child


@contextmanager
def reading(
    parser: str,
    file: BinaryIO,
    arguments: Mapping[str, Any],
    *,
    beat: Callable[[], None],
    limits: Limits = Limits(),
) -> Iterator[Iterator[Any]]:
    """The values that `parser` ("package.module:function") yields for a regular file; its child is gone at the end.

    `beat` is called about four times a second while nothing comes; what it raises ends the child at once. The file
    is read through a descriptor of the child's own. Raises Refused, ReadingEnded, and ValueError for what is no file.
    """
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        raise ValueError("only a regular file can be read")
    # A description of its own: the caller's position in the file stays where it is.
    source = os.open(f"/proc/self/fd/{file.fileno()}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        child = _started(parser, source, arguments, limits)
    finally:
        os.close(source)
    try:
        yield _values(child, beat, limits)
    finally:
        _ended(child)


def _started(parser: str, source: int, arguments: Mapping[str, Any], limits: Limits) -> subprocess.Popen[bytes]:
    request = {"parser": parser, "arguments": dict(arguments), "limits": asdict(limits), "parent": os.getpid()}
    environ = {
        # In the environment, which only our own account may read, not among the arguments, which all may.
        REQUEST: json.dumps(request),
        "PYTHONPATH": _SOURCE,
        "PYTHONUTF8": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-P", "-s", "-m", "simpul.engines.reading_inside"],
        env=environ,
        cwd="/",
        stdin=source,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pipesize=_PIPE_BYTES,
        start_new_session=True,
    )


def _values(child: subprocess.Popen[bytes], beat: Callable[[], None], limits: Limits) -> Iterator[Any]:
    while True:
        (length,) = LENGTH.unpack(_exactly(child, LENGTH.size, beat))
        if length > limits.frame_bytes:
            raise ReadingEnded("broken", f"a frame of {length} bytes")
        try:
            kind, value = json.loads(_exactly(child, length, beat))
        except (ValueError, TypeError, RecursionError) as error:
            raise ReadingEnded("broken", str(error)) from None
        if kind == "end":
            return
        if kind == "refused":
            raise Refused(value)
        if kind == "value":
            yield value
        else:
            raise ReadingEnded("broken", str(value))


def _exactly(child: subprocess.Popen[bytes], count: int, beat: Callable[[], None]) -> bytes:
    """The next `count` bytes."""
    if child.stdout is None:
        raise RuntimeError("the child was started without a pipe")
    pipe, pieces = child.stdout.fileno(), []
    waiting = select.poll()
    waiting.register(pipe, select.POLLIN | select.POLLHUP)
    while count:
        if not waiting.poll(BEAT_SECONDS * 1000):
            beat()
            continue
        piece = os.read(pipe, min(count, _PIPE_BYTES))
        if not piece:
            _explain(child)
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def _explain(child: subprocess.Popen[bytes]) -> NoReturn:
    """Why the child's pipe has come to its end before the file did."""
    try:
        status = child.wait(5)
    except subprocess.TimeoutExpired:
        raise ReadingEnded("broken", "it closed its output and goes on") from None
    if status == OUT_OF_MEMORY:
        raise ReadingEnded("memory")
    if status == -signal.SIGXCPU:
        raise ReadingEnded("time")
    raise ReadingEnded("killed" if status == -signal.SIGKILL else "broken", f"status {status}")


def _ended(child: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)  # not reaped yet, or it ended by itself
    child.wait()
    if child.stdout is not None:
        child.stdout.close()
