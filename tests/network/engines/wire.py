"""Two namespaces joined by one wire, silent but for what a test sends: every packet on it can be counted."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from simpul.lab.network.namespaces import entered

HERE, THERE = "wire-here", "wire-there"
DEVICE, OTHER_DEVICE = "lan", "net0"
HERE_V4, THERE_V4 = "198.18.0.1", "198.18.0.2"
HERE_V6, THERE_V6 = "2001:db8:18::1", "2001:db8:18::2"
# Ethernet, IPv4, UDP.
HEADERS = 14 + 20 + 8
PORT = 9999


@dataclass(frozen=True)
class Wire:
    """`DEVICE` in `HERE` leads to `OTHER_DEVICE` in `THERE`; neighbours are known, nothing is asked or announced."""

    @contextmanager
    def here(self) -> Iterator[None]:
        """This thread stands at the near end."""
        with entered(HERE):
            yield

    @contextmanager
    def listener(self) -> Iterator[socket.socket]:
        """A UDP socket at the far end that hears both families."""
        with entered(THERE):
            ear = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        with ear:
            ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
            ear.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            ear.bind(("::", PORT))
            ear.settimeout(2)
            yield ear

    @contextmanager
    def speaker(self) -> Iterator[socket.socket]:
        """A UDP socket at the near end, IPv4."""
        with entered(HERE):
            mouth = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with mouth:
            # Else sending waits once some fifty packets stand in a queue.
            mouth.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * 1024 * 1024)
            mouth.connect((THERE_V4, PORT))
            yield mouth


def run(*argv: str, given: str = "") -> str:
    """What a program says; an error fails the test with the program's words."""
    done = subprocess.run(argv, input=given, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, f"{' '.join(argv)}: {done.stderr}"
    return done.stdout


def heard(ear: socket.socket, most: int) -> list[bytes]:
    """Datagrams that arrive, until `most` have or none came for the socket's patience."""
    found: list[bytes] = []
    with suppress(TimeoutError):
        while len(found) < most:
            found.append(ear.recv(65_536))
    return found


def stretch() -> Iterator[Wire]:
    """Make both ends, and take them away afterwards."""
    for name in (HERE, THERE):
        run("ip", "netns", "add", name)
    try:
        run(
            "ip",
            "-n",
            HERE,
            "link",
            "add",
            "name",
            DEVICE,
            "type",
            "veth",
            "peer",
            "name",
            OTHER_DEVICE,
            "netns",
            THERE,
        )
        _end(HERE, DEVICE, (HERE_V4, HERE_V6))
        _end(THERE, OTHER_DEVICE, (THERE_V4, THERE_V6))
        _introduce(HERE, DEVICE, THERE, OTHER_DEVICE, (THERE_V4, THERE_V6))
        _introduce(THERE, OTHER_DEVICE, HERE, DEVICE, (HERE_V4, HERE_V6))
        yield Wire()
    finally:
        for name in (HERE, THERE):
            run("ip", "netns", "delete", name)


def _end(name: str, device: str, addresses: Sequence[str]) -> None:
    # Memberships of multicast groups are announced whether anybody asks or not.
    quiet = "table inet quiet { chain c { type filter hook output priority 0; meta l4proto icmpv6 drop; }; }"
    run("ip", "netns", "exec", name, "nft", quiet)
    v4, v6 = addresses
    lines = [
        "link set dev lo up",
        f"link set dev {device} addrgenmode none",
        f"link set dev {device} up",
        f"address add {v4}/24 dev {device}",
        f"address add {v6}/64 dev {device} nodad",
    ]
    run("ip", "-n", name, "-batch", "-", given="\n".join(lines) + "\n")


def _introduce(name: str, device: str, other: str, other_device: str, addresses: Sequence[str]) -> None:
    hardware = run("ip", "-n", other, "-o", "link", "show", "dev", other_device).split("link/ether ")[1].split()[0]
    lines = [f"neighbour replace {address} lladdr {hardware} dev {device} nud permanent" for address in addresses]
    run("ip", "-n", name, "-batch", "-", given="\n".join(lines) + "\n")
