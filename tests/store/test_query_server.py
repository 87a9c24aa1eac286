"""The query server only reads: it reaches no file and no host, and no query costs more than it may."""

from __future__ import annotations

import socket
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simpul.kit.problem import Problem
from simpul.store.client import Client, QueryFailed, StoreAway, Value
from store.running import RunningStore, minute

OUTFILE = Path("/tmp/simpul-outfile")
REFUSED = [
    # more than one SELECT, or none
    "INSERT INTO samples SELECT * FROM samples",
    "CREATE TABLE t (a UInt8) ENGINE = Memory",
    "CREATE FUNCTION f AS x -> x",
    "DROP TABLE samples",
    "TRUNCATE TABLE samples",
    "ALTER TABLE samples DELETE WHERE 1",
    "OPTIMIZE TABLE samples",
    "GRANT ALL ON *.* TO default",
    "SET readonly = 0",
    "USE system",
    "SYSTEM FLUSH LOGS",
    "KILL QUERY WHERE 1",
    "EXPLAIN SELECT 1",
    "SELECT 1; KILL QUERY WHERE 1",
    "SELECT 1; SELECT 2",
    "/* SELECT */ DROP TABLE samples",
    "",
    # files, by a literal or without one
    "SELECT 1 INTO OUTFILE '/tmp/simpul-outfile'",
    "SELECT 1 INTO OUTFILE $$/tmp/simpul-outfile$$",
    "SELECT 1 INTO OUTFILE {o:String}",
    "SELECT file('/etc/passwd')",
    "SELECT FILE(char(47,101,116,99,47,112,97,115,115,119,100))",
    "SELECT file({o:String})",
    "SELECT arrayMap(file, [{o:String}])",
    "SELECT * FROM `/etc/passwd`",
    'SELECT * FROM "/etc/passwd"',
    "SELECT * FROM Python(os)",
    # tables of other hosts and of this machine's files
    "SELECT * FROM url({o:String}, LineAsString)",
    "SELECT * FROM remote({o:String}, system.one)",
    "SELECT * FROM sqlite({o:String}, t)",
    "SELECT * FROM samples, sqlite({o:String}, t)",
    "SELECT * FROM SQLite /* */ ({o:String}, t)",
    "SELECT 1 IN sqlite ({o:String}, t)",
    "SELECT * FROM merge({o:String})",
    "SELECT * FROM cluster({o:String}, system.one)",
    "SELECT * FROM s3({o:String})",
    "SELECT * FROM executable({o:String}, TSV, x)",
    # limits changed by the text
    "SELECT 1 SETTINGS max_execution_time = 0",
    "SELECT * FROM (SELECT 1 SETTINGS readonly = 0)",
    "SELECT * FROM samples SETTINGS max_memory_usage = 0",
]


@pytest.mark.parametrize("query", REFUSED)
def test_it_refuses_whatever_does_more_than_read_the_tables(store: RunningStore, query: str) -> None:
    with pytest.raises(QueryFailed):
        store.client.ask(query, {"o": str(OUTFILE)})
    assert not OUTFILE.exists()
    assert store.answers()


def test_it_names_what_it_refuses(store: RunningStore) -> None:
    with pytest.raises(QueryFailed, match="every text as a parameter") as refused:
        store.client.ask("SELECT count() FROM samples WHERE metric = 'x'")
    assert refused.value.code == 164
    with pytest.raises(QueryFailed, match="OUTFILE may not be used here"):
        store.client.ask("SELECT 1 INTO OUTFILE {o:String}", {"o": str(OUTFILE)})


def test_a_long_question_is_ended_in_its_time(store: RunningStore) -> None:
    began = time.monotonic()
    with pytest.raises(QueryFailed, match=r"(?i)timeout") as ended:
        store.client.ask("SELECT count() FROM numbers(4900000000) WHERE sipHash64(sipHash64(number)) = 1", seconds=1)
    assert ended.value.code == 159
    assert time.monotonic() - began < 30


def test_a_query_whose_time_the_engine_does_not_look_at_is_answered_as_timed_out(own_store: RunningStore) -> None:
    own_store.start()
    # One row: the engine looks at the clock between blocks only, here after a minute or so.
    text = "repeat(char(98, 99, 97), 21000)"
    calls = (f"levenshteinDistance(repeat(char(97, 98), {times}), {text})" for times in range(32000, 32006))
    endless = f"SELECT {' + '.join(calls)}"
    with pytest.raises(QueryFailed, match="no answer within") as ended:
        own_store.client.ask(endless, seconds=0.1)
    assert ended.value.code == 159
    assert own_store.answers(), "another thread answers meanwhile"


def test_a_greedy_question_is_ended_by_its_memory(own_store: RunningStore) -> None:
    own_store.settings["SIMPUL_STORE_QUERY_MB"] = "50"
    own_store.start()
    with pytest.raises(QueryFailed, match="memory") as ended:
        own_store.client.ask("SELECT groupArray(toString(number)) FROM numbers(100000000)", seconds=10)
    assert ended.value.code == 241
    assert own_store.answers()


def test_an_endless_answer_is_refused_not_cut(store: RunningStore) -> None:
    with pytest.raises(QueryFailed) as ended:
        store.client.ask("SELECT number FROM numbers(100001)")
    assert ended.value.code == 396
    assert len(store.client.ask("SELECT number FROM numbers(100000)").rows) == 100_000


