"""What the embedded engine enforces of a query's limits by itself, and what it does not: the reason for each own bound.

If a test of the second part fails after an update, the engine has closed the hole, and the bound may go.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from up.processes import environment

# A process of its own: the tests' process never loads the engine.
PROGRAM = """
import json, sys
from pathlib import Path
from simpul.engines.chdb import Engine, EngineError, Limits

folder, queries = Path(sys.argv[1]), json.load(sys.stdin)
engine = Engine(folder, "simpul")
engine.open(["CREATE DATABASE simpul", "CREATE TABLE simpul.t (a UInt64) ENGINE = MergeTree ORDER BY a",
             "INSERT INTO simpul.t SELECT number FROM numbers(1000)"])
limits = Limits(seconds=1.0, memory=50_000_000, rows=500, size=1_000_000, rows_read=100_000_000)
def answer(sql):
    try:
        return engine.read(sql, "TabSeparated", {}, limits).decode()
    except EngineError as error:
        return error.code
answers = [answer(sql) for sql in queries]
answers.append(engine.rows("SELECT count() FROM simpul.t")[0][0])
engine.close()
print(json.dumps(answers))
"""
ENFORCED = {
    "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1 SETTINGS max_threads = 1": 164,
    "SELECT sum(sleepEachRow(0.1)) FROM numbers(29)": 159,
    "SELECT groupArray(toString(number)) FROM numbers(90000000)": 241,
    "SELECT number FROM numbers(501)": 396,
    "SELECT repeat(toString(number), 3000) FROM numbers(500)": 396,
    "SELECT count() FROM numbers(1000000000) WHERE sipHash64(number) = 1": 158,
    "INSERT INTO t SELECT 1": 164,
    "DROP TABLE t": 164,
    "ALTER TABLE t DELETE WHERE 1": 164,
    "SET readonly = 0": 164,
    "SELECT 1; DROP TABLE t": 164,
    "SELECT * FROM file('/etc/passwd', 'LineAsString')": 164,
    "SELECT * FROM url('http://127.0.0.1:9/', 'LineAsString')": 164,
}


def answers(folder: Path, queries: list[str]) -> list[object]:
    """What the engine says, read-only and within small limits: a text, or the number of its error."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder / "engine")],
        input=json.dumps(queries),
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
        timeout=240,
    )
    found: list[object] = json.loads(done.stdout)
    return found


def test_the_engine_only_reads_and_keeps_the_limits_of_a_query(tmp_path: Path) -> None:
    *codes, rows = answers(tmp_path, list(ENFORCED))
    assert dict(zip(ENFORCED, codes, strict=True)) == ENFORCED
    assert rows == 1000


@pytest.mark.parametrize(
    "query", ["SELECT 1 INTO OUTFILE '{file}'", "SELECT * FROM sqlite('{file}', 't')"], ids=["outfile", "sqlite"]
)
def test_the_engine_makes_files_in_read_only_mode_so_the_query_server_refuses_them(tmp_path: Path, query: str) -> None:
    answers(tmp_path, [query.format(file=tmp_path / "made")])
    assert (tmp_path / "made").exists()


def test_the_engine_accepts_settings_in_a_subquery_so_the_query_server_refuses_them(tmp_path: Path) -> None:
    assert answers(tmp_path, ["SELECT * FROM (SELECT 1 SETTINGS readonly = 0)"])[0] == "1\n"


def test_the_engine_reads_files_and_kills_queries_in_read_only_mode_so_the_query_server_refuses_them(
    tmp_path: Path,
) -> None:
    (tmp_path / "secret").write_text("secret")
    read, killed, _ = answers(tmp_path, [f"SELECT file('{tmp_path / 'secret'}')", "KILL QUERY WHERE 0"])
    assert read == "secret\n"
    assert killed == ""
