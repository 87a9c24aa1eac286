"""A routing table per uplink, and the rules that send marked packets to it; told to the kernel through `ip`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from simpul.kit.problem import Problem
from simpul.traffic.agent.steering import mark_of
from simpul.traffic.logic.plan import Uplink

# The preference of the rules, and the numbers of the tables: FIRST is the rule that inside routes come first,
# FIRST + n belongs to the uplink with number n.
FIRST = 5300
LARGEST = FIRST + 99
# Marks the agent's own routes as such.
PROTOCOL = "83"
_FAMILIES = ("-4", "-6")


@dataclass
class Routes:
    """`gateways` remembers the address behind each device, for when its routes vanish with the link."""

    gateways: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def known(cls, data: Any) -> Routes:
        """Out of the state folder. Raises AttributeError or ValueError for anything else."""
        return cls({dev: {way: str(ip_address(at)) for way, at in found.items()} for dev, found in data.items()})

    def settle(self, uplinks: Mapping[int, Uplink]) -> list[str]:
        """Set what is missing or wrong, for uplinks by number; what was set, one line each. Raises Problem."""
        mended: list[str] = []
        for family in _FAMILIES:
            lines = [*self._rules(family, uplinks), *self._routes(family, uplinks)]
            if lines:
                _ip([family, "-batch", "-"], "\n".join(lines) + "\n")
                mended += [f"IPv{family[1]}: {line}" for line in lines]
        return mended

    def remove(self) -> None:
        """Take all rules and tables of the agent away."""
        for family in _FAMILIES:
            own = [rule for rule in _read([family, "rule"]) if FIRST <= int(rule["priority"]) <= LARGEST]
            lines = [f"rule del pref {rule['priority']}" for rule in own]
            lines += [f"route flush table {rule['table']}" for rule in own if rule["table"] != "main"]
            if lines:
                _ip([family, "-batch", "-"], "\n".join(lines) + "\n")

    def _rules(self, family: str, uplinks: Mapping[int, Uplink]) -> list[str]:
        wanted = {FIRST: "lookup main suppress_prefixlength 0"}
        for number in uplinks:
            wanted[FIRST + number] = f"fwmark {mark_of(number):#x} lookup {FIRST + number}"
        lines, right = [], set()
        for rule in _read([family, "rule"]):
            preference = int(rule["priority"])
            if FIRST <= preference <= LARGEST:
                if preference in right or wanted.get(preference) != _said(rule):
                    lines.append(f"rule del pref {preference} {_said(rule)}")
                else:
                    right.add(preference)
        return lines + [f"rule add pref {each} {said}" for each, said in wanted.items() if each not in right]

    def _routes(self, family: str, uplinks: Mapping[int, Uplink]) -> list[str]:
        defaults = _read([family, "route", "show", "default"])
        lines = []
        for number, uplink in uplinks.items():
            gateway = self._gateway(family, uplink, defaults)
            standing = _read([family, "route", "show", "table", str(FIRST + number)])
            if gateway is None or any(_leads(route, gateway, uplink.dev) for route in standing):
                continue
            lines.append(
                f"route replace default via {gateway} dev {uplink.dev} onlink table {FIRST + number} proto {PROTOCOL}"
            )
        return lines

    def _gateway(self, family: str, uplink: Uplink, defaults: Sequence[Mapping[str, Any]]) -> str | None:
        """The router behind a device: of the main table's default route, else the last known, else the first probe."""
        known = self.gateways.setdefault(uplink.dev, {})
        for route in defaults:
            if route.get("dev") == uplink.dev and "gateway" in route:
                known[family] = str(route["gateway"])
                return known[family]
        version = int(family[1])
        probes = [probe for probe in uplink.probes if ip_address(probe).version == version]
        return known.get(family) or next(iter(probes), None)


def strict_devices(uplinks: Sequence[Uplink]) -> list[str]:
    """Devices on which the kernel drops answers that come in by another uplink than the main table's."""
    folder = Path("/proc/sys/net/ipv4/conf")
    found = []
    for uplink in uplinks:
        values = [folder / name / "rp_filter" for name in ("all", uplink.dev)]
        read = [int(path.read_text(encoding="ascii")) for path in values if path.exists()]
        if len(uplinks) > 1 and max(read, default=0) == 1:
            found.append(uplink.dev)
    return found


def _said(rule: Mapping[str, Any]) -> str:
    mark = f"fwmark {rule['fwmark']} " if "fwmark" in rule else ""
    suppressed = f" suppress_prefixlength {rule['suppress_prefixlen']}" if "suppress_prefixlen" in rule else ""
    return f"{mark}lookup {rule['table']}{suppressed}"


def _leads(route: Mapping[str, Any], gateway: str, dev: str) -> bool:
    return route.get("dst") == "default" and route.get("gateway") == gateway and route.get("dev") == dev


def _read(arguments: Sequence[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(_ip(["-json", *arguments]) or "[]")
    return found


def _ip(arguments: Sequence[str], said: str = "") -> str:
    program = shutil.which("ip", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if program is None:
        raise Problem("ip is not installed. Install the package iproute2")
    done = subprocess.run([program, *arguments], input=said, capture_output=True, text=True, timeout=30, check=False)
    if "table does not exist" in done.stderr:
        # Nothing was ever put into it.
        return ""
    if done.returncode:
        first = (done.stderr.strip().splitlines() or ["refused without a word"])[0]
        raise Problem(f"ip {' '.join(arguments)}: {first}. See: ip rule; ip route")
    return done.stdout
