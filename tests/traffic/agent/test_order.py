"""Who may order a gateway, and how an order is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from simpul.traffic.logic.order import Order, OrderRefused, opened, public_key, sign, written

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
AT = datetime(2026, 11, 24, 1, tzinfo=UTC)


def order(**changed: Any) -> Order:
    """An order for GW."""
    return Order(**{"number": 7, "gateway": "GW", "plan": {"format": 1}, "confirm_s": 60, "made_at": AT, **changed})


@given(st.integers(1, 2**40), st.integers(0, 3600), st.dictionaries(st.text(), st.integers() | st.text()))
def test_an_order_is_read_as_it_was_signed(number: int, confirm_s: int, plan: dict[str, Any]) -> None:
    made = order(number=number, confirm_s=confirm_s, plan=plan)
    assert opened(sign(made, KEY), KEY.public_key(), "GW") == made


@given(st.data())
def test_no_byte_of_an_order_can_be_changed(data: st.DataObject) -> None:
    envelope = sign(order(), KEY)
    place = data.draw(st.integers(0, len(envelope["body"]) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda each: each != envelope["body"][place]))
    forged = {**envelope, "body": envelope["body"][:place] + other + envelope["body"][place + 1 :]}
    with pytest.raises(OrderRefused, match="signature"):
        opened(forged, KEY.public_key(), "GW")


def test_an_order_of_another_controller_is_refused() -> None:
    with pytest.raises(OrderRefused, match="not that of this agent's controller"):
        opened(sign(order(), Ed25519PrivateKey.generate()), KEY.public_key(), "GW")


def test_an_order_for_another_gateway_is_refused_by_name() -> None:
    with pytest.raises(OrderRefused, match="is for gateway OTHER, this is GW"):
        opened(sign(order(gateway="OTHER"), KEY), KEY.public_key(), "GW")


@pytest.mark.parametrize(
    ("envelope", "words"),
    [
        ({}, "no body"),
        ({"body": "{}", "signature": 7}, "no body or no signature"),
        ({"body": "{}", "signature": "no base64"}, "signature"),
        ({"body": "\ud800", "signature": ""}, "signature"),
    ],
)
def test_what_is_no_order_is_refused(envelope: dict[str, Any], words: str) -> None:
    with pytest.raises(OrderRefused, match=words):
        opened(envelope, KEY.public_key(), "GW")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"number": 0}, "number"),
        ({"number": True}, "number"),
        ({"number": 1.5}, "number"),
        ({"confirm_s": -1}, "confirm_s"),
        ({"confirm_s": 3601}, "confirm_s"),
        ({"plan": []}, "plan"),
        ({"gateway": None}, "gateway"),
        ({"made_at": datetime(2026, 1, 1)}, "time"),  # noqa: DTZ001
    ],
)
def test_a_signed_order_that_makes_no_sense_is_refused(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(OrderRefused, match=words):
        opened(sign(order(**changed), KEY), KEY.public_key(), "GW")


@pytest.mark.parametrize("body", ["", "[]", "7", "{}", '{"number": 1}'])
def test_a_signed_text_that_is_no_order_is_refused(body: str) -> None:
    envelope = sign(order(), KEY)
    signature = json.loads(json.dumps(envelope))["signature"]
    with pytest.raises(OrderRefused):
        opened({"body": body, "signature": signature}, KEY.public_key(), "GW")


def test_the_public_key_is_read_as_it_is_written() -> None:
    key = KEY.public_key()
    assert written(public_key(written(key))) == written(key)
    with pytest.raises(ValueError, match="key"):
        public_key("c2hvcnQ=")
