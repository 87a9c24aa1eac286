"""Prefixes that lie inside each other as ranges that do not, as an interval map needs them: the narrowest one wins."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Generic, NamedTuple, TypeVar

Value = TypeVar("Value")


class Range(NamedTuple, Generic[Value]):
    """All addresses from `first` to `last`, both included."""

    first: IPv4Address | IPv6Address
    last: IPv4Address | IPv6Address
    value: Value

    @property
    def written(self) -> str:
        """As nft writes it."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def disjoint(prefixes: Iterable[tuple[IPv4Network | IPv6Network, Value]]) -> list[Range[Value]]:
    """The ranges of prefixes of one family, in order; an address belongs to the narrowest prefix it lies in.

    Two prefixes either lie inside each other or apart, so a stack of the open ones is enough. Of two equal ones the
    first counts.
    """
    unique: dict[IPv4Network | IPv6Network, Value] = {}
    for prefix, value in prefixes:
        unique.setdefault(prefix, value)
    found: list[Range[Value]] = []
    around: list[tuple[int, Value]] = []
    at = 0

    def tell(until: int, value: Value, kind: type[IPv4Address] | type[IPv6Address]) -> None:
        nonlocal at
        if at <= until:
            found.append(Range(kind(at), kind(until), value))
            at = until + 1

    kind: type[IPv4Address] | type[IPv6Address] = IPv4Address
    for prefix in sorted(unique, key=lambda each: (int(each.network_address), each.prefixlen)):
        kind = type(prefix.network_address)
        first, last = int(prefix.network_address), int(prefix.broadcast_address)
        while around and around[-1][0] < first:
            tell(*around.pop(), kind)
        if around:
            tell(first - 1, around[-1][1], kind)
        at = first
        around.append((last, unique[prefix]))
    while around:
        tell(*around.pop(), kind)
    return found
