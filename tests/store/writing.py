"""A writer's life, begun as a process and killed: makes samples, puts them into the spool, says what is safe.

    python -m store.writing FOLDER NAME FIRST

Each second of the day is a sample, its value one more than the last. Before a sample is made its number is noted, so
that a test knows what was made; after each flush how many are safe.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from simpul.store.samples import Samples
from simpul.store.spool import Spool

METRIC = "load"
ROWS = 5000


def main(folder: Path, name: str, first: int) -> None:
    """Until killed."""
    samples = Samples(Spool(folder, name, 200_000_000))
    number = first
    while True:
        samples.add_many(METRIC, name, range(number, number + ROWS), [1.0] * ROWS)
        number += ROWS
        sys.stdout.write(f"made {ROWS}\n")
        sys.stdout.flush()
        sys.stdout.write(f"safe {samples.flush()}\n")
        sys.stdout.flush()
        time.sleep(0.05)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
