"""Every test runs on a data folder of its own; nothing is read from the developer's."""

from __future__ import annotations

import os
import platform
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
    """Deals out the tests one by one, but a file that is marked with `xdist_group` goes to one worker as a whole."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if "xdist_group(" in _text(file) else nodeid


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
    """A whole run with `--long` leaves a dated line in docs/long-tests.csv, to be committed with what it proves."""
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not config.option.keyword
    if not (config.getoption("--long") and whole) or _IS_WORKER:
        return
    counted = {name: len(terminalreporter.stats.get(name, [])) for name in ("passed", "failed", "error", "skipped")}
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=config.rootpath, capture_output=True, text=True, check=False
    ).stdout.strip()
    figures = [*counted.values(), round(time.monotonic() - _BEGAN)]
    line = [f"{datetime.now(UTC):%Y-%m-%d}", commit, platform.python_version(), *map(str, figures)]
    with (config.rootpath / "docs" / "long-tests.csv").open("a", encoding="utf-8") as file:
        file.write(",".join(line) + "\n")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the data folder, once all workers have ended."""
    if _IS_WORKER:
        return
    for path in sorted(_DATA.rglob("*"), reverse=True):
        path.unlink() if path.is_file() or path.is_symlink() else path.rmdir()
    _DATA.rmdir()
