"""The own authority: made once, kept, private; the server's certificate follows its names and its time."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from simpul.engines.certificate_store import Store
from simpul.engines.certificates import AUTHORITY_LIFE, SERVER_LIFE, ends, ensure
from simpul.kit.problem import Problem

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = ("localhost", "127.0.0.1")
DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def contents(store: Store) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in store.folder.iterdir()}


def changed(store: Store, before: dict[str, bytes]) -> set[str]:
    return {name for name, content in contents(store).items() if before.get(name) != content}


def called(store: Store) -> set[str]:
    certificate = x509.load_pem_x509_certificate(store.certificate.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in names}


def test_four_private_files_are_made_once(store: Store) -> None:
    assert ends(store) is None
    assert ensure(store, NAMES, NOW)
    before = contents(store)
    assert sorted(before) == ["bus-ca.key", "bus-ca.pem", "bus-cert.key", "bus-cert.pem"]
    assert {path.stat().st_mode & 0o777 for path in store.folder.iterdir()} == {0o600}
    assert not ensure(store, reversed(NAMES), NOW + 400 * DAY)
    assert changed(store, before) == set()


def test_the_certificate_follows_the_names_and_the_authority_stays(store: Store) -> None:
    ensure(store, NAMES, NOW)
    before = contents(store)
    assert ensure(store, (*NAMES, "bus.example.org", "2001:db8::7"), NOW)
    assert changed(store, before) == {"bus-cert.pem"}
    assert called(store) == {"localhost", "127.0.0.1", "bus.example.org", "2001:db8::7"}
    assert ensure(store, NAMES, NOW)
    assert called(store) == set(NAMES)


def test_the_certificate_is_renewed_long_before_its_end(store: Store) -> None:
    ensure(store, NAMES, NOW)
    before = contents(store)
    late = NOW + SERVER_LIFE - 200 * DAY
    assert ensure(store, NAMES, late)
    assert changed(store, before) == {"bus-cert.pem"}
    found = ends(store)
    assert found is not None
    assert (found.server, found.authority) == (late + SERVER_LIFE, NOW + AUTHORITY_LIFE)


def test_nothing_outlives_the_authority_and_its_end_is_named(store: Store) -> None:
    ensure(store, NAMES, NOW)
    late = NOW + AUTHORITY_LIFE - 30 * DAY
    assert ensure(store, NAMES, late)
    assert not ensure(store, NAMES, late + DAY)
    found = ends(store)
    assert found is not None
    assert found.server == found.authority
    with pytest.raises(Problem, match=r"valid from 2026-02-28 to 2036-02-29, not now\. Check the clock, or remove"):
        ensure(store, NAMES, NOW + AUTHORITY_LIFE + DAY)


def test_a_clock_that_ran_ahead_at_the_first_start_is_named(store: Store) -> None:
    ensure(store, NAMES, NOW)
    with pytest.raises(Problem, match="Check the clock"):
        ensure(store, NAMES, NOW - 100 * DAY)


def test_a_lost_authority_file_comes_back_with_the_same_key(store: Store) -> None:
    """Who trusts the old file trusts what the same key signs."""
    ensure(store, NAMES, NOW)
    given = store.authority.read_text()
    store.authority.unlink()
    ensure(store, (*NAMES, "192.0.2.1"), NOW)
    old, new = (x509.load_pem_x509_certificate(text.encode()) for text in (given, store.authority.read_text()))
    assert (old.subject, old.public_key()) == (new.subject, new.public_key())
    x509.load_pem_x509_certificate(store.certificate.read_bytes()).verify_directly_issued_by(old)


def test_a_lost_server_key_or_a_damaged_certificate_is_made_anew(store: Store) -> None:
    ensure(store, NAMES, NOW)
    store.key.unlink()
    assert ensure(store, NAMES, NOW)
    store.certificate.write_text("half a certifi")
    assert ensure(store, NAMES, NOW)
    assert not ensure(store, NAMES, NOW)


def test_another_authoritys_key_is_refused_and_nothing_is_replaced(store: Store, tmp_path: Path) -> None:
    ensure(store, NAMES, NOW)
    store.authority_key.unlink()
    before = contents(store)
    with pytest.raises(Problem, match=r"do not belong together\. Restore both from a copy, or remove"):
        ensure(store, NAMES, NOW)
    assert changed(store, before) == {"bus-ca.key"}


@pytest.mark.parametrize("name", ["bus-ca.key", "bus-ca.pem", "bus-cert.key"])
def test_a_damaged_file_is_named_with_what_to_do(store: Store, name: str) -> None:
    ensure(store, NAMES, NOW)
    (store.folder / name).write_text("-----BEGIN NOTHING-----")
    with pytest.raises(Problem, match=f"{name} .*Restore it from a copy, or remove it"):
        ensure(store, NAMES, NOW)


def test_a_key_that_others_may_read_is_refused(store: Store) -> None:
    ensure(store, NAMES, NOW)
    store.authority_key.chmod(0o644)
    with pytest.raises(Problem, match="may be read by others"):
        ensure(store, NAMES, NOW)


def test_starts_at_the_same_time_agree(store: Store) -> None:
    script = (
        "import sys; from datetime import UTC, datetime; from pathlib import Path;"
        "from simpul.engines.certificate_store import Store; from simpul.engines.certificates import ensure;"
        "ensure(Store(Path(sys.argv[1])), ['localhost', '127.0.0.1'], datetime.now(UTC))"
    )
    source = str(Path(__file__).resolve().parents[2] / "src")
    line = [sys.executable, "-c", script, str(store.folder)]
    together = [subprocess.Popen(line, env={"PYTHONPATH": source}, stderr=subprocess.PIPE) for _ in range(4)]
    assert [process.communicate()[1] for process in together] == [b""] * 4
    assert not ensure(store, NAMES, datetime.now(UTC))
    assert len(list(store.folder.iterdir())) == 4


@pytest.mark.parametrize("strict", [False, True])
def test_python_believes_it_by_every_name(store: Store, strict: bool) -> None:
    """Newer Pythons check strictly by themselves."""
    names = ("localhost", "127.0.0.1", "::1", "bus.example.org")
    ensure(store, names, datetime.now(UTC))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(store.certificate, store.key)
    client = ssl.create_default_context(cafile=store.authority)
    if strict:
        client.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN

    async def scenario() -> list[str]:
        refused = []
        serving = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=server)
        port = serving.sockets[0].getsockname()[1]
        async with serving:
            for name in (*names, "192.0.2.1", "other.example.org"):
                try:
                    _, writer = await asyncio.open_connection(
                        "127.0.0.1", port, ssl=client, server_hostname=name, ssl_handshake_timeout=20
                    )
                    writer.close()
                    await writer.wait_closed()
                except ssl.SSLCertVerificationError:
                    refused.append(name)
        return refused

    assert asyncio.run(scenario()) == ["192.0.2.1", "other.example.org"]
