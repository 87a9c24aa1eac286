"""How much a sharer would use, judged from what it uses. Pure; rates in bit/s."""

from __future__ import annotations

# Below this part of its share a node is not held back; what it uses is then what it wants.
HELD_BACK = 0.9
HEADROOM = 1.25
# Also an idle node keeps so much, so that its first packets find a place until the next round.
LEAST = 200_000


def estimate(rate_bps: float, share_bps: float, backlog_bytes: int) -> int | None:
    """What a leaf wants; None if it is held back and would take all it can get.

    Packets that wait, or a rate near the share, mean that it is held back. Otherwise it wants a quarter more than it
    uses: enough to grow into, until the next round looks again.
    """
    if backlog_bytes > 0 or rate_bps >= HELD_BACK * share_bps:
        return None
    return int(HEADROOM * max(rate_bps, 0.0)) + LEAST
