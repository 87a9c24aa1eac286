"""A damaged key file: one line with the remedy, nothing starts, and doctor names it; a key is never half-written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from simpul.configuration import load
from simpul.engines.certificate_store import Store
from simpul.engines.certificates import ensure
from simpul.keys import credential_keys, plan_key, secret_key
from simpul.kit.keyfile import read_or_make
from simpul.up.bus_access import bus_password
from simpul.up.key_files import KEY_FILES, problems
from up.processes import PYTHON, as_nobody, environment, private_folder, start
from waiting import until

NAMES = [file.name for file in KEY_FILES]


def empty(path: Path) -> None:
    path.write_text("")


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:10])


def garbled(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00 nothing that was written here")


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def open_to_others(path: Path) -> None:
    path.chmod(0o644)


DAMAGE = [empty, cut_short, garbled, a_folder, open_to_others]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with every key, as they are made."""
    made = tmp_path / "d"
    secret_key(made), credential_keys(made), plan_key(made)
    bus_password(load(environ={"SIMPUL_CONFIG": os.devnull, "SIMPUL_DATA_FOLDER": str(made)}))
    ensure(Store(made), ["localhost"], datetime.now(UTC))
    return made


def simpul(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = environment(SIMPUL_CONFIG=os.devnull, SIMPUL_DATA_FOLDER=str(folder), SIMPUL_SERVER_LISTEN="unix")
    return subprocess.run(
        [PYTHON, "-m", "simpul", *words], env=environ, capture_output=True, text=True, timeout=120, check=False
    )


def test_keys_as_they_are_made_have_no_problem(folder: Path) -> None:
    assert {path.name for path in folder.glob("*.key")} | {"bus-ca.pem"} == set(NAMES)
    assert problems(folder) == []


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_key_is_one_line_with_its_remedy(folder: Path, name: str, damage: Callable[[Path], None]) -> None:
    damage(folder / name)
    (said,) = problems(folder)
    assert said.startswith(f"{folder / name}")
    assert "\n" not in said
    assert "chmod 600" in said if damage is open_to_others else ". Restore it from a copy, or remove it: " in said


@pytest.mark.parametrize("name", ["secret.key", "bus.key", "bus-ca.key"])
def test_up_does_not_start_with_an_empty_key(folder: Path, name: str) -> None:
    empty(folder / name)
    ended = simpul(folder, "up")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert f"{folder / name} is empty. Restore it from a copy, or remove it" in ended.stderr


def test_a_verb_that_needs_the_key_is_refused_in_one_line(folder: Path) -> None:
    empty(folder / "secret.key")
    ended = simpul(folder, "user", "list")
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1), ended.stderr
    assert "then everybody has to sign in again" in ended.stderr


def test_doctor_names_the_damaged_key(folder: Path) -> None:
    cut_short(folder / "plan.key")
    ended = simpul(folder, "doctor", "--json")
    assert ended.returncode == 1
    (found,) = [check for check in json.loads(ended.stdout)["checks"] if check["name"] == "keys"]
    assert found["status"] == "fail"
    assert found["what"] == f"{folder / 'plan.key'} is damaged or cut short"
    assert found["remedy"].endswith("then every gateway's agent needs a new credential")


def test_a_key_that_its_user_may_not_read_is_named() -> None:
    found = as_nobody()
    if found is None or os.geteuid() != 0:
        pytest.skip("needs two users, of whom the other one can run this clone")
    wrapper, python = found
    place = private_folder("root")
    place.chmod(0o755)
    key = place / "secret.key"
    key.write_text("x" * 40)
    key.chmod(0o600)
    code = f"from pathlib import Path; from simpul.kit.keyfile import read; read(Path('{key}'))"
    ended = subprocess.run(
        [*wrapper, python, "-c", code], env=environment(), capture_output=True, text=True, check=False
    )
    shutil.rmtree(place)
    assert f"{key}: Permission denied. Run as its owner, or mend its mode" in ended.stderr


def test_threads_that_start_together_agree_on_one_whole_key(tmp_path: Path) -> None:
    for number in range(50):
        path = tmp_path / f"{number}.key"
        read: set[str] = set()
        together = threading.Barrier(8)

        def first(path: Path = path, read: set[str] = read, together: threading.Barrier = together) -> None:
            together.wait()
            read.add(read_or_make(path, lambda: os.urandom(2000).hex()))

        threads = [threading.Thread(target=first) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert read == {path.read_text().strip()}
    assert len(list(tmp_path.iterdir())) == 50


def test_a_disk_that_fills_up_leaves_no_key_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("simpul.kit.keyfile.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        read_or_make(tmp_path / "secret.key", lambda: "x" * 40)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def web(folder: Path) -> Iterator[Callable[[], None]]:
    """Starts the tree's group `web`; ends it."""
    environ = environment(SIMPUL_CONFIG=os.devnull, SIMPUL_DATA_FOLDER=str(folder), SIMPUL_SERVER_LISTEN="unix")
    (folder / "run").mkdir()
    running = start([PYTHON, "-m", "simpul", "run", "web"], environ)
    yield lambda: until(lambda: running.poll() is not None, 60)
    running.kill()
    _, said = running.communicate()
    assert "Traceback" not in said
    assert said.count("secret.key is empty") <= 2


def test_a_web_server_that_meets_an_empty_key_ends_without_a_traceback(folder: Path, web: Callable[[], None]) -> None:
    # Emptied before its worker has come so far.
    empty(folder / "secret.key")
    web()
