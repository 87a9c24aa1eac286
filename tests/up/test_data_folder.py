"""The data folder: private, and one process tree at a time."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
from pathlib import Path

import psutil
import pytest

from simpul.configuration import Data
from simpul.kit.keyfile import read_or_make
from simpul.kit.problem import Problem
from simpul.up.folder import clear_run, lock_owner, make_folder, take_lock
from up.processes import PYTHON, environment, start, still_running
from waiting import until

# The whole verb, with the group that needs no database.
UP = [PYTHON, "-m", "simpul", "up", "--only", "bus"]


def test_it_is_made_private_with_all_its_folders(tmp_path: Path) -> None:
    data = Data(tmp_path / "a" / "b")
    make_folder(data)
    for folder in (data.folder, data.run, data.log, data.evidence):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_one_that_others_may_see_is_refused_with_the_remedy(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir(mode=0o755)
    (folder / "something").touch()
    with pytest.raises(Problem, match=f"chmod 700 {folder}"):
        make_folder(Data(folder))


def test_an_empty_one_becomes_private(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir(mode=0o755)
    make_folder(Data(folder))
    assert folder.stat().st_mode & 0o777 == 0o700


def test_what_an_earlier_tree_left_is_cleared_but_static_files_stay(tmp_path: Path) -> None:
    data = Data(tmp_path / "d")
    make_folder(data)
    (data.run / "health").mkdir()
    (data.run / "health" / "web.json").write_text("{}")
    (data.run / "web.sock").touch()
    (data.run / "static").mkdir()
    (data.run / "static" / "app.css").touch()
    clear_run(data)
    assert [path.name for path in data.run.iterdir()] == ["static"]


def test_a_lock_is_seen_refused_and_given_back(tmp_path: Path) -> None:
    data = Data(tmp_path / "d")
    make_folder(data)
    assert lock_owner(data) is None
    held = take_lock(data)
    assert lock_owner(data) == os.getpid()
    with pytest.raises(Problem, match=rf"used by another simpul \(pid {os.getpid()}\)"):
        take_lock(data)
    os.close(held)
    assert lock_owner(data) is None


def test_a_full_disk_is_told_with_the_remedy_and_nothing_stays_claimed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    data = Data(tmp_path / "d")
    make_folder(data)
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        with pytest.raises(Problem, match=f"data folder {data.folder}: No space left on device. Free some room"):
            take_lock(data)
    assert lock_owner(data) is None
    with monkeypatch.context() as patched:
        patched.setattr(Path, "mkdir", full)
        for write in (make_folder, clear_run):
            with pytest.raises(Problem, match="Free some room"):
                write(data)


def test_a_second_up_is_refused_naming_the_first(tmp_path: Path) -> None:
    environ = environment(SIMPUL_CONFIG=os.devnull, SIMPUL_DATA_FOLDER=str(tmp_path / "d"), SIMPUL_BUS_PORT="24222")
    with start(UP, environ) as first:
        try:
            data = Data(tmp_path / "d")
            until(lambda: lock_owner(data) == first.pid)
            second = subprocess.run(UP, env=environ, capture_output=True, text=True, check=False)
            assert second.returncode == 2
            assert f"used by another simpul (pid {first.pid}). Stop it (kill {first.pid})" in second.stderr
            assert second.stderr.count("\n") == 1
            until(lambda: psutil.Process(first.pid).children())
            children = psutil.Process(first.pid).children(recursive=True)
        finally:
            first.terminate()
            # Read to the end: closing the pipes first would let its last words fail, and its exit status with them.
            first.communicate()
    assert first.returncode == 0
    assert still_running(children) == []


def test_up_on_a_taken_port_makes_no_folder(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        environ = environment(SIMPUL_CONFIG=os.devnull, SIMPUL_DATA_FOLDER=str(tmp_path / "d"), SIMPUL_BUS_PORT=port)
        ended = subprocess.run(UP, env=environ, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert f"bus.port: 127.0.0.1:{port} cannot be used: in use" in ended.stderr
    assert not (tmp_path / "d").exists()


def test_two_that_start_together_agree_on_one_secret(tmp_path: Path) -> None:
    script = (
        "import secrets, sys; from pathlib import Path; from simpul.kit.keyfile import read_or_make;"
        "print(read_or_make(Path(sys.argv[1]), secrets.token_hex))"
    )
    path = tmp_path / "some.key"
    both = [start([PYTHON, "-c", script, str(path)]) for _ in range(4)]
    answers = {process.communicate()[0].strip() for process in both}
    assert answers == {path.read_text().strip()}
    assert path.stat().st_mode & 0o777 == 0o600
    assert [found.name for found in tmp_path.iterdir()] == ["some.key"]


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "some.key"
    path.write_text("x")
    path.chmod(0o640)
    with pytest.raises(Problem, match="chmod 600"):
        read_or_make(path, lambda: "y")
