"""An order: a numbered plan for one gateway, signed by the controller, that the agent carries out or refuses."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

FORMAT = 1
LONGEST_CONFIRM_SECONDS = 3600


class OrderRefused(Exception):
    """The order is not for this gateway, not from its controller, or not readable; the text says which."""


@dataclass(frozen=True, slots=True)
class Order:
    """`plan` is the data of a plan file; `confirm_s` how long the agent waits for a confirmation before it goes back.

    Numbers only rise: a return to an old plan is a new number with the old content.
    """

    number: int
    gateway: str
    plan: Mapping[str, Any]
    confirm_s: int
    made_at: datetime


def sign(order: Order, key: Ed25519PrivateKey) -> dict[str, str]:
    """The envelope that `opened` opens; what is signed is the text of the body, byte for byte."""
    body = json.dumps(
        {
            "number": order.number,
            "gateway": order.gateway,
            "plan": order.plan,
            "confirm_s": order.confirm_s,
            "made_at": order.made_at.isoformat(),
        },
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return {"body": body, "signature": base64.b64encode(key.sign(body.encode())).decode()}


def opened(envelope: Mapping[str, Any], key: Ed25519PublicKey, gateway: str) -> Order:
    """The order inside, once its signature and its gateway are right. Raises OrderRefused."""
    body, signature = envelope.get("body"), envelope.get("signature")
    if not isinstance(body, str) or not isinstance(signature, str):
        raise OrderRefused("the order has no body or no signature")
    try:
        key.verify(base64.b64decode(signature, validate=True), body.encode())
    except (InvalidSignature, ValueError):
        raise OrderRefused(
            "the signature is not that of this agent's controller; give the agent a fresh credential"
        ) from None
    order = _read(body)
    if order.gateway != gateway:
        raise OrderRefused(f"the order is for gateway {order.gateway}, this is {gateway}")
    return order


def fingerprint(envelope: Mapping[str, Any]) -> str:
    """Which order it is, beyond its number: after a restored backup a number may stand for two. Empty for none."""
    body = envelope.get("body")
    return hashlib.sha256(body.encode()).hexdigest()[:16] if isinstance(body, str) else ""


def public_key(text: str) -> Ed25519PublicKey:
    """The key written as base64 in an agent's credential. Raises ValueError."""
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))


def written(key: Ed25519PublicKey) -> str:
    """How `public_key` reads it."""
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def _read(body: str) -> Order:
    try:
        data = json.loads(body)
        if data.get("format", FORMAT) != FORMAT:
            raise OrderRefused(
                f"the order has format {data['format']!r:.20}, this agent reads {FORMAT}. Update the agent"
            )
        order = Order(
            number=data["number"],
            gateway=data["gateway"],
            plan=data["plan"],
            confirm_s=data["confirm_s"],
            made_at=datetime.fromisoformat(data["made_at"]),
        )
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise OrderRefused(f"the order cannot be read: {error!r}") from None
    if type(order.number) is not int or order.number < 1:
        raise OrderRefused("the order's number is not a whole number above 0")
    if type(order.confirm_s) is not int or not 0 <= order.confirm_s <= LONGEST_CONFIRM_SECONDS:
        raise OrderRefused(f"the order's confirm_s is not a whole number from 0 to {LONGEST_CONFIRM_SECONDS}")
    if not isinstance(order.plan, dict) or not isinstance(order.gateway, str) or order.made_at.tzinfo is None:
        raise OrderRefused("the order's plan, gateway or time is not of the right kind")
    return order
