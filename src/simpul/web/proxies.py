"""Who the visitor is behind proxies: pure, from the peer's address and what it says in `X-Forwarded-For`."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
# So many leading bits of an IPv6 address are one household or office; the rest its owner chooses as he likes.
ONE_OWNER = 64


def networks(names: Sequence[str]) -> tuple[Network, ...]:
    """Addresses and networks as settings write them. Raises ValueError for anything else."""
    return tuple(ip_network(name) for name in names)


def visitor(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The visitor's address. `forwarded` are the lines of X-Forwarded-For in order; `peer` is a proxy of ours.

    Each proxy appends whom it has seen, so the last entry that is no proxy of ours was written by one of ours; what
    stands before it can be invented. An entry that is no address ends the search: then the proxy behind it counts.
    """
    last = peer
    for text in reversed(",".join(forwarded).split(",")):
        address = read(text)
        if address is None:
            return last
        last = str(address)
        if not any(address in network for network in trusted):
            return last
    return last


def read(text: str) -> Address | None:
    """One entry, also with a port: `192.0.2.1:4711`, `[2001:db8::1]:443`, `::ffff:192.0.2.1`. None for all else."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def counted_as(text: str) -> str:
    """What attempts from an address are counted under: IPv4 alone, IPv6 by its network of 64 bits."""
    address = read(text)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, ONE_OWNER), strict=False))
    return text if address is None else str(address)
