"""What the structure tests look at: the tracked and new files of this clone, and its Python as syntax trees."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "simpul"
ROOMS = ("store", "record", "people", "register", "traffic", "watch", "lab", "web", "up")


@cache
def files() -> tuple[Path, ...]:
    """Every file git knows or would know (ignored ones left out), relative to the root."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return tuple(path for name in listing.split("\0") if name and (path := ROOT / name).is_file())


def written(*suffixes: str) -> Iterator[Path]:
    """Files that people write: no migrations, no built assets, no data, no lock files."""
    for path in files():
        parts = path.relative_to(ROOT).parts
        generated = "migrations" in parts or "static" in parts or "data" in parts or parts[0] == "requirements"
        if path.suffix in suffixes and not generated:
            yield path


def syntax(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def shown(path: Path) -> str:
    """The path as people write it."""
    return path.relative_to(ROOT).as_posix()
