"""`/static/...`: the collected files of all apps, answered without Django.

The files are known when the application starts: a path that is not among them cannot be asked for, whatever dots
it contains. Names with a content hash may be kept for ever; the others are asked for again by their ETag.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from simpul.web.healthz import Receive, Scope, Send

TYPES = {
    ".css": b"text/css; charset=utf-8",
    ".html": b"text/html; charset=utf-8",
    ".ico": b"image/x-icon",
    ".js": b"text/javascript; charset=utf-8",
    ".json": b"application/json",
    ".mjs": b"text/javascript; charset=utf-8",
    ".png": b"image/png",
    ".svg": b"image/svg+xml",
    ".txt": b"text/plain; charset=utf-8",
    ".webmanifest": b"application/manifest+json",
    ".woff2": b"font/woff2",
}
COMPRESSIBLE = {".css", ".html", ".js", ".json", ".mjs", ".svg", ".txt", ".webmanifest"}
WORTH_COMPRESSING = 1024
_HASHED = re.compile(r"\.[0-9a-f]{8,64}\.[a-z0-9]+$")

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class File:
    """One file and its gzip twin, if it has one."""

    path: Path
    zipped: Path | None
    etag: bytes
    kind: bytes
    cache: bytes


def compress(folder: Path) -> None:
    """Put a gzip twin beside every text worth it; a twin as new as its file is kept."""
    for path in folder.rglob("*"):
        if path.suffix not in COMPRESSIBLE or not path.is_file():
            continue
        twin = path.with_name(f"{path.name}.gz")
        stat = path.stat()
        if stat.st_size < WORTH_COMPRESSING or (twin.exists() and twin.stat().st_mtime_ns >= stat.st_mtime_ns):
            continue
        twin.write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


class StaticFiles:
    """A bare ASGI application for the paths below `prefix`."""

    def __init__(self, folder: Path, prefix: str = "/static/") -> None:
        self._files = {prefix + str(path.relative_to(folder)): _file(path) for path in _listed(folder)}

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """200 or 304 with the file, 404, or 405 for other methods than GET and HEAD."""
        if scope["method"] not in ("GET", "HEAD"):
            await _send(send, 405, [(b"allow", b"GET, HEAD")], b"")
            return
        file = self._files.get(scope["path"])
        if file is None:
            await _send(send, 404, [(b"content-type", b"text/plain")], b"not found")
            return
        asked = dict(scope["headers"])
        headers: Headers = [(b"etag", file.etag), (b"cache-control", file.cache), (b"vary", b"accept-encoding")]
        if file.etag in asked.get(b"if-none-match", b""):
            await _send(send, 304, headers, b"")
            return
        source = file.path
        headers += [(b"content-type", file.kind), (b"x-content-type-options", b"nosniff")]
        if file.zipped is not None and b"gzip" in asked.get(b"accept-encoding", b""):
            source = file.zipped
            headers.append((b"content-encoding", b"gzip"))
        # Read in one go: small, and in the system's cache after the first visitor.
        body = source.read_bytes()
        headers.append((b"content-length", str(len(body)).encode()))
        await _send(send, 200, headers, body if scope["method"] == "GET" else b"")


def _listed(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".gz"]


def _file(path: Path) -> File:
    twin = path.with_name(f"{path.name}.gz")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    cache = b"public, max-age=31536000, immutable" if _HASHED.search(path.name) else b"no-cache"
    kind = TYPES.get(path.suffix, b"application/octet-stream")
    return File(path, twin if twin.exists() else None, b'W/"%s"' % digest.encode(), kind, cache)


async def _send(send: Send, status: int, headers: Headers, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
