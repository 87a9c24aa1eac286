"""No GPL or AGPL code is imported: the licence of every locked package is read from the package itself."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution

import pytest

from structure.tree import ROOT

# LGPL allows use as a library; psycopg is only there for who sets PostgreSQL.
ALLOWED = re.compile(r"MIT|BSD|Apache|MPL|Mozilla|PSF|Python Software|ISC|LGPL|Lesser|Zlib|Unlicense", re.IGNORECASE)
REFUSED = re.compile(r"(?<!L)\bA?GPL|(?<!Lesser )General Public", re.IGNORECASE)


def locked(name: str) -> set[str]:
    """Package names pinned in requirements/<name>.txt."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z0-9._-]+)==", text, re.MULTILINE | re.IGNORECASE))


def licence(package: Distribution) -> str:
    """What the package says of its licence: expression, classifiers, field, or the head of its licence file."""
    told = package.metadata
    classifiers = " ".join(line for line in told.get_all("Classifier", []) if line.startswith("License"))
    fields = [(told[name] or "")[:200] for name in ("License-Expression", "License") if name in told]
    said = " ".join([*fields, classifiers]).strip()
    if ALLOWED.search(said) or REFUSED.search(said):
        return said
    texts = [path for path in package.files or [] if re.search(r"LICEN[CS]E|COPYING", path.name, re.IGNORECASE)]
    return said + " ".join(path.read_text()[:400] for path in texts)


def judge(said: str) -> bool:
    """Whether code under these words may be imported."""
    return bool(ALLOWED.search(said)) and not REFUSED.search(said)


@pytest.mark.parametrize("name", sorted(locked("run")))
def test_the_licence_of_a_dependency_is_allowed(name: str) -> None:
    try:
        package = distribution(name)
    except PackageNotFoundError:
        # Pinned for another platform or Python only; the lock of that platform installs and checks it.
        lines = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8").splitlines()
        assert any(line.startswith(f"{name}==") and ";" in line for line in lines), f"{name} is pinned, not installed"
        return
    assert judge(licence(package)), f"{name}: {licence(package)}"


@pytest.mark.parametrize("said", ["GPL-3.0-only", "AGPL-3.0", "GNU General Public License v2 (GPLv2)", "Proprietary"])
def test_a_copyleft_or_unknown_licence_is_refused(said: str) -> None:
    assert not judge(said)


@pytest.mark.parametrize("said", ["MIT", "BSD-3-Clause", "LGPL-3.0-only", "GNU Lesser General Public License v3"])
def test_a_permissive_licence_is_allowed(said: str) -> None:
    assert judge(said)


def test_run_is_a_part_of_test_and_test_of_dev() -> None:
    assert locked("run") <= locked("test") <= locked("dev")


@pytest.mark.parametrize("name", ["run", "test", "dev"])
def test_every_pin_carries_hashes(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    pins = re.findall(r"^[a-z0-9._\[\],-]+==.*\\\n +--hash=sha256:", text, re.MULTILINE | re.IGNORECASE)
    assert len(pins) == len(locked(name))
