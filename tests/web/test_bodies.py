"""Bodies of any size and pace, against a server that really runs: a stranger leaves nothing on the disk."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from web.raw_http import PART, answer, chunk, dial, head, parts, send, status
from web.sign_in_site import PASSWORD, Site, start, stop

MB = 2**20
LIMIT_MB = 4  # of evidence, here
PATIENCE = 2.0
WAIT_SECONDS = 60


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An instance that keeps evidence of up to four megabytes, and is impatient."""
    more = {"SIMPUL_EVIDENCE_MAX_MB": str(LIMIT_MB), "SIMPUL_SERVER_PATIENCE_SECONDS": str(PATIENCE)}
    site = start(tmp_path_factory.mktemp("site"), **more)
    site.user(
        "add", "admin", "--name", "Siti Rahma", "--role", "administrator", "--password-stdin",
        "--organisation", "DISKOMINFO", "--organisation-name", "Dinas Kominfo", typed=PASSWORD + "\n",
    )  # fmt: skip
    yield site
    stop(site)


@pytest.fixture(scope="module")
def cookie(site: Site) -> str:
    """The Cookie header of somebody signed in."""
    with httpx.Client(base_url=site.url) as browser:
        browser.get("/account/login/")
        given = {"login": "admin", "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies["simpul_csrf"]}
        assert browser.post("/account/login/", data=given).status_code == 302
        return f"Cookie: simpul_session={browser.cookies['simpul_session']}"


class Disk:
    """The most bytes that the server's temporary files ever took, named or not, while this watches."""

    def __init__(self, site: Site) -> None:
        self.folder = str(site.folder / "tmp")
        self.most = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._workers = _tree(site.server.pid)

    def __enter__(self) -> Disk:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def now(self) -> int:
        """Bytes in open files below the folder; a file without a name shows only here."""
        found = {}
        for worker in self._workers:
            for descriptor in _listed(Path(f"/proc/{worker}/fd")):
                try:
                    if str(descriptor.readlink()).startswith(self.folder):
                        there = descriptor.stat()
                        found[there.st_ino] = there.st_size
                except OSError:
                    continue
        return sum(found.values())

    def _watch(self) -> None:
        while not self._over.wait(0.002):
            self.most = max(self.most, self.now())


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _tree(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in _tree(int(child)))]


def posted(site: Site, size: int, *lines: str, path: str = "/account/login/", length: int | None = None) -> int:
    """Send a body with its length, or in chunks where `length` is negative; the answer's number."""
    connection = dial(site.url)
    in_chunks = (length or 0) < 0
    how = "Transfer-Encoding: chunked" if in_chunks else f"Content-Length: {length or size}"
    pieces = (chunk(piece) for piece in parts(size)) if in_chunks else parts(size)
    send(connection, [head("POST", path, how, "Connection: close", *lines)])
    send(connection, pieces)
    if in_chunks:
        send(connection, [b"0\r\n\r\n"])
    return status(answer(connection))


@pytest.mark.parametrize("path", ["/account/login/", "/no/such/page/", "/api/v1/sites", "/invitation/abc/"])
@pytest.mark.parametrize("length", [None, -1])
def test_a_stranger_s_large_body_is_refused_and_never_touches_the_disk(
    site: Site, path: str, length: int | None
) -> None:
    with Disk(site) as disk:
        assert posted(site, 3 * MB, path=path, length=length) == 413
    assert disk.most == 0


@pytest.mark.parametrize("proof", ["Cookie: simpul_session=invented", "Authorization: Bearer invented"])
def test_an_invented_session_or_token_is_a_stranger(site: Site, proof: str) -> None:
    with Disk(site) as disk:
        assert posted(site, 3 * MB, proof, length=-1) == 413
    assert disk.most == 0


def test_a_stranger_s_small_body_is_read(site: Site) -> None:
    assert posted(site, MB) == posted(site, MB, length=-1) == 403  # a form without its token


