"""The store's door beside callers that say nothing or fetch nothing."""

from __future__ import annotations

import socket

from simpul.kit.problem import Problem
from store.running import RunningStore
from waiting import until


def line_to(store: RunningStore) -> socket.socket:
    line = socket.socket(socket.AF_UNIX)
    line.connect(str(store.folder / "run" / "store.sock"))
    return line


def test_beside_a_thousand_that_say_nothing_the_door_answers_again(own_store: RunningStore) -> None:
    own_store.start()
    lines: list[socket.socket] = []
    for _ in range(10):
        try:
            lines += [line_to(own_store) for _ in range(100)]
            until(own_store.answers, 60)
        except Problem:
            continue
        finally:
            while lines:
                lines.pop().close()
    until(own_store.answers, 60)


def test_more_than_it_takes_at_once_are_told_so(own_store: RunningStore) -> None:
    own_store.start()
    lines = [line_to(own_store) for _ in range(256)]
    try:
        with line_to(own_store) as one_more:
            one_more.settimeout(60)
            assert one_more.recv(65_536).startswith(b"HTTP/1.1 503 ")
    finally:
        for line in lines:
            line.close()
    until(own_store.answers, 60)
