"""Tests with real packets: they run in the sandbox only, where nothing leads outside."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from network.small import Standing, small_network, stand_up
from simpul.lab.network.plan import Network


def pytest_configure() -> None:
    """Refuse this folder outside the sandbox: what these tests make would appear in the machine's own network."""
    if os.environ.get("SIMPUL_SANDBOXED") != "1":
        raise pytest.UsageError("tests/network makes networks of its own. Run: scripts/sandboxed python -m pytest ...")


@pytest.fixture(scope="module")
def raise_lab() -> Iterator[Callable[[Network], Standing]]:
    """Builds a network for the tests of one file; the one before must be down, and the last is taken down here."""
    standing: list[Standing] = []

    def build(network: Network) -> Standing:
        while standing:
            standing.pop().lab.down()
        standing.append(stand_up(network))
        return standing[-1]

    yield build
    while standing:
        standing.pop().lab.down()


@pytest.fixture(scope="module")
def lab(raise_lab: Callable[[Network], Standing]) -> Standing:
    """Twelve sites on one core router, one provider (see `small_network`); a file that needs another overrides it."""
    return raise_lab(small_network())
