"""What kind of file something is, by its first bytes and by what was said of it. Pure.

What a sender says is believed only where the bytes agree, and only for types that are known here. Everything else is
`application/octet-stream`: kept, but never shown by a browser.
"""

from __future__ import annotations

import codecs
from pathlib import PurePosixPath

UNKNOWN = "application/octet-stream"
HEAD_BYTES = 512
# Types a page may show in place; all others are offered as a download.
INLINE = frozenset({"image/jpeg", "image/png", "image/webp", "application/pdf"})

_ZIP = b"PK\x03\x04"
_OFFICE = "application/vnd.openxmlformats-officedocument."
_BY_BYTES = {
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "application/pdf": b"%PDF-",
    f"{_OFFICE}spreadsheetml.sheet": _ZIP,
    f"{_OFFICE}wordprocessingml.document": _ZIP,
    "application/zip": _ZIP,
}
_TEXTS = frozenset({"text/plain", "text/csv", "application/json", "application/geo+json"})


def media_type_of(head: bytes, said: str) -> str:
    """The type to store. `head` is the file's first `HEAD_BYTES`, `said` a media type, parameters allowed."""
    claimed = said.partition(";")[0].strip().lower()
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if claimed in _BY_BYTES and head.startswith(_BY_BYTES[claimed]):
        return claimed
    # An image or a PDF says itself what it is, whatever was said of it.
    for kind in ("image/jpeg", "image/png", "application/pdf"):
        if head.startswith(_BY_BYTES[kind]):
            return kind
    if claimed in _TEXTS and _is_text(head):
        return claimed
    return UNKNOWN


def file_name_of(said: str) -> str:
    """A bare name of at most 255 characters: no folder, no control characters; `file` where nothing is left."""
    bare = PurePosixPath(said.replace("\\", "/")).name
    plain = "".join(sign for sign in bare if sign.isprintable()).strip().strip(".")
    if len(plain) > 255:
        suffix = PurePosixPath(plain).suffix[:20]
        plain = plain[: 255 - len(suffix)] + suffix
    return plain or "file"


def _is_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=False)
    except UnicodeDecodeError:
        return False
    return True
