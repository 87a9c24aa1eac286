"""The door only reads: it reaches no file, no host, no other table, and no question costs more than it may."""

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

REFUSED = [
    # files
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT file('/etc/passwd')",
    "SELECT * FROM (SELECT * FROM file('/etc/passwd', 'LineAsString'))",
    "SELECT 1 WHERE 'x' IN (SELECT * FROM file('/etc/passwd', 'LineAsString'))",
    "WITH (SELECT file('/etc/passwd')) AS x SELECT x",
    "WITH t AS (SELECT * FROM file('/etc/passwd','LineAsString','x String')) SELECT * FROM t",
    "SELECT arrayMap(x -> file(x), ['/etc/passwd'])",
    "SELECT arrayMap(file, ['/etc/passwd'])",
    "SELECT * FROM samples UNION ALL SELECT * FROM file('/etc/passwd', 'LineAsString', 'x String')",
    "SELECT * FROM samples ORDER BY (SELECT file('/etc/passwd'))",
    "SELECT * FROM view(SELECT * FROM file('/etc/passwd', 'LineAsString'))",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM `/etc/passwd`",
    "SELECT * FROM fileCluster('default', '/etc/passwd', 'LineAsString')",
    "SELECT * FROM filesystem('/etc')",
    "SELECT * FROM samples INTO OUTFILE '/tmp/simpul-outfile'",
    "SELECT 1 INTO OUTFILE '/tmp/simpul-outfile' FORMAT CSV",
    "SELECT 1 FROM (SELECT 1 INTO OUTFILE '/tmp/simpul-outfile')",
    "SELECT * APPLY(file) FROM samples",
    "SELECT * APPLY(x -> file(x)) FROM samples",
    "SELECT x.* REPLACE(file('/etc/passwd') AS metric) FROM samples AS x",
    "SELECT at FROM samples ORDER BY at WITH FILL INTERPOLATE (value AS file('/etc/passwd'))",
    "SELECT row_number() OVER (ORDER BY file('/etc/passwd')) FROM samples",
    "SELECT row_number() OVER w FROM samples WINDOW w AS (PARTITION BY file('/etc/passwd'))",
    "SELECT * FROM samples PREWHERE file('/etc/passwd') != ''",
    "SELECT * FROM samples LIMIT (SELECT length(file('/etc/passwd')))",
    "SELECT * FROM samples JOIN file('/etc/passwd', 'LineAsString', 'metric String') AS f USING (metric)",
    "SELECT * FROM samples ARRAY JOIN splitByChar(',', file('/etc/passwd')) AS x",
    "SELECT CASE WHEN file('/etc/passwd') = '' THEN 1 ELSE 2 END",
    "EXPLAIN SELECT file('/etc/passwd')",
    "SELECT * FROM (EXPLAIN SELECT 1)",
    "SELECT * FROM format(TSV, 'x String', 'a')",
    "SELECT FILE('/etc/passwd')",
    "SELECT catboostEvaluate('/etc/passwd', 1)",
    # hosts and programs
    "SELECT * FROM url('http://127.0.0.1/', 'LineAsString')",
    "SELECT * FROM urlCluster('default', 'http://127.0.0.1/', 'LineAsString')",
    "SELECT * FROM s3('http://127.0.0.1/x', 'CSV')",
    "SELECT * FROM remote('127.0.0.1', system.one)",
    "SELECT * FROM remoteSecure('127.0.0.1', system.one)",
    "SELECT * FROM cluster('default', system.one)",
    "SELECT * FROM mysql('127.0.0.1:3306', 'd', 't', 'u', 'p')",
    "SELECT * FROM postgresql('127.0.0.1:5432', 'd', 't', 'u', 'p')",
    "SELECT * FROM sqlite('/var/lib/x.db', 't')",
    "SELECT * FROM jdbc('x', 'y')",
    "SELECT * FROM executable('id', 'TSV', 'x String')",
    "SELECT * FROM Python(os)",
    "SELECT * FROM input('x String')",
    "SELECT * FROM merge('system', '.*')",
    "SELECT * FROM loop(system.processes)",
    "SELECT * FROM dictionary('d')",
    "SELECT dictGet('d', 'a', 1)",
    "SELECT joinGet('j', 'a', 1)",
    "SELECT * FROM deltaLake('http://127.0.0.1/')",
    "SELECT * FROM iceberg('http://127.0.0.1/')",
    "SELECT * FROM hdfs('hdfs://127.0.0.1/x', 'TSV', 'x String')",
    "SELECT * FROM mongodb('127.0.0.1', 'd', 'c', 'u', 'p', 'x String')",
    "SELECT * FROM redis('127.0.0.1', 'k', 'k String')",
    # what this machine and this process are
    "SELECT * FROM system.processes",
    "SELECT * FROM system.settings",
    "SELECT * FROM system.disks",
    "SELECT * FROM system.parts",
    "SELECT * FROM system.tables",
    "SELECT * FROM system.query_log",
    "SELECT * FROM system.build_options",
    "SELECT * FROM system.stack_trace",
    "SELECT * FROM system.server_settings",
    "SELECT * FROM information_schema.tables",
    "SELECT 1 IN system.parts",
    "SELECT hostName()",
    "SELECT getSetting('max_threads')",
    "SELECT serverUUID()",
    "SELECT currentUser()",
    "SELECT filesystemAvailable()",
    "SELECT getMacro('x')",
    "SELECT connectionId()",
    "SELECT query_id()",
    "SELECT FQDN(), tcpPort(), uptime()",
    "SELECT showCertificate()",
    "SELECT getServerSetting('path')",
    # time and memory
    "SELECT sleep(3)",
    "SELECT sleepEachRow(1) FROM numbers(3)",
    "SELECT 1 SETTINGS max_execution_time = 0",
    "SELECT * FROM (SELECT 1 SETTINGS readonly = 0)",
    "SELECT * FROM samples SETTINGS max_memory_usage = 0",
    "WITH t AS (SELECT 1 SETTINGS readonly = 0) SELECT * FROM t",
    "EXPLAIN SELECT 1 SETTINGS readonly = 0",
    # what is no question
    "INSERT INTO samples VALUES ('a', 'b', now(), 1)",
    "INSERT INTO FUNCTION file('/tmp/simpul-outfile') SELECT 1",
    "CREATE TABLE t (a UInt8) ENGINE = Memory",
    "CREATE FUNCTION f AS x -> x",
    "DROP TABLE samples",
    "TRUNCATE TABLE samples",
    "ALTER TABLE samples DELETE WHERE 1",
    "OPTIMIZE TABLE samples",
    "RENAME TABLE samples TO x",
    "ATTACH TABLE t",
    "DETACH TABLE samples",
    "SET readonly = 0",
    "USE system",
    "SYSTEM FLUSH LOGS",
    "KILL QUERY WHERE 1",
    "BACKUP TABLE samples TO File('/tmp/x')",
    "GRANT ALL ON *.* TO x",
    "SHOW PROCESSLIST",
    "SHOW DATABASES",
    "SHOW TABLES FROM system",
    "SHOW CREATE TABLE system.parts",
    "DESCRIBE TABLE system.parts",
    "DESCRIBE TABLE url('http://127.0.0.1/', 'LineAsString')",
    "EXISTS TABLE system.parts",
    "SELECT 1; DROP TABLE samples",
    "SELECT 1; SELECT 2",
    "/* SELECT */ DROP TABLE samples",
    "WITH `system.parts` AS (SELECT 1) SELECT * FROM system.parts",
    # names given as parameters
    "SELECT * FROM {t:Identifier}",
    "SELECT {t:Identifier} FROM samples",
    "SELECT 1 FORMAT Template",
    "SELECT 1 FORMAT CapnProto",
]


