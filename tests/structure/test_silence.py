"""The repository speaks only of the product: no registry host, no machine path, no real government host."""

from __future__ import annotations

import re

import pytest

from structure.tree import ROOT, files, shown

REGISTRY = r"(pypi|pythonhosted|npmjs|debian|ubuntu)\.(org|com)"
FORBIDDEN = {
    "a package registry's address": rf"https?://[a-z.-]*{REGISTRY}",
    "a resolved address in a lock": r'"resolved": *"http',
    "a machine path": r"(?<![\w.])/(work|root|home/[a-z]+)/",
    "a task tracker's number": r"\b[Ii]ssue #?\d",
    "an unfinished thought": r"\b(TODO|FIXME|XXX)\b",
}
REAL_HOST = re.compile(r"\b[a-z0-9-]+\.(?!contoh\.)[a-z0-9-]+\.go\.id\b|\b(?!contoh\.)[a-z0-9-]+\.go\.id\b")
BINARY = {".png", ".woff2", ".mo", ".xlsx", ".jpg", ".ico"}
HERE = "tests/structure/test_silence.py"


def texts() -> list[tuple[str, str]]:
    """(name, text) of every text file but this one and foreign licence texts."""
    return [
        (shown(path), path.read_text(encoding="utf-8", errors="replace"))
        for path in files()
        if path.suffix not in BINARY and shown(path) != HERE and "licen" not in path.name.lower()
    ]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_contains(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    assert {f"{name}: {found.group()}" for name, text in texts() if (found := pattern.search(text))} == set()


def test_no_real_government_host_is_named() -> None:
    found = {
        f"{name}: {host.group()}"
        for name, text in texts()
        for host in REAL_HOST.finditer(text)
        if not host.group().endswith("contoh.go.id")
    }
    assert found == set()


def test_the_licence_is_apache_2() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert (ROOT / "NOTICE").read_text(encoding="utf-8").startswith("Simpul")
