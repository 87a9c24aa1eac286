"""What a writer puts into the spool is whole, named, and never more than allowed; what does not fit is counted."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.store import spool
from simpul.store.spool import Segment, Spool
from store.running import CAP


def test_a_segment_lies_in_ready_under_a_name_that_says_everything(tmp_path: Path) -> None:
    assert Spool(tmp_path, "watch", CAP).put("samples", 3, b"rows", "native.z")
    [segment] = spool.segments(tmp_path)
    assert (segment.table, segment.writer, segment.rows, segment.format) == ("samples", "watch", 3, "native.z")
    assert segment.path.read_bytes() == b"rows"
    assert segment.crc == zlib.crc32(b"rows")
    assert not list((tmp_path / "draft").iterdir())


def test_the_file_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Spool(tmp_path, "watch", CAP)
    ready_at_sync: list[int] = []
    real = os.fsync

    def seen(descriptor: int) -> None:
        ready_at_sync.append(len(spool.segments(tmp_path)))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", seen)
    writer.put("samples", 1, b"x", "native.z")
    # First the file, not yet named; then the folder that holds the name.
    assert ready_at_sync == [0, 1]


# Each segment is flushed to the disk, which may be slow.
@given(sizes=st.lists(st.integers(0, 400), max_size=30), cap=st.integers(1, 2000))
def test_what_waits_is_never_more_than_the_cap_and_the_rest_is_counted(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], cap: int
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    writer = Spool(folder, "watch", cap)
    kept = [writer.put("samples", size + 1, b"x" * size, "native.z") for size in sizes]
    rows_kept = sum(size + 1 for size, held in zip(sizes, kept, strict=True) if held)
    assert spool.waiting_bytes(folder) <= cap
    assert sum(segment.rows for segment in spool.segments(folder)) == rows_kept == writer.counts.rows
    lost = sum(size + 1 for size in sizes) - rows_kept
    assert writer.counts.lost_rows == lost == sum(spool.losses(folder).values())


def test_segments_come_back_in_the_order_in_which_they_were_put_even_when_the_clock_steps_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, times = Spool(tmp_path, "watch", CAP), iter([9_000, 5_000, 5_000, 9_500])
    monkeypatch.setattr("time.time_ns", lambda: next(times))
    for rows in (1, 2, 3, 4):
        writer.put("samples", rows, b"x", "native.z")
    assert [segment.rows for segment in spool.segments(tmp_path)] == [1, 2, 3, 4]


def test_two_processes_of_one_name_never_overwrite_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time_ns", lambda: 7)
    assert all(Spool(tmp_path, "watch", CAP).put("samples", 1, b"x", "native.z") for _ in range(5))
    assert len(spool.segments(tmp_path)) == 5


def test_a_loss_outlives_the_writer_that_had_it(tmp_path: Path) -> None:
    for _ in range(2):
        assert not Spool(tmp_path, "watch", 3).put("samples", 10, b"four", "native.z")
    Spool(tmp_path, "flowd", 3).lose(7, "no reason")
    assert spool.losses(tmp_path) == {"watch": 20, "flowd": 7}


def test_a_loss_that_a_full_disk_could_not_note_is_noted_when_there_is_room_again(tmp_path: Path) -> None:
    (tmp_path / "lost").write_text("a file where the folder should be, as a disk that takes nothing", encoding="utf-8")
    writer = Spool(tmp_path, "watch", 4)
    for _ in range(2):
        assert not writer.put("samples", 500, b"too long", "native.z")
    assert spool.losses(tmp_path) == {}
    (tmp_path / "lost").unlink()
    for _ in range(2):
        assert writer.put("samples", 10, b"", "native.z")
        assert spool.losses(tmp_path) == {"watch": 1000}
    writer.lose(7, "no reason")
    assert spool.losses(tmp_path) == {"watch": 1007}


def test_a_draft_of_a_killed_writer_takes_nobodys_room_for_long(tmp_path: Path) -> None:
    writer = Spool(tmp_path, "watch", 4)
    assert writer.put("samples", 1, b"x", "native.z")
    left = tmp_path / "draft" / "half"
    left.write_bytes(b"half")
    assert not writer.put("samples", 1, b"x", "native.z"), "it may still be written"
    os.utime(left, (1, 1))
    assert writer.put("samples", 1, b"x", "native.z")
    assert not left.exists()


def test_room_that_comes_back_is_used_again(tmp_path: Path) -> None:
    writer = Spool(tmp_path, "watch", 4)
    assert writer.put("samples", 1, b"four", "native.z")
    assert not writer.put("samples", 1, b"more", "native.z")
    assert writer.counts.full
    spool.segments(tmp_path)[0].path.unlink()
    assert writer.put("samples", 1, b"more", "native.z")
    assert not writer.counts.full


def test_a_disk_that_refuses_is_a_counted_loss_and_no_crash(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file where the folder should be", encoding="utf-8")
    writer = Spool(tmp_path / "spool", "watch", CAP)
    assert not writer.put("samples", 5, b"x", "native.z")
    assert writer.counts.lost_rows == 5


def test_what_a_killed_writer_left_half_written_is_no_segment_and_goes_away(tmp_path: Path) -> None:
    Spool(tmp_path, "watch", CAP).put("samples", 1, b"x", "native.z")
    left = tmp_path / "draft" / "half"
    left.write_bytes(b"ha")
    assert spool.remove_drafts(tmp_path) == 0, "it may still be written"
    os.utime(left, (1, 1))
    assert spool.remove_drafts(tmp_path) == 1
    assert len(spool.segments(tmp_path)) == 1


def test_a_writer_that_repeats_itself_after_a_kill_makes_the_same_segment(tmp_path: Path) -> None:
    for _ in range(2):
        Spool(tmp_path, "made", CAP, life="0123abcd").put("samples", 1, b"x", "native.z", at_ns=42)
    assert len(spool.segments(tmp_path)) == 1


@pytest.mark.parametrize("writer", ["", "Watch", "../x", "a" * 41, "a.b"])
def test_a_writer_has_a_plain_name(tmp_path: Path, writer: str) -> None:
    with pytest.raises(ValueError, match="writer"):
        Spool(tmp_path, writer, CAP)


@given(name=st.text(max_size=80))
def test_any_other_file_in_the_folder_is_left_alone(name: str) -> None:
    found = Segment.named(Path("/spool/ready") / name.replace("/", "_").replace("\0", "_"))
    assert found is None or found.token == found.path.name
