"""The agent's one table of nft in the kernel: loaded whole when it shall say something else, mended when touched."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from simpul.engines import nftables
from simpul.traffic.agent.memory import Memory
from simpul.traffic.agent.state import STEERING
from simpul.traffic.agent.steering import TABLE, Steering, script


class Table:
    """What was loaded last, and whether it still stands as it was loaded: also over a restart of the agent."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._kept: dict[str, str] = memory.recall(STEERING, _digests, {})
        self._said: Steering | None = None

    def steer(self, steering: Steering) -> bool:
        """Load the table if it says something else than the one that stands; whether it had to be."""
        if steering is self._said or steering == self._said:
            return False
        text = script(steering)
        loaded = not self._stands(text)
        if loaded:
            nftables.apply(text)
            self._kept = {"script": _digest(text), "table": _listed()}
            self._memory.keep(STEERING, self._kept)
        self._said = steering
        return loaded

    def mend(self) -> bool:
        """Load it again if somebody has changed it; whether somebody had."""
        if self._said is None or self._stands(script(self._said)):
            return False
        steering, self._said = self._said, None
        return self.steer(steering)

    def lift(self) -> None:
        """Take it away."""
        if nftables.list_table(TABLE) is not None:
            nftables.apply(f"delete table inet {TABLE}\n")
        self._kept = {}
        self._memory.drop(STEERING)
        self._said = None

    def _stands(self, text: str) -> bool:
        kept = self._kept
        return bool(kept) and kept["script"] == _digest(text) and kept["table"] == _listed()


def _digests(data: Any) -> dict[str, str]:
    """Raises KeyError or TypeError for anything else."""
    return {name: str(data[name]) for name in ("script", "table")}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _listed() -> str:
    """A digest of the table as the kernel tells it, without the numbers that each loading gives anew."""
    listing = nftables.list_table(TABLE)
    return "" if listing is None else _digest(json.dumps(_unnumbered(listing), sort_keys=True))


def _unnumbered(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _unnumbered(value) for key, value in part.items() if key not in ("handle", "metainfo")}
    if isinstance(part, list):
        return [_unnumbered(each) for each in part]
    return part
