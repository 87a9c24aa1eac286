"""What is left for whom when one way out is lost: who could not work then, while all want all they can get. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from simpul.kit.rates import format_rate
from simpul.traffic.logic.admission import FLOOR_BPS
from simpul.traffic.logic.allocate import allocate
from simpul.traffic.logic.placement import placed
from simpul.traffic.logic.plan import Plan

MOST_NAMES = 12


@dataclass(frozen=True, slots=True)
class Loss:
    """Without `uplink` the leaves `nothing` get 0 bit/s and `low` less than `floor_bps`, down or up; names in order."""

    uplink: str
    nothing: tuple[str, ...]
    low: tuple[str, ...]
    floor_bps: int

    def __str__(self) -> str:
        parts = [
            f"{_sites(names)} {what} ({_named(names)})"
            for names, what in (
                (self.nothing, _verb(self.nothing, "nothing")),
                (self.low, _verb(self.low, f"less than {format_rate(self.floor_bps)}")),
            )
            if names
        ]
        said = " and ".join(parts)
        return f"if {self.uplink} is lost: {said} while all use all they can. Lower what others are promised"

    def to_data(self) -> dict[str, Any]:
        """As JSON has it, with every name."""
        return asdict(self) | {"nothing": list(self.nothing), "low": list(self.low)}


def losses(plan: Plan, floor_bps: int = FLOOR_BPS) -> list[Loss]:
    """One for each uplink without which somebody is below the floor; an only uplink takes all along and is not said."""
    names = {uplink.name for uplink in plan.uplinks}
    found = []
    for lost in sorted(names) if len(names) > 1 else ():
        left = placed(plan, names - {lost})
        shares = allocate(left)
        rates = {leaf.name: min(shares.down[leaf.name], shares.up[leaf.name]) for leaf in left.leaves()}
        nothing = tuple(sorted(name for name, rate in rates.items() if rate == 0))
        low = tuple(sorted(name for name, rate in rates.items() if 0 < rate < floor_bps))
        if nothing or low:
            found.append(Loss(lost, nothing, low, floor_bps))
    return found


def _sites(names: Sequence[str]) -> str:
    return "1 site" if len(names) == 1 else f"{len(names)} sites"


def _verb(names: Sequence[str], what: str) -> str:
    return f"{'gets' if len(names) == 1 else 'get'} {what}"


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
