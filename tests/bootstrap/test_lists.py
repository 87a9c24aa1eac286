"""The hashed lists: complete, the same for everybody, and silent about where packages come from."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .conftest import REPOSITORY

LISTS = ["uv", "run", "test", "dev"]


def text_of(name: str) -> str:
    """Return the list as it is committed."""
    return (REPOSITORY / f"requirements/{name}.txt").read_text(encoding="utf-8")


def pins(name: str) -> dict[str, Requirement]:
    """Return package -> pin of a list."""
    lines = re.findall(r"^[A-Za-z0-9][^\\\n]*", text_of(name), re.MULTILINE)
    return {canonicalize_name(pin.name): pin for pin in map(Requirement, lines)}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    """pyproject.toml as data."""
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", LISTS)
def test_every_package_is_pinned_to_one_version_with_its_hashes(name: str) -> None:
    blocks = re.split(r"^(?=[A-Za-z0-9])", text_of(name), flags=re.MULTILINE)[1:]
    assert len(blocks) == len(pins(name)) > 0
    for block in blocks:
        assert re.match(r"^[A-Za-z0-9._-]+==[^ ]+ (; .+ )?\\\n    --hash=sha256:[0-9a-f]{64}", block), block


@pytest.mark.parametrize("name", LISTS)
def test_no_list_says_where_packages_come_from(name: str) -> None:
    assert not re.search(r"://|--(extra-)?index|--find-links|--trusted-host", text_of(name))


@pytest.mark.parametrize(("small", "large"), [("run", "test"), ("test", "dev"), ("uv", "dev")])
def test_what_is_tested_is_what_runs(small: str, large: str) -> None:
    larger = pins(large)
    assert {name: str(pin.specifier) for name, pin in pins(small).items()} == {
        name: str(larger[name].specifier) for name in pins(small)
    }


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_every_dependency_is_in_the_list_on_every_supported_python(project: dict[str, Any], version: str) -> None:
    place = {"python_version": version, "python_full_version": f"{version}.0", "sys_platform": "linux", "extra": ""}
    here = {name for name, pin in pins("run").items() if not pin.marker or pin.marker.evaluate(place)}
    wanted = {canonicalize_name(Requirement(line).name) for line in project["project"]["dependencies"]}
    assert wanted <= here


def test_the_lists_hold_the_versions_that_the_project_asks_for(project: dict[str, Any]) -> None:
    have = pins("dev")
    for line in [*project["project"]["dependencies"], *project["dependency-groups"]["test"]]:
        asked = Requirement(line)
        [pin] = have[canonicalize_name(asked.name)].specifier
        assert asked.specifier.contains(pin.version), line
