"""Every test runs on a data folder of its own; nothing is read from the developer's."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import django
import pytest
from django.utils import translation
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

# The settings are read here and not by pytest's ini: that would happen before this file, from the developer's folder.
# A worker of xdist has read them already, from the folder that the process above it has made.
_BEGAN = time.monotonic()
_IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
_DATA = Path(os.environ["SIMPUL_DATA_FOLDER"] if _IS_WORKER else tempfile.mkdtemp(prefix="simpul-test-"))
os.environ["SIMPUL_DATA_FOLDER"] = str(_DATA)
os.environ.pop("SIMPUL_CONFIG", None)
os.environ["DJANGO_SETTINGS_MODULE"] = "simpul.settings"
django.setup()

# No verdict depends on how fast the machine is. Fixtures that hold for all examples of a test are meant so here.
settings.register_profile(
    "any speed", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("any speed")


@pytest.fixture(autouse=True)
def instance_language() -> None:
    """Every test begins in the instance's language, whatever the visitor of the one before has read."""
    translation.deactivate()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--long` adds soak, chaos and the full accessibility matrix."""
    parser.addoption("--long", action="store_true", help="also run tests marked long")


class Together(LoadScopeScheduling):  # type: ignore[misc]  # xdist says nothing of its types
    """Deals out the tests one by one, but what shares something goes to one worker.

    That is every file that is marked with the same `xdist_group`, and all that looks at the demonstration.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        group = re.search(r'xdist_group\("([^"]+)"\)', _text(file))
        if group:
            return group[1]
        # One demonstration is served for all browser tests.
        return "tests/look" if file.startswith("tests/look/") else nodeid


@cache
def _text(file: str) -> str:
    return (Path(__file__).resolve().parents[1] / file).read_text(encoding="utf-8")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """xdist 3.8 cannot put its groups into the names of pytest 9.2, so its own scheduler would not see them."""
    return Together(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without `--long`, long tests are deselected (not skipped: a skip could hide a missing tool)."""
    if config.getoption("--long"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if not item.get_closest_marker("long")]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Each pytest of a whole plan with `--long` leaves a dated line in docs/long-tests.csv, to be committed.

    scripts/test-plan names the step; without a name this is no whole plan.
    """
    step = os.environ.get("TEST_STEP", "")
    if not step or not config.getoption("--long") or config.option.keyword or _IS_WORKER:
        return
    counted = {name: len(terminalreporter.stats.get(name, [])) for name in ("passed", "failed", "error", "skipped")}
    figures = [*counted.values(), round(time.monotonic() - _BEGAN)]
    line = [f"{datetime.now(UTC):%Y-%m-%d}", _commit(config.rootpath), platform.python_version(), step]
    with (config.rootpath / "docs" / "long-tests.csv").open("a", encoding="utf-8") as file:
        file.write(",".join([*line, *map(str, figures)]) + "\n")


def _commit(root: Path) -> str:
    """Marked if something is not committed, but the file of results, in which an earlier step has left its line."""
    name = _git(root, "describe", "--always")
    changed = _git(root, "status", "--porcelain", "--", ".", ":!docs/long-tests.csv")
    return f"{name}-dirty" if changed else name


def _git(root: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False).stdout.strip()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the data folder, once all workers have ended."""
    if _IS_WORKER:
        return
    for path in sorted(_DATA.rglob("*"), reverse=True):
        path.unlink() if path.is_file() or path.is_symlink() else path.rmdir()
    _DATA.rmdir()