@pytest.mark.parametrize("question", REFUSED)
def test_it_refuses_what_could_reach_out_or_change_something(store: RunningStore, question: str) -> None:
    with pytest.raises(QueryFailed) as refused:
        store.client.ask(question, {"t": "system.parts"} if "{t:" in question else None)
    # By the door itself or its reader of the language: the engine never runs it.
    assert refused.value.code in (164, 62)
    assert not Path("/tmp/simpul-outfile").exists()
    assert store.number("SELECT count() FROM system.one") == 1


def test_it_says_what_it_refuses(store: RunningStore) -> None:
    with pytest.raises(QueryFailed, match="function url is not allowed") as refused:
        store.client.ask("SELECT * FROM url('http://127.0.0.1/')")
    assert refused.value.code == 164


ANSWERED = [
    "SELECT metric, avg(value) FROM samples GROUP BY metric HAVING avg(value) > 0 ORDER BY 2 DESC LIMIT 3",
    "WITH t AS (SELECT max(at) AS last FROM samples) SELECT last FROM t",
    "SELECT quantile(0.95)(value), argMaxIf(value, at, value > 0) FROM samples WHERE ref IN ('a', 'b')",
    "SELECT a.ref FROM samples AS a INNER JOIN samples AS b USING (metric, ref, at)",
    "SELECT number, row_number() OVER (ORDER BY number) FROM numbers(3)",
    (
        "SELECT toStartOfHour(at) AS h, arrayMap(x -> x + 1, groupArray(value)) FROM samples GROUP BY h "
        "ORDER BY h WITH FILL STEP 3600"
    ),
    "SELECT CASE WHEN value > 1 THEN 'a' ELSE 'b' END FROM samples LIMIT 1",
    "EXPLAIN SELECT 1",
    "DESCRIBE TABLE samples",
    "SHOW TABLES",
    "EXISTS TABLE samples_1h",
]


