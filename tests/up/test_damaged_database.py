"""A damaged SQLite file: nothing starts with it, doctor names it, a running tree says so and its log does not fill."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from simpul.up.ports import any_free_port
from up.processes import PYTHON, environment
from up.test_tree import Tree

WAL = ("simpul.sqlite3-wal", "simpul.sqlite3-shm")


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole instance, to be copied."""
    folder = tmp_path_factory.mktemp("whole")
    folder.chmod(0o700)
    simpul(folder, "manage", "migrate", "--verbosity", "0").check_returncode()
    return folder


@pytest.fixture
def folder(migrated: Path, tmp_path: Path) -> Path:
    """A data folder of its own."""
    return shutil.copytree(migrated, tmp_path / "d")


def simpul(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = environment(
        SIMPUL_CONFIG=os.devnull,
        SIMPUL_DATA_FOLDER=str(folder),
        SIMPUL_SERVER_LISTEN="unix",
        SIMPUL_BUS_PORT=str(any_free_port()),
    )
    line = [PYTHON, "-m", "simpul", *words]
    return subprocess.run(line, env=environ, capture_output=True, text=True, timeout=120, check=False)


def garble(path: Path, pages: int = 200) -> None:
    """Every page but the first few is overwritten."""
    seeded = random.Random(7)
    with path.open("r+b") as file:
        for page in range(3, min(pages, path.stat().st_size // 4096)):
            file.seek(page * 4096)
            file.write(seeded.randbytes(4096))


def database(folder: Path) -> dict[str, str]:
    """What `simpul doctor` says of the database."""
    checks = json.loads(simpul(folder, "doctor", "--json").stdout)["checks"]
    found: dict[str, str] = next(check for check in checks if check["name"] == "database")
    return found


def test_a_whole_database_is_fine(folder: Path) -> None:
    assert database(folder)["status"] == "ok"


def test_up_and_doctor_refuse_a_damaged_file_in_one_line_with_the_remedy(folder: Path) -> None:
    garble(folder / "simpul.sqlite3")
    ended = simpul(folder, "up")
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1), ended.stderr
    assert f"{folder}/simpul.sqlite3 is damaged: " in ended.stderr
    assert "Stop Simpul, remove simpul.sqlite3-wal and simpul.sqlite3-shm and put a backup" in ended.stderr
    found = database(folder)
    assert found["status"] == "fail"
    assert found["what"].startswith(f"{folder}/simpul.sqlite3 is damaged: ")
    assert ".recover reads what is left" in found["remedy"]


def test_damage_that_only_an_index_shows_is_found(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "simpul.sqlite3")) as file:
        file.execute("CREATE TABLE told (name TEXT)")
        file.execute("CREATE INDEX by_name ON told (name)")
        file.executemany("INSERT INTO told VALUES (?)", [(f"row {number}",) for number in range(100)])
        file.commit()
        (root,) = file.execute("SELECT rootpage FROM sqlite_master WHERE name = 'by_name'").fetchone()
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with (folder / "simpul.sqlite3").open("r+b") as file:
        file.seek((root - 1) * 4096)
        text = file.read(4096).replace(b"row 5", b"row Z")
        file.seek((root - 1) * 4096)
        file.write(text)
    assert "by_name" in database(folder)["what"]


def test_rows_that_name_others_that_are_gone_are_counted(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "simpul.sqlite3")) as file:
        file.execute("INSERT INTO auth_permission (content_type_id, codename, name) VALUES (9999, 'x', 'y')")
        file.commit()
    found = database(folder)
    assert (found["status"], "1 rows of auth_permission name a row of django_content_type" in found["what"]) == (
        "fail",
        True,
    )


@pytest.fixture
def tree(folder: Path) -> Iterator[Tree]:
    """Bus and pages, running."""
    tree = Tree(folder)
    tree.start()
    yield tree
    tree.end()


def test_pages_of_a_running_tree_say_a_sentence_and_the_log_does_not_fill_with_tracebacks(tree: Tree) -> None:
    assert tree.get("/account/login/")[0] == 200
    for name in WAL:
        (tree.folder / name).unlink(missing_ok=True)
    garble(tree.folder / "simpul.sqlite3", 100_000)
    answers = [tree.get("/sites/") for _ in range(40)]
    assert {status for status, _ in answers} == {500}
    assert all(b"<h1" in body and b"Traceback" not in body for _, body in answers)
    log = [json.loads(line) for line in (tree.folder / "log" / "simpul.log").read_text().splitlines()]
    malformed = [entry for entry in log if "malformed" in entry.get("error", "")]
    assert len(malformed) == 40
    # One for each minute; the tests' machine may be slow.
    assert 1 <= sum("Traceback" in entry["error"] for entry in malformed) <= 3
