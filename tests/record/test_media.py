"""Types are told by bytes; what is said counts only where the bytes agree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.record.logic.media import HEAD_BYTES, INLINE, UNKNOWN, file_name_of, media_type_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize(
    ("head", "said", "kept"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg", "image/jpeg"),
        (b"\xff\xd8\xff\xe0", "text/html", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "", "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/jpeg", "image/webp"),
        (b"%PDF-1.7", "Application/PDF; charset=binary", "application/pdf"),
        (b"PK\x03\x04", XLSX, XLSX),
        (b"PK\x03\x04", "image/png", UNKNOWN),
        (b"nama;lintang\n", "text/csv; charset=utf-8", "text/csv"),
        ("é".encode() * HEAD_BYTES, "text/plain", "text/plain"),
        (b"nama\0", "text/csv", UNKNOWN),
        (b"\xe9t\xe9", "text/plain", UNKNOWN),
        (b"<html>", "text/html", UNKNOWN),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", UNKNOWN),
        (b"GIF89a", "image/png", UNKNOWN),
        (b"", "image/png", UNKNOWN),
    ],
)
def test_a_type(head: bytes, said: str, kept: str) -> None:
    assert media_type_of(head[:HEAD_BYTES], said) == kept


def test_a_letter_cut_in_two_at_the_end_of_the_head_is_still_text() -> None:
    assert media_type_of(("x" * (HEAD_BYTES - 1) + "é").encode()[:HEAD_BYTES], "text/plain") == "text/plain"


@given(st.binary(max_size=64), st.text(max_size=40))
def test_nothing_a_browser_runs_is_ever_shown_in_place(head: bytes, said: str) -> None:
    kept = media_type_of(head, said)
    assert "html" not in kept
    assert "svg" not in kept
    assert kept not in INLINE or head.startswith((b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"%PDF-"))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("foto tiang 3.jpg", "foto tiang 3.jpg"),
        ("C:\\Users\\Sari\\BAST.pdf", "BAST.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nb\x1b.csv", "ab.csv"),
        ("..", "file"),
        ("", "file"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
    ],
)
def test_a_name(said: str, kept: str) -> None:
    assert file_name_of(said) == kept


@given(st.text())
def test_a_name_is_always_bare_printable_and_short(said: str) -> None:
    name = file_name_of(said)
    assert name.isprintable()
    assert 0 < len(name) <= 255
    assert "/" not in name
    assert "\\" not in name
