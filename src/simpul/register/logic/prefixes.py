"""Address blocks as numbers: their ends, what overlaps, what is still free. Pure; IPv4 and IPv6 alike."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_MAPPED = 0xFFFF << 32  # ::ffff:0:0/96, the IPv4-mapped addresses of RFC 4291, 2.5.5.2
_BITS = {4: 32, 6: 128}


@dataclass(frozen=True, slots=True)
class Block:
    """All addresses from `first` to `last`, IPv4 in its IPv4-mapped form."""

    first: int
    last: int
    family: int

    @classmethod
    def of(cls, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> Block:
        """The block of a network object."""
        shift = _MAPPED if network.version == 4 else 0
        start, end = int(network.network_address), int(network.broadcast_address)
        return cls(start + shift, end + shift, network.version)

    @property
    def first_hex(self) -> str:
        """32 hex digits, as stored."""
        return f"{self.first:032x}"

    @property
    def last_hex(self) -> str:
        """32 hex digits, as stored."""
        return f"{self.last:032x}"

    @property
    def cidr(self) -> str:
        """`10.10.0.0/20`."""
        length = _BITS[self.family] - (self.last - self.first).bit_length()
        shift = _MAPPED if self.family == 4 else 0
        kind = ipaddress.IPv4Address if self.family == 4 else ipaddress.IPv6Address
        return f"{kind(self.first - shift)}/{length}"

    def holds(self, other: Block) -> bool:
        """Whether `other` lies in it, or is it."""
        return self.family == other.family and self.first <= other.first and other.last <= self.last


def block_of(cidr: str) -> Block:
    """Read `10.10.0.0/20` or `2001:db8::/48`. Raises ValueError that says what is wrong and what was probably meant."""
    text = cidr.strip()
    if "/" not in text:
        raise ValueError(f'"{text}" has no prefix length. Write for example {text or "10.0.0.0"}/24')
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        try:
            meant = ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise ValueError(f'"{text}" is no address block. Write for example 10.10.0.0/20') from None
        raise ValueError(f'"{text}" has bits set behind its length. Write {meant} for the block') from None
    return Block.of(network)


def overlaps(blocks: Iterable[Block]) -> list[tuple[Block, Block]]:
    """Pairs of (wider or earlier, inner) blocks of which one lies directly in the other, equal ones included.

    Blocks never overlap by halves, so a stack of the open ones finds every direct parent in one pass.
    """
    found: list[tuple[Block, Block]] = []
    around: list[Block] = []
    for block in sorted(blocks, key=_by_place):
        while around and not around[-1].holds(block):
            around.pop()
        if around:
            found.append((around[-1], block))
        around.append(block)
    return found


def gaps(pool: Block, taken: Iterable[Block]) -> Iterator[tuple[int, int]]:
    """First and last address of every free stretch of the pool, in order."""
    cursor = pool.first
    for block in sorted(taken, key=_by_place):
        if block.family != pool.family or block.last < pool.first or block.first > pool.last:
            continue
        if block.first > cursor:
            yield cursor, block.first - 1
        cursor = max(cursor, block.last + 1)
    if cursor <= pool.last:
        yield cursor, pool.last


def next_free(pool: Block, taken: Sequence[Block], length: int) -> Block | None:
    """The lowest free block of prefix length `length` in the pool, or None. Raises ValueError for a silly length."""
    bits = _BITS[pool.family]
    pool_length = bits - (pool.last - pool.first).bit_length()
    if not pool_length <= length <= bits:
        raise ValueError(f"a block of length /{length} cannot lie in {pool.cidr}. Choose {pool_length} to {bits}")
    size = 1 << (bits - length)
    for start, end in gaps(pool, taken):
        aligned = -(-start // size) * size
        if aligned + size - 1 <= end:
            return Block(aligned, aligned + size - 1, pool.family)
    return None


def _by_place(block: Block) -> tuple[int, int]:
    """By start, the wider one first: parents come before what lies in them."""
    return block.first, -block.last
