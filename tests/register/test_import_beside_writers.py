"""An import of 100,000 rows makes nobody else wait longer than a second."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench" / "import_beside_writers.py"


@pytest.mark.long
@pytest.mark.xdist_group("alone")
def test_six_writers_wait_at_most_a_second_beside_an_import_of_100_000_rows() -> None:
    done = subprocess.run(
        [sys.executable, str(BENCH), "--rows", "100000", "--writers", "6", "--seconds", "60"],
        env={name: value for name, value in os.environ.items() if not name.startswith("SIMPUL_")},
        stdout=subprocess.PIPE,
        check=True,
    )
    found = json.loads(done.stdout)
    assert found["database_is_locked"] == 0
    assert found["writes"] > 1000
    assert found["longest_write_s"] <= 1.0
