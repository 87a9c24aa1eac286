"""The doctor: each problem has a name and a remedy, and the exit status says whether something must be done."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simpul.configuration import Configuration, load
from simpul.engines.certificate_store import Store
from simpul.engines.certificates import ensure
from simpul.up import checks
from simpul.up.folder import make_folder
from up.processes import PYTHON, environment


@pytest.fixture
def settings(tmp_path: Path) -> Configuration:
    return load(environ={"SIMPUL_CONFIG": os.devnull, "SIMPUL_DATA_FOLDER": str(tmp_path / "d")})


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def doctor(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environ = environment(SIMPUL_CONFIG=os.devnull, SIMPUL_DATA_FOLDER=str(folder), **settings)
    return subprocess.run(
        [PYTHON, "-m", "simpul", "doctor", *words], env=environ, capture_output=True, text=True, check=False
    )


def test_a_taken_port_fails_and_names_the_setting(tmp_path: Path, taken_port: int) -> None:
    ended = doctor(tmp_path / "d", "--json", SIMPUL_SERVER_LISTEN=f"127.0.0.1:{taken_port}")
    assert ended.returncode == 1
    answer = json.loads(ended.stdout)
    assert answer["ok"] is False
    failed = [check for check in answer["checks"] if check["status"] == "fail"]
    assert [check["name"] for check in failed] == ["ports"]
    assert failed[0]["remedy"] == "stop that program, or set server.listen"


def test_on_a_machine_without_problems_nothing_fails(tmp_path: Path) -> None:
    ended = doctor(tmp_path / "d", SIMPUL_SERVER_LISTEN="unix", SIMPUL_BUS_URL="nats://192.0.2.1:4222")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "made by the first start" in ended.stdout
    assert not (tmp_path / "d").exists()


def test_wrong_settings_are_status_2_and_one_line(tmp_path: Path) -> None:
    ended = doctor(tmp_path / "d", SIMPUL_BUS_PORT="x")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("simpul doctor: environment, SIMPUL_BUS_PORT: 'x' is not a whole number")
    assert ended.stderr.count("\n") == 1


def test_wrong_settings_are_still_one_object_with_json(tmp_path: Path) -> None:
    ended = doctor(tmp_path / "d", "--json", SIMPUL_BUS_PORT="x")
    assert ended.returncode == 2
    assert json.loads(ended.stdout)["checks"][0]["status"] == "fail"


def test_a_key_that_others_may_read_fails(settings: Configuration) -> None:
    make_folder(settings.data)
    key = settings.data.folder / "secret.key"
    key.write_text("x")
    key.chmod(0o644)
    found = checks.permissions(settings)
    assert found.status == "fail"
    assert found.remedy == f"chmod go-rwx {key}"


def test_too_little_room_fails(settings: Configuration, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "LEAST_DISK", 10**18)
    found = checks.disk(settings)
    assert found.status == "fail"
    assert found.remedy.startswith("free at least")


def test_an_unfit_bus_program_fails_with_what_to_set(tmp_path: Path) -> None:
    settings = load(environ={"SIMPUL_CONFIG": os.devnull, "SIMPUL_BUS_BINARY": str(tmp_path / "none")})
    found = checks.bus_server(settings)
    assert found.status == "fail"
    assert "is not a program that may be run here" in found.what
    assert found.remedy == "Check the path and its mode"


def test_the_clock_is_ok_or_warned_of(settings: Configuration) -> None:
    found = checks.clock(settings)
    assert found.status in ("ok", "warn")
    assert bool(found.remedy) == (found.status == "warn")


def test_the_certificate_of_the_bus_is_shown_with_its_end(settings: Configuration) -> None:
    make_folder(settings.data)
    assert checks.bus_certificate(settings).what == "made by the first start"
    store = Store(settings.data.folder)
    ensure(store, ["localhost"], datetime.now(UTC))
    found = checks.bus_certificate(settings)
    assert (found.status, found.remedy) == ("ok", "")
    assert f"valid until {datetime.now(UTC).date() + timedelta(days=730)}" in found.what


@pytest.mark.parametrize(("days", "status"), [(3652 - 300, "warn"), (3652 + 10, "fail")])
def test_an_authority_near_its_end_is_said_in_time(settings: Configuration, days: int, status: str) -> None:
    make_folder(settings.data)
    ensure(Store(settings.data.folder), ["localhost"], datetime.now(UTC) - timedelta(days=days))
    found = checks.bus_certificate(settings)
    assert found.status == status
    assert found.remedy.startswith("stop Simpul, remove bus-ca.pem and give every agent a new credential")


def test_a_damaged_certificate_of_the_bus_fails_with_what_to_do(settings: Configuration) -> None:
    make_folder(settings.data)
    ensure(Store(settings.data.folder), ["localhost"], datetime.now(UTC))
    Store(settings.data.folder).authority.write_text("no certificate")
    found = checks.bus_certificate(settings)
    assert (found.status, found.remedy) == ("fail", "Restore it from a copy, or remove it")


def test_a_clock_behind_what_was_written_last_is_a_warning(settings: Configuration) -> None:
    make_folder(settings.data)
    log = settings.data.log / "simpul.log"
    log.touch()
    assert "behind" not in checks.clock(settings).what
    ahead = datetime.now(UTC).timestamp() + 7200
    os.utime(log, (ahead, ahead))
    found = checks.clock(settings)
    assert (found.status, "runs 2.0 hours behind" in found.what) == ("warn", True)