@pytest.mark.parametrize("question", ANSWERED)
def test_it_answers_what_only_reads(store: RunningStore, question: str) -> None:
    store.client.text(question)


def test_a_long_question_is_ended_in_its_time(store: RunningStore) -> None:
    # To its own end it would take hours.
    with pytest.raises(QueryFailed, match=r"(?i)timeout") as ended:
        store.client.ask("SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1", seconds=1)
    assert ended.value.code == 159


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


@pytest.mark.parametrize("setting", ["max_execution_time", "max_memory_usage", "max_result_rows", "max_threads"])
@pytest.mark.parametrize("value", ["0", "1e18", "-1", "nan", "inf", ""])
def test_no_address_raises_a_limit(store: RunningStore, setting: str, value: str) -> None:
    head, body = _raw(store, f"GET /?{setting}={value}&query=SELECT+number+FROM+numbers(100001) HTTP/1.1")
    assert not head.startswith("HTTP/1.1 200")
    assert "396" in body or "no number" in body, body[:300]


def test_no_address_gives_a_question_more_time(own_store: RunningStore) -> None:
    own_store.settings["SIMPUL_STORE_QUERY_SECONDS"] = "1"
    own_store.start()
    for value in ("0", "1e18", "inf"):
        question = (
            f"max_execution_time={value}&query=SELECT+count()+FROM+numbers(1000000000000)+WHERE+sipHash64(number)=1"
        )
        assert "159" in _raw(own_store, f"GET /?{question} HTTP/1.1")[1]


@pytest.mark.parametrize("setting", ["readonly=0", "log_comment=door-1", "allow_ddl=1", "database=system", "profile=x"])
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
    question = "SELECT+count()+FROM+numbers(1000000000000)+WHERE+sipHash64(number)=2"
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(store.client.where))
        line.sendall(f"GET /?query={question} HTTP/1.1\r\n\r\n".encode())
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
        b"GET /?query=%FF HTTP/1.1\r\n\r\n",
        b"GET /?query=a&query=b HTTP/1.1\r\n\r\n",
        b"DELETE / HTTP/1.1\r\n\r\n",
        b"GET /other HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /?" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n\xff",
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
        peer.sendall(f"{line}\r\n\r\n".encode())
        parts = b""
        while data := peer.recv(65_536):
            parts += data
    head, _, body = parts.decode().partition("\r\n\r\n")
    return head, body
