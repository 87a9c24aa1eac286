"""Runs in a mount namespace of its own, on a small disk that fills up: `unshare --mount PYTHON full_disk.py FOLDER`.

Prints one JSON object with what each part said while the disk was full, and after there was room again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

SIZE = "24m"


def simpul(folder: Path, *words: str) -> tuple[int, str]:
    """Exit status and what was said."""
    environ = {**os.environ, "SIMPUL_CONFIG": os.devnull, "SIMPUL_DATA_FOLDER": str(folder)}
    line = [sys.executable, "-m", "simpul", *words]
    ended = subprocess.run(line, env=environ, capture_output=True, text=True, timeout=300, check=False)
    return ended.returncode, ended.stderr


def fill(folder: Path) -> Path:
    """Take the last byte."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return ballast


def main(folder: Path) -> None:
    """Mount, use, fill, use, make room, use."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "tmpfs", str(folder)], check=True)
    told: dict[str, object] = {"before": simpul(folder, "manage", "migrate", "--verbosity", "0")}
    ballast = fill(folder)
    told["up"] = simpul(folder, "up", "--only", "bus")
    told["user"] = simpul(folder, "user", "add", "siti", "--name", "Siti")
    (folder / "bus.key").unlink(missing_ok=True)
    told["doctor"] = simpul(folder, "doctor", "--json")[0]
    told["left"] = sorted(path.name for path in folder.iterdir() if path.name.startswith("."))
    ballast.unlink()
    told["user after"] = simpul(folder, "user", "add", "siti", "--name", "Siti")
    told["log after"] = simpul(folder, "log", "verify")
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
