"""nftables: rules loaded in one transaction, all or nothing, and maps from address ranges to classes or marks.

Everything here concerns the network namespace its caller stands in.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any, Literal, NamedTuple, TypeAlias

from simpul.kit.problem import Problem

Family: TypeAlias = Literal["ip", "ip6"]
Value: TypeAlias = Literal["classid", "mark"]
Network: TypeAlias = IPv4Network | IPv6Network
Address: TypeAlias = IPv4Address | IPv6Address

_KEYS = {"ip": "ipv4_addr", "ip6": "ipv6_addr"}
_VERSIONS = {"ip": 4, "ip6": 6}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}")
_PLACE = re.compile(r"^/dev/stdin:(\d+):\d+-\d+: Error: (.+)$", re.MULTILINE)
_SHOWN = 160
_BEYOND = 1 << 128


class Refused(Problem):
    """nft said no, and nothing was changed. `line` of the script, 0 when it named none."""

    def __init__(self, text: str, line: int = 0) -> None:
        super().__init__(text)
        self.line = line


class Range(NamedTuple):
    """Addresses from `first` to `last`, both included, and what they are mapped to."""

    first: Address
    last: Address
    value: int


def apply(script: str) -> None:
    """Carry out all of `script` or nothing of it. Raises Refused with nft's own words and the line they are about."""
    done = _nft(["-f", "-"], script)
    if done.returncode:
        raise _refused(done.stderr, script)


def list_table(name: str, family: str = "inet") -> dict[str, Any] | None:
    """What the kernel holds of a table, as nft's JSON; None when there is no such table."""
    done = _nft(["-j", "list", "table", _word(family), _word(name)])
    if done.returncode:
        if "No such file or directory" in done.stderr:
            return None
        raise _refused(done.stderr, "")
    listing: dict[str, Any] = json.loads(done.stdout)
    return listing


def interval_map(name: str, family: Family, value: Value, elements: Mapping[Network, int]) -> str:
    """The definition of a map for the inside of a table. Where prefixes are nested the longer one counts."""
    lines = [
        f"map {_word(name)} {{",
        f"type {_KEYS[family]} : {value}",
        "flags interval",
    ]
    found = ranges(elements, family)
    if found:
        lines += ["elements = {", *_elements(found, value), "}"]
    return "\n".join([*lines, "}", ""])


def ranges(elements: Mapping[Network, int], family: Family) -> list[Range]:
    """The prefixes of one family as ranges that do not overlap, in order: in nested prefixes the longer one counts."""
    kind = IPv4Address if family == "ip" else IPv6Address
    found: list[Range] = []
    for first, last, value in _pieces([each for each in elements.items() if each[0].version == _VERSIONS[family]]):
        if found and found[-1].value == value and int(found[-1].last) + 1 == first:
            found[-1] = found[-1]._replace(last=kind(last))
        else:
            found.append(Range(kind(first), kind(last), value))
    return found


def _pieces(elements: Iterable[tuple[Network, int]]) -> Iterator[tuple[int, int, int]]:
    """(first, last, value) of every run of addresses that one prefix decides, in order."""
    spans = sorted((int(net.network_address), -int(net.broadcast_address), value) for net, value in elements)
    around: list[tuple[int, int]] = []
    start = 0
    for first, negative_last, value in [*spans, (_BEYOND, -_BEYOND, 0)]:
        while around and around[-1][0] < first:
            last, outer = around.pop()
            if start <= last:
                yield start, last, outer
            start = max(start, last + 1)
        if around and start < first:
            yield start, first - 1, around[-1][1]
        start = first
        around.append((-negative_last, value))


def _elements(found: Sequence[Range], value: Value) -> list[str]:
    """One element a line, so that an error names the line of one element."""
    return [f"{_span(each)} : {_shown(each.value, value)}," for each in found]


def _span(each: Range) -> str:
    return str(each.first) if each.first == each.last else f"{each.first}-{each.last}"


def _shown(number: int, value: Value) -> str:
    if not 0 <= number <= 0xFFFFFFFF:
        raise Problem(f"nftables: {value} {number} does not fit into 32 bits. Correct the number")
    return f"{number >> 16:x}:{number & 0xFFFF:x}" if value == "classid" else f"{number:#x}"


def _word(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise Problem(f'nftables: "{name}" is no name: letters, digits and _ only, at most 31. Correct the name')
    return name


def _nft(arguments: Sequence[str], script: str = "") -> subprocess.CompletedProcess[str]:
    program = shutil.which("nft", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if program is None:
        raise Problem("nft is not installed. Install the package nftables")
    environment = os.environ | {"LC_ALL": "C"}
    try:
        return subprocess.run(
            [program, *arguments],
            input=script,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Problem("nft has not answered for 60 s. See whether another program holds the rules") from None


def _refused(said: str, script: str) -> Refused:
    if "Message too long" in said:
        return Refused(
            "nftables: more rules at once than an ordinary user may load (net.core.wmem_default). Nothing was changed."
            " Run as root or raise that limit"
        )
    place = _PLACE.search(said)
    if place is None:
        first = said.strip().splitlines()
        return Refused(f"nftables: {first[0] if first else 'refused without a word'}. Nothing was changed")
    line = int(place[1])
    text = script.splitlines()[line - 1].strip()[:_SHOWN] if line <= len(script.splitlines()) else ""
    return Refused(f'nftables, line {line}, "{text}": {place[2]}. Nothing was changed', line)
