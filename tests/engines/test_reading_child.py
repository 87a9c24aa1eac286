"""A foreign file is parsed by a child that has nothing to steal, nothing to reach and little to take."""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import psutil
import pytest

from simpul.engines.reading_child import Limits, ReadingEnded, Refused, reading

PARSER = "simpul.register.imports.reading:tables"
PATIENCE = 120
SOURCE = Path(__file__).resolve().parents[2] / "src"


def nothing() -> None:
    """A beat that asks for nothing."""


def until(true: Callable[[], bool]) -> None:
    """Wait for a state, however slow the machine is."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def children() -> list[psutil.Process]:
    """The children of this process that read files."""
    return [each for each in psutil.Process().children() if "simpul.engines.reading_inside" in each.cmdline()]


@pytest.fixture
def long_csv(tmp_path: Path) -> Iterator[BinaryIO]:
    """Far more rows than the pipe holds, so that its reader waits for whoever takes them."""
    path = tmp_path / "a.csv"
    path.write_text("kode,nama\n" + "".join(f"S-{n},Kantor nomor {n}\n" for n in range(200_000)), encoding="utf-8")
    with path.open("rb") as file:
        yield file


@pytest.fixture
def slow_xlsx(tmp_path: Path) -> Iterator[BinaryIO]:
    """A workbook whose shared texts take long before the first row comes."""
    path = tmp_path / "slow.xlsx"
    path.write_bytes(shared_texts(100))
    with path.open("rb") as file:
        yield file


def shared_texts(megabytes: int) -> bytes:
    """A workbook with so many MB of shared texts of one letter."""
    data = io.BytesIO()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    rels = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
            f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}.sharedStrings+xml"/></Types>',
        )
        archive.writestr("xl/workbook.xml", f'<workbook xmlns="{main}"><sheets/></workbook>')
        archive.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{rels}"/>')
        with archive.open("xl/sharedStrings.xml", "w") as part:
            part.write(f'<sst xmlns="{main}">'.encode())
            for _ in range(megabytes):
                part.write(b"<si><t>a</t></si>" * 61_000)
            part.write(b"</sst>")
    return data.getvalue()


def read(file: BinaryIO, name: str, limits: Limits = Limits(), beat: Callable[[], None] = nothing) -> list[Any]:  # noqa: B008
    """All that the reader of tables says of a file."""
    with reading(PARSER, file, {"file_name": name, "kind": "sites"}, beat=beat, limits=limits) as values:
        return list(values)


def test_values_come_as_the_parser_yields_them_and_the_file_stays_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"kode,nama\nA-1,Kantor\n")
    with path.open("rb") as file:
        file.seek(3)
        heads, rows = read(file, "a.csv")
        assert file.tell() == 3
    assert heads[0]["headings"] == ["kode", "nama"]
    assert rows == [0, [[2, ["A-1", "Kantor"]]]]
    assert not children()


def test_a_refusal_comes_as_plain_data(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"x,y\n1,2\n")
    with path.open("rb") as file, pytest.raises(Refused) as refused:
        read(file, "a.csv")
    assert refused.value.what["fault"]["code"] == "no_headings"


def test_the_child_waits_until_its_rows_are_taken_and_is_gone_when_nobody_wants_them(long_csv: BinaryIO) -> None:
    with reading(PARSER, long_csv, {"file_name": "a.csv", "kind": "sites"}, beat=nothing) as values:
        next(values)
        (child,) = children()
        until(lambda: child.status() == psutil.STATUS_SLEEPING)
        assert child.memory_info().rss < 150 << 20
    assert not child.is_running()


def test_the_child_has_no_secret_no_file_no_network_and_little_to_take(
    long_csv: BinaryIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMPUL_DATABASE_URL", "postgres://u:rahasia@127.0.0.1/x")
    with (
        socket.socket() as open_socket,
        reading(PARSER, long_csv, {"file_name": "rahasia.csv", "kind": "sites"}, beat=nothing) as values,
    ):
        assert open_socket.fileno() > 0
        next(values)
        (child,) = children()
        assert "rahasia" not in " ".join(child.cmdline())
        assert "postgres" not in str(child.environ())
        assert sorted(each.name for each in Path(f"/proc/{child.pid}/fd").iterdir()) == ["0", "1", "2", "3"]
        assert not [each.path for each in child.memory_maps() if "django" in each.path]
        assert child.rlimit(resource.RLIMIT_AS) == (768 << 20, 768 << 20)
        assert child.rlimit(resource.RLIMIT_FSIZE) == (0, 0)
        assert child.rlimit(resource.RLIMIT_NOFILE) == (16, 16)
        assert child.rlimit(resource.RLIMIT_CPU) == (300, 302)
        may_unshare = subprocess.run(["unshare", "--user", "--net", "true"], check=False).returncode == 0
        own = Path("/proc/self/ns/net").readlink()
        assert (Path(f"/proc/{child.pid}/ns/net").readlink() != own) == may_unshare


def test_what_the_beat_raises_ends_a_child_that_says_nothing(slow_xlsx: BinaryIO) -> None:
    class CalledOff(Exception):
        """Somebody pressed cancel."""

    seen: list[psutil.Process] = []

    def beat() -> None:
        if seen:
            raise CalledOff
        seen.extend(children())

    with pytest.raises(CalledOff):
        read(slow_xlsx, "slow.xlsx", beat=beat)
    assert seen
    assert not seen[0].is_running()


def test_more_memory_than_allowed_is_refused_by_that_name(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    feature: dict[str, Any] = {"type": "Feature", "geometry": None, "properties": {}}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature] * 200_000}), encoding="utf-8")
    with path.open("rb") as file, pytest.raises(ReadingEnded) as ended:
        read(file, "a.geojson", Limits(memory_bytes=200 << 20))
    assert ended.value.why == "memory"


def test_more_processor_time_than_allowed_is_refused_by_that_name(slow_xlsx: BinaryIO) -> None:
    with pytest.raises(ReadingEnded) as ended:
        read(slow_xlsx, "slow.xlsx", Limits(cpu_seconds=2))
    assert ended.value.why == "time"


def test_a_child_that_the_kernel_kills_is_told_from_one_that_broke_off(slow_xlsx: BinaryIO) -> None:
    def beat(number: signal.Signals) -> None:
        for child in children():
            child.send_signal(number)

    for number, why in ((signal.SIGKILL, "killed"), (signal.SIGSEGV, "broken")):
        with pytest.raises(ReadingEnded) as ended:
            read(slow_xlsx, "slow.xlsx", beat=lambda number=number: beat(number))  # type: ignore[misc]
        assert ended.value.why == why


def test_a_frame_larger_than_agreed_is_not_taken(long_csv: BinaryIO) -> None:
    with pytest.raises(ReadingEnded) as ended:
        read(long_csv, "a.csv", Limits(frame_bytes=5_000))
    assert ended.value.why == "broken"


def test_what_is_no_regular_file_is_not_read() -> None:
    with Path("/dev/zero").open("rb") as file, pytest.raises(ValueError, match="regular file"):
        read(file, "a.csv")


def test_a_child_dies_with_its_parent(slow_xlsx: BinaryIO) -> None:
    program = (
        "import sys; from simpul.engines.reading_child import reading\n"
        "with open(sys.argv[1], 'rb') as file:\n"
        f" with reading({PARSER!r}, file, {{'file_name': 'a.xlsx', 'kind': 'sites'}}, beat=lambda: None) as values:\n"
        "  print('begun', flush=True); next(values)\n"
    )
    with ExitStack() as stack:
        parent = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-c", program, slow_xlsx.name],
                env={**os.environ, "PYTHONPATH": str(SOURCE)},
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        )
        stack.callback(parent.kill)
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"begun\n"
        (child,) = psutil.Process(parent.pid).children()
        # It is tied once it reads; before that it finds its parent gone by itself.
        parent.kill()
        parent.wait()
        until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
