"""Which Python is taken, and what is said when none will do."""

from __future__ import annotations

import json

from .conftest import Clone

# As on a bare Debian: Python runs, but cannot make environments.
WITHOUT_ENSUREPIP = 'case "$*" in *ensurepip*) echo "No module named ensurepip" >&2; exit 1 ;; esac'
APT_LINE = "apt-get update && apt-get install -y --no-install-recommends python3-venv"


def test_shims_that_run_nothing_are_passed_over(clone: Clone) -> None:
    clone.program("python3.13", 'echo "python3.13: command not found" >&2; exit 127')
    clone.program("python3.12", "exit 0")
    clone.program("python3.11", 'echo "which version do you want?"')
    assert clone.run("doctor").returncode == 0


def test_a_python_that_cannot_make_environments_is_passed_over(clone: Clone) -> None:
    clone.python("python3.13", WITHOUT_ENSUREPIP)
    done = clone.run("doctor")
    assert done.returncode == 0
    assert json.loads(done.stdout)["python"] == str(clone.environment / "bin/python")


def test_an_ordinary_user_without_usable_python_gets_the_one_apt_line(clone: Clone) -> None:
    clone.python("python3", WITHOUT_ENSUREPIP)
    clone.program("apt-get", "exit 99")
    done = clone.run("doctor")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].strip() == APT_LINE
    assert not clone.environment.exists()


def test_the_apt_line_says_sudo_where_there_is_sudo(clone: Clone) -> None:
    (clone.programs / "python3").unlink()
    clone.program("apt-get", "exit 99")
    clone.program("sudo")
    assert clone.run("doctor").stderr.splitlines()[-1].strip() == APT_LINE.replace("apt-get", "sudo apt-get")


def test_root_gets_the_missing_python_installed_and_the_verb_run(clone: Clone) -> None:
    ready = clone.programs.parent / "ready-python"
    clone.python("python3")
    (clone.programs / "python3").rename(ready)
    clone.user("0")
    clone.program("apt-get", f'case "$*" in *" -y "*) mv {ready} {clone.programs}/python3 ;; esac')
    done = clone.run("doctor")
    assert done.returncode == 0
    assert "python3-venv  makes Simpul's own environment" in done.stderr
    assert json.loads(done.stdout)["arguments"] == ["doctor"]


def test_a_system_whose_python_stays_too_old_is_told_so(clone: Clone) -> None:
    clone.program("python3", "exit 1")
    clone.user("0")
    clone.program("apt-get")
    done = clone.run("doctor")
    assert done.returncode == 2
    assert "SIMPUL_PYTHON=" in done.stderr.splitlines()[-1]


def test_the_named_python_is_the_only_one_tried(clone: Clone) -> None:
    clone.program("other", "exit 1")
    done = clone.run("doctor", SIMPUL_PYTHON=str(clone.programs / "other"))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "must be Python 3.11, 3.12 or 3.13" in done.stderr
