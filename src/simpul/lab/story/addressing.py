"""The address plan: the n-th block of each pool, IPv4 and IPv6 side by side. Pure.

Everything lies in blocks that never route on the internet: 198.18.0.0/15 (RFC 2544), the documentation
blocks of RFC 5737, 2001:db8::/32 (RFC 3849).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from simpul.lab.csv_tables import rows

# Prefix length per role of a pool, for IPv4 and IPv6 (/31: RFC 3021, /127: RFC 6164).
LENGTHS = {"sites": (26, 64), "links": (31, 127), "cameras": (28, 64), "devices": (32, 128)}


@dataclass(frozen=True, slots=True)
class Pair:
    """One IPv4 and one IPv6 block for the same thing."""

    v4: IPv4Network
    v6: IPv6Network

    def host(self, number: int) -> tuple[str, str]:
        """The `number`-th address of each block, as `address/length`."""
        return f"{self.v4[number]}/{self.v4.prefixlen}", f"{self.v6[number]}/{self.v6.prefixlen}"


class AddressPlan:
    """Which block belongs to which site, link, router and camera; numbers follow the order of the tables."""

    def __init__(self, pools: Mapping[str, Pair]) -> None:
        self._pools = pools
        self._sites = {row["code"]: number for number, row in enumerate(_counted(), start=1)}
        filmed = dict.fromkeys(row["site"] for row in rows("cameras"))
        self._filmed = {site: number for number, site in enumerate(filmed, start=1)}

    def site(self, code: str) -> Pair:
        """The network of a counted site."""
        return self._block("sites", self._sites[code])

    def link(self, number: int) -> Pair:
        """The two addresses of the `number`-th link, from 1."""
        return self._block("links", number)

    def device(self, number: int) -> Pair:
        """The management address of the `number`-th router, from 1."""
        return self._block("devices", number)

    def filmed(self) -> dict[str, Pair]:
        """The camera network of every site that has cameras, by site."""
        return {site: self._block("cameras", number) for site, number in self._filmed.items()}

    def camera(self, code: str) -> IPv4Address:
        """The address of a camera in its site's camera network; the router holds the first one."""
        site = next(row["site"] for row in rows("cameras") if row["code"] == code)
        beside = [row["code"] for row in rows("cameras") if row["site"] == site]
        return self._block("cameras", self._filmed[site]).v4[beside.index(code) + 2]

    def _block(self, role: str, number: int) -> Pair:
        pool, (length4, length6) = self._pools[role], LENGTHS[role]
        first4 = int(pool.v4.network_address) + (number << (32 - length4))
        first6 = int(pool.v6.network_address) + (number << (128 - length6))
        return Pair(IPv4Network((IPv4Address(first4), length4)), IPv6Network((IPv6Address(first6), length6)))


@cache
def address_plan() -> AddressPlan:
    """The plan over the pools of `prefixes.csv`."""
    v4 = {row["role"]: IPv4Network(row["cidr"]) for row in rows("prefixes") if ":" not in row["cidr"]}
    v6 = {row["role"]: IPv6Network(row["cidr"]) for row in rows("prefixes") if ":" in row["cidr"]}
    return AddressPlan({role: Pair(v4[role], v6[role]) for role in LENGTHS})


def _counted() -> list[dict[str, str]]:
    return [row for row in rows("places") if row["kind"] != "pop"]
