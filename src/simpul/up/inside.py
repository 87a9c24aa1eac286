"""Process 1 of the sandbox: readies the namespaces, then runs the tree; dies with its lifeline."""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import fcntl
import os
import signal
import socket
import struct
from pathlib import Path

from simpul.configuration import Configuration, load
from simpul.kit.problem import Problem
from simpul.up.groups import group_names, preparation, programs
from simpul.up.tree import make_tree, open_journal

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1
MS_NOSUID, MS_NODEV = 2, 4
KILLED = 128 + signal.SIGKILL


def register(parser: argparse.ArgumentParser) -> None:
    """Internal: `simpul demo` fills these in."""
    parser.add_argument("--answer-to", type=int, default=1, help="descriptor for what people must read once")
    parser.add_argument("--only", type=group_names, default=[], help="only these groups")
    parser.add_argument("lifeline", type=int, help="read end of the pipe whose other end the outer process holds")


def run(args: argparse.Namespace) -> int:
    """Until the lifeline says stop (orderly) or breaks (at once)."""
    if os.getpid() != 1:
        raise Problem("this verb belongs inside the sandbox of simpul demo. Run: simpul demo")
    configuration = load()
    bring_loopback_up()
    cover_run()
    return asyncio.run(_live(configuration, args))


def bring_loopback_up() -> None:
    """Every process here finds 127.0.0.1 and ::1; the host's are others."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        request = struct.pack("16sh22x", b"lo", 0)
        flags = struct.unpack("16sh22x", fcntl.ioctl(handle, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(handle, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", flags | IFF_UP))


def cover_run(path: Path = Path("/run")) -> None:
    """An empty /run of our own: network tools keep their names there, and the host's must stay as it is."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"tmpfs", os.fsencode(path), b"tmpfs", MS_NOSUID | MS_NODEV, b"mode=0755") != 0:
        raise Problem(f"{path} cannot be covered in the sandbox: {os.strerror(ctypes.get_errno())}. Give --no-lab")


async def _live(configuration: Configuration, args: argparse.Namespace) -> int:
    stop = asyncio.Event()
    lifeline: int = args.lifeline

    def told() -> None:
        if not os.read(lifeline, 1):
            # The outer process is gone: process 1 ends, and the kernel ends everybody else.
            os._exit(KILLED)
        stop.set()

    asyncio.get_running_loop().add_reader(lifeline, told)
    journal = open_journal(configuration)
    chosen = programs(configuration, args.only, in_sandbox=True)
    tree = make_tree(configuration, chosen, os.environ, journal, preparation(chosen), answer_to=args.answer_to)
    return await tree.run(stop)
