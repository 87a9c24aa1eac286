"""A device that answers SNMP with nonsense, on the wire: its poll ends, others are not late, nothing is kept."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest

from simpul.watch import polls
from simpul.watch.logic.counters import rate_bps
from simpul.watch.polls import Poller, PortReading, Reading
from watch.hostile_agent import COUNTER64, IN, NAME, OCTETS, OPAQUE, Asked, Hostile, ber, good, number

Behave = Callable[[Asked], list[bytes]]
SEEDED = random.Random(9)


def ports_of(*rows: tuple[str, bytes]) -> Behave:
    """Answers a walk over its ports with these rows, whatever was asked; all else in order."""
    return lambda asked: [asked.says(rows if asked.bulk else good(asked))]


def values_of(*changed: tuple[str, bytes]) -> Behave:
    """A port in order, whose values are other ones."""
    new = dict(changed)
    return lambda asked: [asked.says((name, new.get(name, value)) for name, value in good(asked))]


def endless(asked: Asked) -> list[bytes]:
    """Always ten more ports."""
    if not asked.bulk:
        return [asked.says(good(asked))]
    last = 0 if asked.names[0] == NAME else int(asked.names[0].rpartition(".")[2])
    return [asked.says((f"{NAME}.{last + each}", ber(OCTETS, b"port")) for each in range(1, 11))]


def broken(asked: Asked) -> list[bytes]:
    """In order but for a few bytes."""
    data = bytearray(asked.says(good(asked)))
    for _ in range(SEEDED.randint(1, 4)):
        data[SEEDED.randrange(len(data))] = SEEDED.randrange(256)
    return [bytes(data)]


def cut(asked: Asked) -> list[bytes]:
    data = asked.says(good(asked))
    return [data[: SEEDED.randrange(len(data))]]


def garbage(_: Asked) -> list[bytes]:
    return [SEEDED.randbytes(SEEDED.randint(0, 600))]


def once(behave: Behave, *, pause: float = 0.0, elsewhere: bool = False, whole: float = 3.0) -> Reading | None:
    """One reading of such a device."""

    async def read() -> Reading | None:
        with Hostile(behave, pause, elsewhere) as agent:
            poller = Poller("127.0.0.1", ["sfp1"], "public", port=agent.port, within=0.5, whole_seconds=whole)
            return await poller.read()

    return asyncio.run(read())


@pytest.mark.parametrize(
    "behave",
    [
        endless,
        ports_of((f"{NAME}.1", ber(OCTETS, b"other"))),
        ports_of((f"{NAME}.9", ber(OCTETS, b"a")), (f"{NAME}.3", ber(OCTETS, b"b"))),
        lambda asked: [asked.says(good(asked), request=asked.id + 1)],
        lambda asked: [asked.says(good(asked), request=2**70)],
        lambda _: [b""],
    ],
    ids=["endless", "not increasing", "backwards", "another request", "a number too large", "nothing"],
)
def test_its_poll_ends_without_a_reading(behave: Behave) -> None:
    assert once(behave) is None


def test_an_answer_from_another_address_is_none() -> None:
    assert once(lambda asked: [asked.says(good(asked))], elsewhere=True) is None


def test_one_that_drips_is_given_up() -> None:
    assert once(endless, pause=0.2, whole=1.0) is None


def test_one_that_floods_is_read_once() -> None:
    reading = once(lambda asked: [asked.says(good(asked))] * 300)
    assert reading is not None
    assert reading.ports["sfp1"].in_octets == 1000


@pytest.mark.parametrize("behave", [broken, cut, garbage], ids=lambda behave: behave.__name__)
def test_bytes_out_of_order_are_an_answer_or_none_and_never_an_error(
    behave: Behave, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polls, "QUIET_SECONDS", 0.0)

    async def read() -> None:
        with Hostile(behave) as agent:
            poller = Poller("127.0.0.1", ["sfp1"], "public", port=agent.port, within=0.02)
            for _ in range(200):
                reading = await poller.read()
                assert reading is None or set(reading.ports) <= {"sfp1"}

    asyncio.run(read())


@pytest.mark.parametrize(
    "value",
    [number(2**90, COUNTER64), number(-5, COUNTER64), ber(OPAQUE, bytes.fromhex("9f78047f800000")), ber(OCTETS, b"\0")],
    ids=["beyond 64 bits", "below nothing", "infinite", "a text"],
)
def test_a_counter_is_a_whole_number_whatever_was_sent(value: bytes) -> None:
    reading = once(values_of((f"{IN}.1", value)))
    assert reading is None or 0 <= reading.ports["sfp1"].in_octets < 2**64


def test_names_of_its_own_are_not_kept() -> None:
    nasty = [b"<script>alert(1)</script>", b"\x1b[2J\x00\r\n", b"\xff" * 1000, b"A" * 30_000]
    rows = [(f"{NAME}.{place}", ber(OCTETS, name)) for place, name in enumerate([*nasty[:3], b"sfp1"], 1)]
    reading = once(ports_of(*rows))
    assert reading is not None
    assert set(reading.ports) <= {"sfp1"}
    assert once(ports_of((f"{NAME}.1", ber(OCTETS, nasty[3])))) is None


def test_it_does_not_make_another_device_wait() -> None:
    async def read() -> list[str]:
        ended: list[str] = []

        async def one(name: str, agent: Hostile) -> None:
            await Poller("127.0.0.1", ["sfp1"], "public", port=agent.port, whole_seconds=30.0).read()
            ended.append(name)

        with Hostile(endless) as bad, Hostile(lambda asked: [asked.says(good(asked))]) as fine:
            await asyncio.gather(one("hostile", bad), one("other", fine))
        return ended

    assert asyncio.run(read()) == ["other", "hostile"]


def test_while_a_reading_is_under_way_the_next_one_does_not_wait_for_it() -> None:
    async def read() -> tuple[Reading | None, bool]:
        with Hostile(endless, pause=0.05) as agent:
            poller = Poller("127.0.0.1", ["sfp1"], "public", port=agent.port, whole_seconds=5.0)
            first = asyncio.create_task(poller.read())
            await asyncio.sleep(0)
            second = await poller.read()
            waiting = not first.done()
            await first
            return second, waiting

    assert asyncio.run(read()) == (None, True)


def test_after_nonsense_again_and_again_it_is_left_alone_and_that_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def read() -> int:
        with Hostile(ports_of((f"{NAME}.1", ber(OCTETS, b"other")))) as agent:
            poller = Poller("127.0.0.1", ["sfp1"], "public", port=agent.port)
            for _ in range(polls.MOST_NONSENSE):
                assert await poller.read() is None
            asked = agent.asked
            assert await poller.read() is None
            return agent.asked - asked

    assert asyncio.run(read()) == 0
    assert [record.getMessage() for record in caplog.records if "nonsense" in record.getMessage()] == [
        "127.0.0.1 answers SNMP with nonsense, so its ports are unknown ('Nonsense: its list of ports does not end')"
    ]


def test_a_router_with_thousands_of_ports_is_read() -> None:
    def many(asked: Asked) -> list[bytes]:
        if not asked.bulk:
            return [asked.says((name.replace(".4000", ".1"), value) for name, value in good(asked))]
        last = 0 if asked.names[0] == NAME else int(asked.names[0].rpartition(".")[2])
        rows = (
            (f"{NAME}.{each}", ber(OCTETS, b"sfp1" if each == 4000 else b"p")) for each in range(last + 1, last + 21)
        )
        return [asked.says(rows)]

    reading = once(many, whole=60.0)
    assert reading is not None


def test_no_rate_is_higher_than_any_port() -> None:
    assert rate_bps(0, 2**63 - 1, 5.0) is None
    assert rate_bps(0, 5 * 10**10, 1.0) == 4e11
    assert PortReading(up=True, in_octets=0, out_octets=0).changed is None
