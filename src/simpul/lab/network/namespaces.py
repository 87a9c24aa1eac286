"""Network namespaces of this machine: stepping into one, its settings, and the batch modes of `ip`, `tc` and `nft`."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from simpul.kit.problem import Problem

NAMES = Path("/run/netns")
SETTINGS_FOLDER = Path("/proc/sys")
CLONE_NEWNET = 0x40000000
# Debian keeps these programs where an ordinary user's PATH does not look.
SYSTEM_PATH = "/usr/local/sbin:/usr/sbin:/sbin"
# More at once only queue for the kernel's one lock.
AT_ONCE = 4
PATIENCE_SECONDS = 30
_libc = ctypes.CDLL(None, use_errno=True)


class CommandFailed(Exception):
    """A program refused; the words are its own."""


@contextlib.contextmanager
def entered(name: str) -> Iterator[None]:
    """This thread stands in the namespace; sockets made here stay there. An empty name: where it stands already."""
    if not name:
        yield
        return
    back = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _step(NAMES / name)
        try:
            yield
        finally:
            _set(back)
    finally:
        os.close(back)


def enter_for_good(name: str) -> None:
    """The whole process moves; to be called before it starts a thread. Raises FileNotFoundError."""
    _step(NAMES / name)


def existing() -> frozenset[str]:
    """Names of the namespaces that have one."""
    with contextlib.suppress(FileNotFoundError):
        return frozenset(path.name for path in NAMES.iterdir())
    return frozenset()


def program(name: str) -> str:
    """Its full path. Raises Problem with the package to install."""
    path = f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}"
    found = shutil.which(name, path=path)
    if found is None:
        package = "nftables" if name == "nft" else "iproute2"
        raise Problem(f"{name} is not installed, and the virtual network needs it. Run: apt install {package}")
    return found


def settle(name: str, settings: Mapping[str, str]) -> None:
    """Write kernel settings of one namespace."""
    with entered(name):
        for setting, value in settings.items():
            (SETTINGS_FOLDER / setting).write_text(value, encoding="ascii")


def run_batches(lines: Mapping[str, Sequence[str]], tool: str = "ip") -> None:
    """Run the batch of every namespace, a few at once; all of them, even where one fails. Raises CommandFailed."""
    path = program(tool)
    waiting = [(name, batch) for name, batch in lines.items() if batch]
    running: list[tuple[str, subprocess.Popen[str]]] = []
    refused = []
    while waiting or running:
        if waiting and len(running) < AT_ONCE:
            name, batch = waiting.pop(0)
            running.append((name, _begin(path, name, batch)))
            continue
        name, process = running.pop(0)
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
        if process.returncode != 0:
            refused.append(f"{name or 'here'}: {' '.join(said.split())}")
    if refused:
        raise CommandFailed(f"{tool}: {'; '.join(refused[:3])}")


def run_in(name: str, argv: Sequence[str], given: str = "") -> str:
    """Run one program in a namespace and return what it says. Raises CommandFailed."""
    command = [program(argv[0]), *argv[1:]]
    where = [program("ip"), "netns", "exec", name] if name else []
    done = subprocess.run(
        [*where, *command], input=given, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    if done.returncode != 0:
        raise CommandFailed(f"{name or 'here'}: {argv[0]}: {' '.join(done.stderr.split())}")
    return done.stdout


def _begin(path: str, name: str, batch: Iterable[str]) -> subprocess.Popen[str]:
    where = ["-n", name] if name else []
    process = subprocess.Popen(
        [path, *where, "-batch", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if process.stdin is not None:
        # One write that a pipe may have to take in parts; the program reads as it goes.
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write("\n".join(batch) + "\n")
            process.stdin.close()
        process.stdin = None
    return process


def _step(path: Path) -> None:
    target = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _set(target)
    finally:
        os.close(target)


def _set(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns was refused")
