"""An own certificate authority and one server certificate, kept in a folder: made once, renewed by themselves.

Four files, each mode 0600 and replaced in one step: `bus-ca.key` and `bus-ca.pem` (the authority, ten years),
`bus-cert.key` and `bus-cert.pem` (the server, two years). Keys stay what they are, so that processes which start
together can only make certificates that fit each other. Who trusts the authority goes on trusting the server
whatever it is called by.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from simpul.engines.certificate_store import Store
from simpul.kit.keyfile import read_or_make, write_private
from simpul.kit.problem import Problem

AUTHORITY_LIFE = timedelta(days=3652)
SERVER_LIFE = timedelta(days=730)
# A server that is started or looked at once in so long never shows a certificate that has ended.
RENEW_BEFORE_END = timedelta(days=240)
# A client's clock may be slow.
EARLIER = timedelta(days=1)
# P-256: every TLS library of the last ten years knows it.
CURVE = ec.SECP256R1()

Name = x509.DNSName | x509.IPAddress


@dataclass(frozen=True, slots=True)
class Ends:
    """Until when the two certificates are valid."""

    authority: datetime
    server: datetime


def ensure(store: Store, names: Iterable[str], now: datetime) -> bool:
    """Make what is missing and renew what no longer fits; True when the server has a new certificate.

    `names` are host names and addresses by which clients call the server. Raises Problem when the authority in
    the folder cannot be used: it is never replaced, since all clients would have to be told.
    """
    authority_key = _own_key(store.authority_key)
    text = read_or_make(store.authority, lambda: _pem(_make_authority(authority_key, now)))
    authority = _read(store.authority, text)
    _check_authority(store, authority, authority_key, now)
    key, wanted = _own_key(store.key), _names(names)
    if _fits(store.certificate, authority, key, wanted, now):
        return False
    write_private(store.certificate, _pem(_make_certificate(key, wanted, authority, authority_key, now)))
    return True


def ends(store: Store) -> Ends | None:
    """When the certificates end; None before they were made. Raises Problem for a file that is no certificate."""
    try:
        read = [_read(path, path.read_text(encoding="ascii")) for path in (store.authority, store.certificate)]
    except FileNotFoundError:
        return None
    return Ends(*(certificate.not_valid_after_utc for certificate in read))


def _own_key(path: Path) -> ec.EllipticCurvePrivateKey:
    text = read_or_make(path, _new_key)
    try:
        key = load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Problem(f"{path} holds no key of an elliptic curve. Restore it from a copy, or remove it") from None
    return key


def _new_key() -> str:
    key = ec.generate_private_key(CURVE)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode().strip()


def _read(path: Path, text: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(text.encode())
    except ValueError:
        raise Problem(f"{path} is no certificate (PEM). Restore it from a copy, or remove it") from None


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode().strip()


def _names(given: Iterable[str]) -> list[Name]:
    """Each once, in a fixed order."""
    return [_name(text) for text in sorted(set(given))]


def _name(text: str) -> Name:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _check_authority(store: Store, authority: x509.Certificate, key: ec.EllipticCurvePrivateKey, now: datetime) -> None:
    again = "remove bus-ca.key, bus-ca.pem and bus-cert.pem: then every agent needs a new credential"
    if _raw(authority.public_key()) != _raw(key.public_key()):
        raise Problem(f"{store.authority} and bus-ca.key do not belong together. Restore both from a copy, or {again}")
    if not authority.not_valid_before_utc <= now < authority.not_valid_after_utc:
        first, last = authority.not_valid_before_utc.date(), authority.not_valid_after_utc.date()
        raise Problem(f"{store.authority} is valid from {first} to {last}, not now. Check the clock, or {again}")


def _fits(
    path: Path, authority: x509.Certificate, key: ec.EllipticCurvePrivateKey, names: list[Name], now: datetime
) -> bool:
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
        found.verify_directly_issued_by(authority)
        called = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (FileNotFoundError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    end = found.not_valid_after_utc
    # Nothing outlives the authority, so near its end a renewal would gain nothing.
    renew_at = end if end >= authority.not_valid_after_utc else end - RENEW_BEFORE_END
    in_time = found.not_valid_before_utc <= now < renew_at
    return in_time and list(called) == names and _raw(found.public_key()) == _raw(key.public_key())


def _raw(key: object) -> bytes:
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return b""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _make_authority(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Simpul bus authority")])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        _builder(name, name, key, now - EARLIER, now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, SHA256())
    )


def _make_certificate(
    key: ec.EllipticCurvePrivateKey,
    names: list[Name],
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Simpul bus")])
    first = max(now - EARLIER, authority.not_valid_before_utc)
    last = min(now + SERVER_LIFE, authority.not_valid_after_utc)
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return (
        _builder(name, authority.subject, key, first, last)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(signer, critical=False)
        .sign(authority_key, SHA256())
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, first: datetime, last: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(last)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
