"""A lab's daemon as a process of its own, on the small network.

python daemon_alone.py DATA_FOLDER SECONDS_OF_CONVERGENCE
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from network.lab.conftest import RING_NETWORK
from simpul.kit.component import run_components
from simpul.lab.daemon import Config, Daemon


def main(folder: Path, convergence: float) -> int:
    """Until SIGTERM."""
    config = Config(folder, folder / "run", convergence_seconds=convergence)
    return asyncio.run(run_components([Daemon(config, lambda: RING_NETWORK)], folder / "run", "lab"))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), float(sys.argv[2])))
