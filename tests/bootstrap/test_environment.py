"""How the environment is built, kept, and built anew when it is not what it should be."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable

import pytest

from .conftest import Clone, wheel

# Stands in for uv: notes how it was called, then lets pip do the work.
UV = """import os, pathlib, subprocess, sys
def main():
    pathlib.Path(os.environ["HOME"], "uv-was-called").write_text(" ".join(sys.argv[1:]))
    if "UV_FAILS" in os.environ:
        sys.exit(1)
    sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", "-r", sys.argv[-1]]))
"""


def test_the_first_start_builds_and_the_second_says_nothing(clone: Clone) -> None:
    clone.python("python3", quick=False)
    first = clone.run("doctor", "--json", "two words")
    assert "builds .venv" in first.stderr
    assert "up to 1 packages" in first.stderr
    second = clone.run("doctor", "--json", "two words")
    assert second.stderr == ""
    assert json.loads(second.stdout) == {
        "arguments": ["doctor", "--json", "two words"],
        "folder": str(clone.elsewhere),
        "python": str(clone.environment / "bin/python"),
    }


def test_a_link_to_the_script_starts_the_clone_it_points_to(clone: Clone) -> None:
    link = clone.elsewhere / "simpul"
    link.symlink_to(clone.place / "simpul")
    clone.call = [str(link)]
    assert json.loads(clone.run("doctor").stdout)["python"] == str(clone.environment / "bin/python")


def test_modules_lying_in_the_current_folder_are_not_taken(clone: Clone) -> None:
    for name in ("json", "simpul_sample"):
        (clone.elsewhere / f"{name}.py").write_text("raise SystemExit('the wrong one')\n")
    assert clone.run("doctor").returncode == 0


def test_a_half_made_environment_is_built_anew(clone: Clone) -> None:
    clone.write(".venv/simpul.made", "")
    clone.write(".venv/bin/python", "#!/bin/sh\nexit 1\n")
    clone.write(".venv/left-over", "")
    assert clone.run("doctor").returncode == 0
    assert not (clone.environment / "left-over").exists()


def test_a_build_ended_by_kill_9_is_repaired_by_the_next_start(clone: Clone) -> None:
    clone.python("python3", quick=False)
    with clone.start("doctor") as process:
        deadline = time.monotonic() + 60
        while not (clone.environment / "pyvenv.cfg").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert (clone.environment / "pyvenv.cfg").exists()
    assert not (clone.environment / "simpul.stamp").exists()
    assert clone.run("doctor").returncode == 0


def test_a_changed_list_rebuilds(clone: Clone, add_package: Callable[[str], None]) -> None:
    clone.run("doctor")
    add_package("simpul_news")
    assert "builds .venv" in clone.run("doctor").stderr
    assert list(clone.environment.rglob("simpul_news.py"))


def test_a_clone_that_moved_rebuilds(clone: Clone) -> None:
    clone.run("doctor")
    clone.place = clone.place.rename(clone.place.with_name("another place"))
    done = clone.run("doctor")
    assert "builds .venv" in done.stderr
    assert json.loads(done.stdout)["python"] == str(clone.place / ".venv/bin/python")


def test_an_environment_whose_python_is_gone_rebuilds(clone: Clone) -> None:
    clone.run("doctor")
    (clone.environment / "bin/python").unlink()
    (clone.environment / "bin/python").symlink_to("/nowhere/python")
    assert clone.run("doctor").returncode == 0


def test_somebody_elses_folder_is_moved_aside_not_deleted(clone: Clone) -> None:
    clone.write(".venv/notes.txt", "mine")
    done = clone.run("doctor")
    assert done.returncode == 0
    [aside] = clone.place.glob(".venv.before-*")
    assert (aside / "notes.txt").read_text() == "mine"
    assert aside.name in done.stderr


def test_two_starts_at_once_build_once(clone: Clone) -> None:
    with clone.start("doctor") as one, clone.start("doctor") as two:
        said = [process.communicate(timeout=120)[1] for process in (one, two)]
    assert (one.returncode, two.returncode) == (0, 0)
    assert "".join(said).count("builds .venv") == 1


def test_packages_out_of_reach_end_in_one_line_and_the_next_start_goes_on(clone: Clone) -> None:
    [package] = clone.wheels.glob("*.whl")
    package.rename(clone.elsewhere / package.name)
    done = clone.run("doctor")
    assert done.returncode == 2
    assert "run.txt cannot be installed (pip: ERROR: No matching distribution found" in done.stderr.splitlines()[-1]
    (clone.elsewhere / package.name).rename(package)
    assert clone.run("doctor").returncode == 0


def test_a_package_that_is_not_the_one_of_the_list_is_refused(clone: Clone) -> None:
    wheel(clone.wheels, "simpul_sample", {"simpul_sample.py": "kept = 'tampered'\n"})
    done = clone.run("doctor")
    assert done.returncode == 2
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in (clone.environment / "install.log").read_text()
    assert not list(clone.environment.rglob("simpul_sample.py"))


@pytest.mark.parametrize("variables", [{}, {"UV_FAILS": "1"}], ids=["uv works", "uv reaches no index"])
def test_uv_is_tried_first_and_does_not_stay(clone: Clone, variables: dict[str, str]) -> None:
    clone.write("requirements/uv.txt", wheel(clone.wheels, "uv", {"uv_stand_in.py": UV}, "uv = uv_stand_in:main"))
    done = clone.run("doctor", **variables)
    assert done.returncode == 0
    assert ("goes on with pip" in done.stderr) == bool(variables)
    call = (clone.elsewhere / "uv-was-called").read_text()
    assert call.startswith("pip sync ")
    assert "--require-hashes" in call
    assert not (clone.environment / "bin/uv").exists()


def test_a_clone_that_may_not_be_written_is_named_with_its_owner(clone: Clone) -> None:
    clone.program("stat", "echo dewi")
    if os.geteuid() == 0:  # root may write everywhere, unless it gives that up
        clone.call = [str(shutil.which("setpriv")), "--bounding-set=-dac_override", str(clone.place / "simpul")]
    clone.place.chmod(0o555)
    done = clone.run("doctor")
    clone.place.chmod(0o755)
    assert done.returncode == 2
    assert done.stderr == (
        f"simpul: {clone.environment} has to be built, but somebody may not write {clone.place};"
        " run this once as its owner, dewi.\n"
    )
