"""A hundred changes of one site's rate while it is sent to: nothing is lost, by the packets' own numbers."""

from __future__ import annotations

import socket
import threading
import time

from network.agent.shaped import MBIT, Shaped
from network.small import GATEWAY
from simpul.engines.netlink_htb import HtbClass
from simpul.engines.netlink_tc import Tc

PORT, SIZE, PACKETS, PAUSE = 9999, 1000, 3000, 0.0015


def test_a_hundred_changes_of_a_rate_under_load_lose_no_packet(shaped: Shaped) -> None:
    shaped.kill()
    address = shaped.lab.clients("S01")[0][0]
    with shaped.lab.inside("S01"):
        ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with shaped.lab.inside("UP-1"):
        mouth = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with ear, mouth, shaped.lab.inside(GATEWAY), Tc("lan") as tc:
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 * 1024 * 1024)
        ear.bind((address, PORT))
        ear.settimeout(2)
        # Routed straight through: the provider's network knows the way to the sites in this test.
        shaped.lab.run("UP-1", ["ip", "route", "replace", "198.18.0.0/16", "via", "203.0.113.2"])
        sending = threading.Thread(target=_send, args=(mouth, address))
        sending.start()
        changed = _change_often(tc)
        sending.join()
        numbers = _heard(ear)
    assert changed == 100
    assert numbers == list(range(PACKETS))


def _send(mouth: socket.socket, address: str) -> None:
    for number in range(PACKETS):
        mouth.sendto(number.to_bytes(4, "big") + bytes(SIZE - 4), (address, PORT))
        time.sleep(PAUSE)


def _change_often(tc: Tc) -> int:
    """The class that carries what is sent is the leaf whose counter grows."""
    time.sleep(0.3)
    before = {state.handle: state.bytes for state in tc.classes()}
    time.sleep(0.2)
    leaves = [state for state in tc.classes() if state.level == 0]
    busiest = max(leaves, key=lambda state: state.bytes - before[state.handle])
    for turn in range(100):
        rate = (8 + turn % 5) * MBIT
        tc.change_classes([HtbClass(busiest.handle, busiest.parent, rate, busiest.ceil)])
        time.sleep(0.03)
    return 100


def _heard(ear: socket.socket) -> list[int]:
    numbers: list[int] = []
    ear.setblocking(False)
    while True:
        try:
            numbers.append(int.from_bytes(ear.recv(2 * SIZE)[:4], "big"))
        except BlockingIOError:
            return numbers
