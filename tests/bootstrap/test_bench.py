"""`./simpul bench NAME`: one program of bench/ by its name, in the environment of the tests."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import REPOSITORY

TOOL = '#!/bin/sh\necho "$*"\nexit 3\n'


class Bench:
    """A copy of the script beside two benchmarks and a Python that only says how it was called."""

    def __init__(self, place: Path) -> None:
        self.place = place
        for path in ("scripts", "bench", ".venv-test/bin"):
            (place / path).mkdir(parents=True)
        shutil.copy(REPOSITORY / "scripts/bench", place / "scripts")
        (place / "bench/netlink.py").write_text('"""How long the kernel takes.\n"""\n')
        (place / "bench/lab_people.py").write_text('"""What people cost."""\n')
        self.python = place / ".venv-test/bin/python"
        self.python.write_text(TOOL)
        self.python.chmod(0o755)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """From another folder, as by its path."""
        line = [str(self.place / "scripts/bench"), *arguments]
        return subprocess.run(line, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Never run."""
    return Bench(tmp_path / "a place")


def test_a_benchmark_gets_its_options_and_its_status_is_the_answer(bench: Bench) -> None:
    done = bench.run("netlink", "--classes", "1000")
    assert (done.stdout, done.returncode) == ("bench/netlink.py --classes 1000\n", 3)


def test_without_a_name_all_are_listed_with_what_they_measure(bench: Bench) -> None:
    done = bench.run()
    assert done.returncode == 0
    assert [line.split(maxsplit=1) for line in done.stdout.splitlines()[-2:]] == [
        ["lab_people", "What people cost."],
        ["netlink", "How long the kernel takes."],
    ]


@pytest.mark.parametrize("name", ["speed", "../simpul", "bench/netlink"])
def test_an_unknown_name_is_refused_with_those_that_there_are(bench: Bench, name: str) -> None:
    done = bench.run(name)
    assert (done.stdout, done.returncode) == ("", 2)
    assert done.stderr == f'simpul bench: there is no benchmark "{name}". Names: lab_people, netlink\n'


def test_without_an_environment_it_says_how_to_get_one(bench: Bench) -> None:
    bench.python.unlink()
    done = bench.run("netlink")
    assert done.returncode == 2
    assert "./simpul bench netlink" in done.stderr


def test_every_benchmark_says_in_its_first_line_what_it_measures() -> None:
    done = subprocess.run([REPOSITORY / "scripts/bench"], capture_output=True, text=True, check=True)
    rows = dict(
        line.split(maxsplit=1) for line in done.stdout.splitlines() if line.startswith("  ") and "./" not in line
    )
    assert set(rows) == {path.stem for path in (REPOSITORY / "bench").glob("*.py")}
    assert all(text.rstrip().endswith((".", "?")) for text in rows.values())
