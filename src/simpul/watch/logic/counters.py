"""From counters that only rise to rates. Pure."""

from __future__ import annotations

WRAP = 2**64
TICKS_PER_SECOND = 100
TICKS_WRAP = 2**32
# No port is faster (ten times what may be bought): a device that counts more is wrong, or lies.
MOST_BPS = 8e12


def rise(before: int, after: int) -> int | None:
    """How far a 64-bit counter has risen; None where it began anew (no counter passes half its range in between)."""
    risen = (after - before) % WRAP
    return risen if risen < WRAP // 2 else None


def seconds_between(before: int, after: int, waited: float) -> float | None:
    """Seconds by the router's own clock (hundredths since its start); `waited` is what ours says.

    The router's clock tells when it read its counters, ours only when the answer came. None where it was restarted:
    then its counters are new as well. Its clock begins anew after 497 days, which is no restart.
    """
    told = ((after - before) % TICKS_WRAP) / TICKS_PER_SECOND
    # A clock that ran otherwise than ours by more than two seconds and a half was not the same clock.
    if told <= 0 or abs(told - waited) > 2.0 + waited / 2:
        return None
    return told


def rate_bps(octets_before: int, octets_after: int, seconds: float) -> float | None:
    """Bit/s of layer 2; None where the counter began anew, or rose as no port can."""
    risen = rise(octets_before, octets_after)
    if risen is None or seconds <= 0:
        return None
    bps = 8.0 * risen / seconds
    return bps if bps <= MOST_BPS else None
