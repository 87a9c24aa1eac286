"""What a router answers to one SNMP datagram, asked with pysnmp's own requests and with nonsense."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto.api import v1, v2c

from simpul.lab.snmp.messages import LONGEST_REQUEST, ROOM, Refused, answer
from simpul.lab.snmp.mib import IF_ENTRY, IFX_ENTRY, SYSTEM, Link, Oid, Port, Router, view

COMMUNITY = "simpul-lab"
LINKS = [
    Link(number, f"sfp{number}", loopback=False, mtu=1500, address=b"\2\0\0\0\0\1", admin_up=True, oper_up=number != 2,
         in_octets=2**33 + number, in_packets=50, in_multicast=8, out_octets=2**64 - 1, out_packets=7)
    for number in range(1, 25)
]  # fmt: skip
PORTS = {"sfp1": Port(50_000_000, "L-RSUD"), "sfp2": Port(10_000_000_000, "RING-1")}
SHOWN = view(Router("R-INTI", "a router", "POP-INTI"), LINKS, PORTS, uptime_s=12.34)
KINDS: dict[str, Any] = {
    "get": v2c.GetRequestPDU, "next": v2c.GetNextRequestPDU, "bulk": v2c.GetBulkRequestPDU, "set": v2c.SetRequestPDU,
}  # fmt: skip


def request(kind: str, oids: list[Oid], community: str = COMMUNITY, once: int = 0, times: int = 10) -> bytes:
    """One request as pysnmp writes it."""
    pdu = KINDS[kind]()
    api = v2c.apiBulkPDU if kind == "bulk" else v2c.apiPDU
    api.set_defaults(pdu)
    api.set_request_id(pdu, 4711)
    if kind == "bulk":
        api.set_non_repeaters(pdu, once)
        api.set_max_repetitions(pdu, times)
    api.set_varbinds(pdu, [(oid, v2c.null) for oid in oids])
    message = v2c.Message()
    v2c.apiMessage.set_defaults(message)
    v2c.apiMessage.set_community(message, community)
    v2c.apiMessage.set_pdu(message, pdu)
    return bytes(encoder.encode(message))


def asked(datagram: bytes) -> tuple[int, list[tuple[Oid, Any]]]:
    """Error status and bindings of the answer, whose identity is checked."""
    message, rest = decoder.decode(answer(datagram, COMMUNITY, lambda: SHOWN), asn1Spec=v2c.Message())
    assert not rest
    pdu = v2c.apiMessage.get_pdu(message)
    assert int(v2c.apiPDU.get_request_id(pdu)) == 4711
    bindings = [(tuple(oid), value) for oid, value in v2c.apiPDU.get_varbinds(pdu)]
    return int(v2c.apiPDU.get_error_status(pdu)), bindings


def every_oid() -> list[Oid]:
    """By GETNEXT, one after another, from nothing to the end of the view."""
    found: list[Oid] = []
    oid: Oid = (0, 0)
    while True:
        _, [(oid, value)] = asked(request("next", [oid]))
        if isinstance(value, v2c.EndOfMibView):
            return found
        found.append(oid)


def test_a_walk_goes_through_every_object_once_in_order() -> None:
    found = every_oid()
    assert found == sorted(set(found))
    assert len(found) == len(SHOWN) == 8 + 24 * (18 + 19)


def test_values_have_the_types_of_their_rfc() -> None:
    oids: list[Oid] = [
        (*IF_ENTRY, 5, 2),
        (*IF_ENTRY, 8, 2),
        (*IF_ENTRY, 10, 3),
        (*IFX_ENTRY, 6, 3),
        (*IFX_ENTRY, 10, 1),
    ]
    _, found = asked(request("get", [*oids, (*SYSTEM, 3, 0), (*IFX_ENTRY, 18, 1), (*IFX_ENTRY, 15, 1)]))
    values = [value for _, value in found]
    kinds = [v2c.Gauge32, v2c.Integer, v2c.Counter32, v2c.Counter64, v2c.Counter64, v2c.TimeTicks, v2c.OctetString]
    assert all(isinstance(value, kind) for value, kind in zip(values, kinds, strict=False))
    assert [int(value) for value in values[:6]] == [2**32 - 1, 2, 3, 2**33 + 3, 2**64 - 1, 1234]
    assert bytes(values[6]) == b"L-RSUD"
    assert int(values[7]) == 50


def test_what_is_not_there_is_told_apart() -> None:
    _, found = asked(request("get", [(*IF_ENTRY, 2, 999), (1, 3, 6, 1, 2, 1, 99, 0), (*SYSTEM, 5, 0)]))
    assert isinstance(found[0][1], v2c.NoSuchInstance)
    assert isinstance(found[1][1], v2c.NoSuchObject)
    assert bytes(found[2][1]) == b"R-INTI"


def test_nothing_can_be_written() -> None:
    status, found = asked(request("set", [(*SYSTEM, 5, 0)]))
    assert status == 17
    assert [oid for oid, _ in found] == [(*SYSTEM, 5, 0)]


@given(
    st.lists(st.sampled_from([SYSTEM, (*IF_ENTRY, 2), (*IFX_ENTRY, 6), (*IFX_ENTRY, 19, 22), (2, 5)]), max_size=4),
    st.integers(0, 5),
    st.integers(0, 9),
)
def test_getbulk_is_rows_of_getnext(oids: list[Oid], once: int, times: int) -> None:
    _, found = asked(request("bulk", oids, once=once, times=times))
    row, expected = oids[once:], [asked(request("next", [oid]))[1][0] for oid in oids[:once]]
    for _ in range(times if row else 0):
        step = [asked(request("next", [oid]))[1][0] for oid in row]
        expected += step
        row = [oid for oid, _ in step]
        if all(isinstance(value, v2c.EndOfMibView) for _, value in step):
            break
    assert found == expected[: len(found)]
    assert len(found) == len(expected) or len(found) > 10


def test_getbulk_fills_one_packet_and_no_more() -> None:
    datagram = answer(request("bulk", [(1, 3)], times=2**31 - 1), COMMUNITY, lambda: SHOWN)
    assert ROOM * 0.6 < len(datagram) <= ROOM + 40


def test_getbulk_without_repetitions_or_names_is_empty() -> None:
    assert asked(request("bulk", [(1, 3)], times=0)) == (0, [])
    assert asked(request("bulk", [], times=5)) == (0, [])


def test_a_wrong_community_is_met_with_silence() -> None:
    for wrong in ("public", "", "simpul-lab "):
        with pytest.raises(Refused):
            answer(request("get", [(*SYSTEM, 5, 0)], community=wrong), COMMUNITY, lambda: SHOWN)


def test_version_1_and_answers_of_others_are_met_with_silence() -> None:
    old = v1.Message()
    v1.apiMessage.set_defaults(old)
    v1.apiMessage.set_community(old, COMMUNITY)
    pdu = v1.GetRequestPDU()
    v1.apiPDU.set_defaults(pdu)
    v1.apiMessage.set_pdu(old, pdu)
    reply = answer(request("get", [(*SYSTEM, 5, 0)]), COMMUNITY, lambda: SHOWN)
    for datagram in (bytes(encoder.encode(old)), reply, reply + b"\0", b"\0" * (LONGEST_REQUEST + 1)):
        with pytest.raises(Refused):
            answer(datagram, COMMUNITY, lambda: SHOWN)


GOOD = request("bulk", [(1, 3), (*IF_ENTRY, 2, 1)], once=1)


@given(st.binary(max_size=400))
@example(b"")
@example(b"0\x80")
@example(b"0\x82\xff\xff")
@example(b"\x30" * 3000)
@example(GOOD[:-1])
def test_nonsense_is_refused(datagram: bytes) -> None:
    with pytest.raises(Refused):
        answer(datagram, COMMUNITY, lambda: SHOWN)


@given(st.dictionaries(st.sampled_from(range(len(GOOD))), st.integers(0, 255), min_size=1, max_size=6), st.integers(0))
def test_a_damaged_request_is_answered_or_refused_but_breaks_nothing(damage: dict[int, int], cut: int) -> None:
    datagram = bytearray(GOOD)
    for place, byte in damage.items():
        datagram[place] = byte
    try:
        answer(bytes(datagram[: len(datagram) - cut % 5]), COMMUNITY, lambda: SHOWN)
    except Refused:
        return


def test_a_request_with_many_names_is_answered_whole_or_called_too_big() -> None:
    many: list[Oid] = [(*SYSTEM, 1, 0)] * 200
    status, found = asked(request("get", many))
    assert (status, len(found)) == (0, 200)
