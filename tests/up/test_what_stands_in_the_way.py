"""A database or a folder that does not let a verb work: one line with the remedy that fits, and status 2."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from simpul.up.ports import any_free_port
from up.processes import PACKAGES, PYTHON, SOURCE, as_nobody, environment, private_folder

VERBS = [["log", "verify"], ["events", "parked"], ["rollout", "status"], ["user", "list"]]
every_verb = pytest.mark.parametrize("words", VERBS, ids=lambda words: words[0])


def refused(folder: Path, *words: str, argv: tuple[str, ...] = (PYTHON,), **settings: str) -> str:
    """What the verb says when it is refused."""
    environ = environment(SIMPUL_CONFIG=os.devnull, SIMPUL_DATA_FOLDER=str(folder), **settings)
    line = [*argv, "-m", "simpul", *words]
    ended = subprocess.run(line, env=environ, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, ""), ended.stderr
    assert ended.stderr.count("\n") == 1, ended.stderr
    return ended.stderr


def ordinary_user() -> tuple[str, ...]:
    """The words before `-m simpul` by which somebody else than root runs it."""
    found = as_nobody()
    if found is None:
        pytest.skip("an ordinary user can read neither this clone nor a Python")
    wrapper, python = found
    return (*wrapper, "env", f"PYTHONPATH={SOURCE}{os.pathsep}{PACKAGES}", python)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder of an ordinary user, with a key, as a first start leaves it."""
    made = private_folder("nobody")
    key = made / "secret.key"
    key.write_text("a key for a test only" * 3, encoding="ascii")
    key.chmod(0o600)
    shutil.chown(key, made.stat().st_uid)
    yield made
    shutil.rmtree(made)


@every_verb
def test_a_database_that_refuses_the_connection_is_to_be_started(words: list[str], folder: Path) -> None:
    port = any_free_port()
    said = refused(folder, *words, SIMPUL_DATABASE_URL=f"postgresql://simpul:s3cret@127.0.0.1:{port}/simpul")
    assert "refused" in said
    assert said.endswith("Start it, or mend database.url\n")
    assert "s3cret" not in said


@every_verb
def test_a_file_that_is_no_database_is_to_be_replaced(words: list[str], folder: Path) -> None:
    (folder / "simpul.sqlite3").write_text("this was a letter once\n" * 100)
    said = refused(folder, *words)
    assert said.endswith("simpul.sqlite3 answers: file is not a database. Put a backup in its place\n")


@every_verb
def test_a_database_without_the_tables_has_not_been_started(words: list[str], folder: Path) -> None:
    with closing(sqlite3.connect(folder / "simpul.sqlite3")) as database:
        database.execute("CREATE TABLE django_migrations (id INTEGER)")
    said = refused(folder, *words)
    assert "simpul.sqlite3 answers: no such table: " in said
    assert said.endswith("No instance was started with it yet, or only an older one. Start it: simpul up\n")


@every_verb
def test_a_data_folder_that_may_not_be_entered_is_named(words: list[str], folder: Path) -> None:
    argv = ordinary_user()
    folder.chmod(0o000)
    said = refused(folder, *words, argv=argv)
    folder.chmod(0o700)
    assert said == (f"simpul {words[0]}: {folder}/secret.key: Permission denied. Run as its owner, or mend its mode\n")


@pytest.fixture
def read_only(folder: Path) -> Path:
    """A whole instance whose database somebody made read-only."""
    environ = environment(SIMPUL_CONFIG=os.devnull, SIMPUL_DATA_FOLDER=str(folder))
    argv = [*ordinary_user(), "-m", "simpul", "manage", "migrate", "--verbosity", "0"]
    subprocess.run(argv, env=environ, check=True)
    (folder / "simpul.sqlite3").chmod(0o400)
    (folder / "DEMONSTRATION").touch()
    shutil.chown(folder / "DEMONSTRATION", folder.stat().st_uid)
    return folder


def test_a_database_that_may_only_be_read_is_not_said_to_lack_tables(read_only: Path) -> None:
    said = refused(read_only, "user", "add", "siti", "--name", "Siti", argv=ordinary_user())
    assert said.endswith(
        "simpul.sqlite3 answers: attempt to write a readonly database. Check its owner, its mode and its folder's\n"
    )


def test_a_demo_whose_database_may_only_be_read_is_not_ready(read_only: Path) -> None:
    environ = environment(SIMPUL_CONFIG=os.devnull)
    words = ["demo", "--no-lab", "--no-history", "--data", str(read_only), "--port", str(any_free_port()), "--for", "0"]
    argv = [*ordinary_user(), "-m", "simpul", *words]
    ended = subprocess.run(argv, env=environ, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "ready" not in ended.stdout
    assert "answers: attempt to write a readonly database. Check its owner" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("words", [*VERBS, ["doctor"], ["up"], ["demo"], ["manage", "check"]], ids=" ".join)
def test_a_log_level_that_does_not_exist_is_one_line(words: list[str], tmp_path: Path) -> None:
    said = refused(tmp_path / "d", *words, SIMPUL_LOG_LEVEL="bogus")
    assert said.startswith(f'simpul {words[0]}: environment, SIMPUL_LOG_LEVEL: "bogus" is not one of debug, ')
    assert not (tmp_path / "d").exists()
