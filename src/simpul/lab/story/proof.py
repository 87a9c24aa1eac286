"""Evidence for the story: handover certificates as text and one picture, both marked as samples."""

from __future__ import annotations

import struct
import zlib
from datetime import date

MARK = "DATA CONTOH"
WORD = "CONTOH"
# Five columns by seven rows per letter, one row per number.
GLYPHS = {
    "C": (14, 17, 16, 16, 16, 17, 14),
    "O": (14, 17, 17, 17, 17, 17, 14),
    "N": (17, 25, 21, 19, 17, 17, 17),
    "T": (31, 4, 4, 4, 4, 4, 4),
    "H": (17, 17, 17, 31, 17, 17, 17),
}
SCALE, MARGIN = 6, 12
PAPER, INK = 0xE8, 0x40


def certificate(number: str, contract: str, site: str, agency: str, on: date) -> bytes:
    """The text of an invented handover certificate (BAST)."""
    text = f"""{MARK} - BUKAN DOKUMEN RESMI

BERITA ACARA SERAH TERIMA
Nomor    : {number}
Tanggal  : {on.isoformat()}
Kontrak  : {contract}
Titik    : {site}
Pemakai  : {agency}

Jaringan di titik tersebut telah diuji dan diserahterimakan.
Berkas ini dibuat oleh program untuk peragaan; nama, nomor dan tanda tangan tidak ada.
"""
    return text.encode()


def picture() -> bytes:
    """A grey PNG that says CONTOH, in place of a photograph from the field."""
    columns = len(WORD) * 6 - 1
    width, height = columns * SCALE + 2 * MARGIN, 7 * SCALE + 2 * MARGIN
    lines = []
    for y in range(height):
        row = (y - MARGIN) // SCALE
        line = bytes(_dot(row, (x - MARGIN) // SCALE, columns) for x in range(width))
        lines.append(b"\0" + line)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(b"".join(lines), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _dot(row: int, column: int, columns: int) -> int:
    if not (0 <= row < 7 and 0 <= column < columns) or column % 6 == 5:
        return PAPER
    return INK if GLYPHS[WORD[column // 6]][row] >> (4 - column % 6) & 1 else PAPER


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
