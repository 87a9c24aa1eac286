"""A full disk, a small one of the test's own: one line that names it, nothing half-applied, then it goes on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from up import full_disk
from up.processes import PYTHON, environment


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was said in a mount namespace of its own."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("needs root, to mount a small disk")
    folder = tmp_path_factory.mktemp("small")
    line = ["unshare", "--mount", "--kill-child", "--fork", PYTHON, str(Path(full_disk.__file__)), str(folder)]
    ended = subprocess.run(line, env=environment(), capture_output=True, text=True, timeout=600, check=False)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    assert found["before"] == [0, ""]
    return {**found, "folder": str(folder)}


def test_up_names_the_disk_and_does_not_start(told: dict[str, Any]) -> None:
    status, said = told["up"]
    assert (status, said.count("\n")) == (2, 1), said
    assert f"data folder {told['folder']}: No space left on device. Free some room on that disk" in said


def test_a_change_of_the_database_is_refused_with_the_disks_name(told: dict[str, Any]) -> None:
    status, said = told["user"]
    assert (status, said.count("\n")) == (2, 1), said
    assert said.endswith(f"Free some room on the disk of {told['folder']}; nothing was half saved\n")


def test_doctor_fails_and_no_half_written_key_is_left(told: dict[str, Any]) -> None:
    assert (told["doctor"], told["left"]) == (1, [])


def test_with_room_again_the_same_change_goes_in_and_the_log_is_whole(told: dict[str, Any]) -> None:
    assert told["user after"] == [0, ""]
    assert told["log after"][0] == 0
