"""Which virtual network stands right now, for processes that live in it: `run/lab/network.json` and its namespaces.

The lab may be taken down and built again at any time; who holds sockets in the old namespaces must let go of them.
"""

from __future__ import annotations

from pathlib import Path

from simpul.kit.problem import Problem
from simpul.lab.network.namespaces import NAMES
from simpul.lab.network.plan import Network, network_from_text

Stamp = tuple[int, int, int]


def network_file(run_dir: Path) -> Path:
    """Where the lab writes down what it has built."""
    return run_dir / "lab" / "network.json"


class Standing:
    """The network as it was at the last look."""

    def __init__(self, run_dir: Path, names: Path = NAMES) -> None:
        self.file = network_file(run_dir)
        self.network: Network | None = None
        self.trouble = "waits for the virtual network"
        self._names = names
        self._stamp: Stamp | None = None

    def changed(self) -> bool:
        """Look again; whether another network stands now, or none. Forget what was seen with `look_anew`."""
        stamp = self._look()
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        return True

    def look_anew(self) -> None:
        """What was seen could not be used: the next look is taken as a change."""
        self._stamp = None
        self.network = None

    def _look(self) -> Stamp | None:
        """The file's and the gateway's namespace's identity; None while no network stands."""
        try:
            found = self.file.stat()
            if self._stamp is None or self._stamp[:2] != (found.st_mtime_ns, found.st_ino):
                self.network = network_from_text(self.file.read_text(encoding="utf-8"), str(self.file))
            gateway = self.network.gateway.code if self.network is not None else ""
            return (found.st_mtime_ns, found.st_ino, (self._names / gateway).stat().st_ino)
        except (OSError, Problem, StopIteration) as error:
            self.network = None
            self.trouble = str(error) if isinstance(error, Problem) else "waits for the virtual network"
            return None