@pytest.mark.parametrize("length", [None, -1])
def test_somebody_signed_in_may_send_what_evidence_may_be_and_no_more(
    site: Site, cookie: str, length: int | None
) -> None:
    with Disk(site) as disk:
        assert posted(site, LIMIT_MB * MB, cookie, length=length) == 403
        assert posted(site, 3 * LIMIT_MB * MB, cookie, length=length) == 413
    assert 0 < disk.most <= (LIMIT_MB + 1) * MB
    assert disk.now() == 0


def test_a_promise_of_gigabytes_is_refused_before_any_of_them_comes(site: Site, cookie: str) -> None:
    for lines in ([], [cookie]):
        connection = dial(site.url)
        connection.sendall(head("POST", "/", "Content-Length: 5000000000", "Expect: 100-continue", *lines))
        said = answer(connection)
        assert status(said) == 413
        assert b"100 Continue" not in said


def test_a_body_shorter_than_it_says_is_waited_for_only_so_long(site: Site) -> None:
    assert posted(site, 100, length=1000) == 408


def test_two_lengths_at_once_are_refused(site: Site) -> None:
    connection = dial(site.url)
    connection.sendall(head("POST", "/", "Content-Length: 3", "Transfer-Encoding: chunked") + b"0\r\n\r\n")
    assert status(answer(connection)) in (400, 403)  # the server itself may have taken one of them away
    connection = dial(site.url)
    connection.sendall(head("POST", "/", "Content-Length: 3", "Content-Length: 5") + b"abcde")
    assert status(answer(connection)) == 400


def test_a_body_that_drips_is_cut_off_with_a_page_that_says_so(site: Site, cookie: str) -> None:
    connection = dial(site.url)
    connection.sendall(head("POST", "/account/login/", "Transfer-Encoding: chunked", cookie))
    over = threading.Event()

    def drip() -> None:
        while not over.wait(0.1) and send(connection, [chunk(b"x")]):
            pass

    dripping = threading.Thread(target=drip, daemon=True)
    dripping.start()
    said = answer(connection)
    over.set()
    dripping.join()
    assert status(said) == 408
    assert "datang terlalu lambat" in said.decode()


def test_the_page_of_a_refusal_is_whole_and_names_the_remedy(site: Site) -> None:
    refused = httpx.post(f"{site.url}/account/login/", content=b"x" * 3 * MB)
    assert (refused.status_code, refused.headers["connection"]) == (413, "close")
    assert "terlalu besar" in refused.text
    assert "default-src 'self'" in refused.headers["content-security-policy"]
    spoken = httpx.post(f"{site.url}/api/v1/sites", content=b"x" * 3 * MB)
    assert spoken.status_code == 413
    assert "detail" in spoken.json()


def test_a_person_sends_only_a_few_large_bodies_at_once(site: Site, cookie: str) -> None:
    begun = []
    with Disk(site) as disk:
        for _ in range(4):
            connection = dial(site.url)
            connection.sendall(head("POST", "/", f"Content-Length: {LIMIT_MB * MB}", cookie))
            send(connection, [PART] * 50)
            begun.append(connection)
        until = time.monotonic() + WAIT_SECONDS
        while disk.now() < 4 * 50 * len(PART) and time.monotonic() < until:
            time.sleep(0.01)
        assert posted(site, 3 * MB, cookie) == 429
    for connection in begun:
        connection.close()
    until = time.monotonic() + WAIT_SECONDS
    while (last := posted(site, 3 * MB, cookie)) == 429 and time.monotonic() < until:
        time.sleep(0.05)
    assert last == 403


def test_half_sent_bodies_of_strangers_leave_room_for_a_sign_in(site: Site) -> None:
    held = []
    for _ in range(40):  # 76 MB in all: more than all strangers together may keep in memory
        connection = dial(site.url)
        send(connection, [head("POST", "/", f"Content-Length: {2 * MB}"), *parts(2 * MB - 1)])
        held.append(connection)
    try:
        assert posted(site, 1000) == 403
    finally:
        for connection in held:
            connection.close()
    assert posted(site, MB) == 403
