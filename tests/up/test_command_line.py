"""The command line: known verbs run, unknown ones and wrong options are one line and status 2."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import simpul
from simpul import cli
from up.processes import PYTHON, environment


def call(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    environ = environment(SIMPUL_CONFIG=os.devnull, **more)
    return subprocess.run([PYTHON, "-m", "simpul", *words], env=environ, capture_output=True, text=True, check=False)


def test_the_version_is_the_packages() -> None:
    assert call("--version").stdout == f"simpul {simpul.__version__}\n"


@pytest.mark.parametrize("word", ["help", "--help", "-h"])
def test_help_lists_every_verb_for_people_in_one_line_each(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([word]) == 0
    shown = capsys.readouterr().out
    for name, verb in cli.VERBS.items():
        assert (f"  {name:<10} {verb.summary}\n" in shown) == bool(verb.summary)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["fly"], "simpul: there is no verb fly. See: simpul help\n"),
        (["run"], "simpul: there is no verb run. See: simpul help\n"),
        (["doctor", "--fast"], "simpul doctor: unrecognized arguments: --fast. See: simpul doctor --help\n"),
        (["up", "--only", "sky"], "simpul up: --only: there is no group sky. Groups: bus, store, web, control, watch"),
        (["up", "--only", ""], 'simpul up: argument --only: "" names no group; write some of bus,store,web,control'),
        (["up", "--only", " , "], 'simpul up: argument --only: " , " names no group'),
        (["demo", "--port", "0"], 'simpul demo: argument --port: "0" is no port'),
        (["demo", "--for=-3"], 'simpul demo: argument --for: "-3" is no length of time; write a number of seconds'),
        (["demo", "--for", "nan"], 'simpul demo: argument --for: "nan" is no length of time'),
        (["demo", "--for", "inf"], 'simpul demo: argument --for: "inf" is no length of time'),
        (["demo", "--for", "soon"], 'simpul demo: argument --for: "soon" is no length of time'),
    ],
)
def test_a_wrong_call_is_one_line_and_status_2(words: list[str], line: str) -> None:
    ended = call(*words)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(line)
    assert ended.stderr.count("\n") == 1


def test_no_verb_at_all_shows_the_list_and_is_status_2() -> None:
    ended = call()
    assert ended.returncode == 2
    assert "simpul VERB" in ended.stdout


def test_a_verb_without_django_does_not_load_it() -> None:
    script = (
        "import sys; from simpul.cli import main, load; load('simpul.up.doctor'); load('simpul.up.demo');"
        "load('simpul.up.cli'); print([name for name in sys.modules if name.split('.')[0] in ('django', 'granian')])"
    )
    ended = subprocess.run([PYTHON, "-c", script], env=environment(), capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    line = f"{sys.executable} -m simpul help | true"
    ended = subprocess.run(["sh", "-c", line], env=environment(), capture_output=True, text=True, check=False)
    assert ended.stderr == ""


@pytest.mark.parametrize(
    "words",
    [
        ["rollout", "status"],
        ["import", "titik.csv", "--kind", "sites"],
        ["export", "sites"],
        ["log", "verify"],
        ["events", "dead"],
        ["user", "list"],
    ],
    ids=lambda words: words[0],
)
def test_where_no_instance_is_a_verb_says_so_in_one_line_and_makes_none(words: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "data"
    ended = call(*words, SIMPUL_DATA_FOLDER=str(folder))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"simpul {words[0]}: there is no instance in {folder} yet; "
        "start one (simpul up) or name one: SIMPUL_DATA_FOLDER=.simpul/demo\n"
    )
    assert not folder.exists()


def test_a_folder_without_tables_is_one_line_too_and_no_database_is_made_in_it(tmp_path: Path) -> None:
    key = tmp_path / "secret.key"
    key.write_text("left by a start that failed" * 2, encoding="ascii")
    key.chmod(0o600)
    ended = call("rollout", "status", SIMPUL_DATA_FOLDER=str(tmp_path))
    assert ended.returncode == 2
    assert ended.stderr.startswith("simpul rollout: there is no instance in ")
    assert ended.stderr.count("\n") == 1
    assert not (tmp_path / "simpul.sqlite3").exists()


def test_help_on_a_verb_needs_no_instance_and_makes_none(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    ended = call("export", "--help", SIMPUL_DATA_FOLDER=str(folder))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "--format" in ended.stdout
    assert not folder.exists()
