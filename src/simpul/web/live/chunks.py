"""Pieces of a stream of server-sent events, made once and sent to many. Pure.

A compressed stream is a gzip header and then, for each piece, blocks that refer to nothing before them and end on a
byte. So one compressed piece fits into every stream, and a thousand viewers cost one compression.
"""

from __future__ import annotations

import json
import zlib
from functools import cached_property, lru_cache
from typing import Any

GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


class Chunk:
    """Some bytes of a stream, and the same compressed once somebody wants them so."""

    def __init__(self, plain: bytes) -> None:
        self.plain = plain

    @cached_property
    def zipped(self) -> bytes:
        """The blocks, without header and checksum."""
        # Raw deflate; the full flush closes the blocks and forgets what came before.
        squeezer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
        return squeezer.compress(self.plain) + squeezer.flush(zlib.Z_FULL_FLUSH)

    def body(self, *, zipped: bool) -> bytes:
        """What goes over the wire."""
        return self.zipped if zipped else self.plain


@lru_cache(maxsize=64)
def together(chunks: tuple[Chunk, ...], *, zipped: bool) -> bytes:
    """Several in one piece; all who wait for the same share it, so a thousand viewers do not hold a thousand copies."""
    return b"".join(chunk.body(zipped=zipped) for chunk in chunks)


# A comment: keeps proxies and browsers from giving the connection up.
HEARTBEAT = Chunk(b":\n\n")


def event(name: str, data: Any, number: int = 0) -> Chunk:
    """One event; JSON holds no line break."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    head = f"id: {number}\n" if number else ""
    return Chunk(f"{head}event: {name}\ndata: {text}\n\n".encode())


def greeting(retry_ms: int, data: Any) -> Chunk:
    """How a stream begins: after what time the browser may come again, and what the stream holds."""
    return Chunk(b"retry: %d\n" % retry_ms + event("hello", data).plain)