def test_a_query_that_would_read_too_many_rows_is_refused(store: RunningStore) -> None:
    query = "max_rows_to_read=1000&query=SELECT+sum(number)+FROM+numbers(1001)"
    head, body = _raw(store, f"GET /?{query} HTTP/1.1")
    assert "158" in body
    assert not head.startswith("HTTP/1.1 200")


@pytest.mark.parametrize("setting", ["max_execution_time", "max_memory_usage", "max_result_rows", "max_threads"])
@pytest.mark.parametrize("value", ["0", "1e18", "-1", "nan", "inf", ""])
def test_no_address_raises_a_limit(store: RunningStore, setting: str, value: str) -> None:
    head, body = _raw(store, f"GET /?{setting}={value}&query=SELECT+number+FROM+numbers(100001) HTTP/1.1")
    assert not head.startswith("HTTP/1.1 200")
    assert "396" in body or "no number" in body, body[:300]


def test_no_address_gives_a_question_more_time(own_store: RunningStore) -> None:
    own_store.settings["SIMPUL_STORE_QUERY_SECONDS"] = "1"
    own_store.start()
    began = time.monotonic()
    for value in ("0", "1e18", "inf"):
        slow = "SELECT+count()+FROM+numbers(4900000000)+WHERE+sipHash64(sipHash64(number))=1"
        question = f"max_execution_time={value}&query={slow}"
        assert "159" in _raw(own_store, f"GET /?{question} HTTP/1.1")[1]
    assert time.monotonic() - began < 60


@pytest.mark.parametrize("setting", ["readonly=0", "log_comment=x", "allow_ddl=1", "database=system", "profile=x"])
def test_no_address_changes_another_setting(store: RunningStore, setting: str) -> None:
    head, body = _raw(store, f"GET /?{setting}&query=SELECT+1 HTTP/1.1")
    assert head.startswith("HTTP/1.1 400")
    assert "may not be given" in body


@pytest.mark.parametrize(
    "value", ["'); DROP TABLE samples --", "a\\'b", "line\nbreak\ttab\\", "é'\"", "{x:String}", "\\N", ""]
)
def test_a_value_stays_a_value_whatever_it_holds(store: RunningStore, value: str) -> None:
    assert store.client.ask("SELECT {v:String}", {"v": value}).rows == [[value]]
    listed = store.client.ask("SELECT {v:Array(String)}", {"v": [value, "x"]}).rows
    assert listed == [[[value, "x"]]]


def test_values_of_other_types_arrive(store: RunningStore) -> None:
    params: dict[str, Value] = {"i": -5, "f": 1.5, "l": [1, 2]}
    assert store.client.ask("SELECT {i:Int64}, {f:Float64}, {l:Array(UInt8)}", params).rows == [[-5, 1.5, [1, 2]]]


def test_a_question_that_nobody_waits_for_any_more_is_ended(store: RunningStore) -> None:
    question = "SELECT+count()+FROM+numbers(4900000000)+WHERE+sipHash64(sipHash64(number))=2"
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(store.client.where))
        line.sendall(f"GET /?query={question} HTTP/1.1\r\nHost: store\r\n\r\n".encode())
        time.sleep(0.5)
    began = time.monotonic()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: store.client.ask("SELECT 1"), range(8)))
    assert time.monotonic() - began < 9, "its limit would have been ten"


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHo",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nSELECT 1",
        b"GET /?query=%FF HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /?query=a&query=b HTTP/1.1\r\nHost: x\r\n\r\n",
        b"DELETE / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /other HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /?" + b"a" * 1_200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n\xff",
    ],
)
def test_what_is_no_request_harms_nobody(store: RunningStore, sent: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(5)
        line.connect(str(store.client.where))
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        answer = line.recv(100)
    assert not answer.startswith(b"HTTP/1.1 200")
    assert store.answers()


def test_a_deeply_nested_question_is_refused_and_the_store_lives(store: RunningStore) -> None:
    for question in (
        "SELECT " + "(" * 5000 + "1" + ")" * 5000,
        "SELECT " + "-" * 20_000 + "1",
        "SELECT 1" + "+1" * 40_000,
    ):
        with pytest.raises(QueryFailed):
            store.client.ask(question)
    assert store.answers()


def test_only_its_own_user_may_open_it(store: RunningStore) -> None:
    assert isinstance(store.client.where, Path)
    assert stat.S_IMODE(store.client.where.stat().st_mode) == 0o600


def test_many_ask_at_once_while_samples_come_in(store: RunningStore) -> None:
    at = minute()
    with ThreadPoolExecutor(16) as threads:
        answers = [threads.submit(store.client.ask, "SELECT sum(number) FROM numbers(100000)") for _ in range(60)]
        store.write("meanwhile", "S", [at], [1.0])
    assert {tuple(answer.result().rows[0]) for answer in answers} == {(4_999_950_000,)}
    assert store.counted("meanwhile") == (1, 1, 1)


def test_a_store_that_is_not_there_is_said_in_words_that_a_page_can_show(tmp_path: Path) -> None:
    with pytest.raises(StoreAway, match="does not answer") as away:
        Client(tmp_path / "none.sock").ask("SELECT 1")
    assert isinstance(away.value, Problem)


def _raw(store: RunningStore, line: str) -> tuple[str, str]:
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(20)
        peer.connect(str(store.client.where))
        peer.sendall(f"{line}\r\nHost: store\r\n\r\n".encode())
        parts = b""
        while data := peer.recv(65_536):
            parts += data
    head, _, body = parts.decode().partition("\r\n\r\n")
    return head, body
