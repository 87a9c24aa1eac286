"""Shaping of one network device: its HTB tree made, changed in place, counted. Rates are bit/s of layer 2.

The kernel carries out each request by itself: when some of a batch are refused, the others stand, and `Refused`
names the refused ones.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Sequence
from typing import Self

from simpul.engines.netlink import CREATE, EXCLUSIVE, REPLACE, Failure, Refused, Request, Socket
from simpul.engines.netlink_htb import (
    HEAD,
    ROOT,
    ClassState,
    HtbClass,
    QdiscState,
    decode_class,
    decode_qdisc,
    encode_class,
    encode_leaf,
    encode_root,
    handle,
    shown,
)
from simpul.engines.netlink_splitter import Splitter, decode_splitter, encode_splitter

__all__ = ["ROOT", "ClassState", "HtbClass", "QdiscState", "Tc", "handle", "shown"]

# linux/rtnetlink.h
_NEWQDISC, _DELQDISC, _GETQDISC = 36, 37, 38
_NEWTCLASS, _DELTCLASS, _GETTCLASS = 40, 41, 42


class Tc:
    """The shaping of one device of the network namespace that its user stands in when it is made; for one thread."""

    def __init__(self, device: str, major: int = 1) -> None:
        self.device = device
        self.root_handle = handle(major, 0)
        self._socket = Socket()
        try:
            self._index = self._socket.index_of(device)
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the socket back; the kernel goes on shaping."""
        self._socket.close()

    def root(self) -> QdiscState | None:
        """What stands at the device's root; None while nobody has put anything there."""
        try:
            found = decode_qdisc(self._socket.ask(_GETQDISC, HEAD.pack(0, 0, 0, self._index, 0, ROOT, 0)))
        except Refused as refused:
            if refused.failures and refused.failures[0].number == errno.ENOENT:
                return None
            raise
        return found if found.handle else None

    def qdiscs(self) -> list[QdiscState]:
        """The root and the queue of every class that has been given one."""
        answers = self._socket.dump(_GETQDISC, HEAD.pack(0, 0, 0, self._index, 0, 0, 0))
        return [decode_qdisc(answer) for answer in answers if HEAD.unpack_from(answer)[3] == self._index]

    def classes(self) -> list[ClassState]:
        """Every class with its counters, in the kernel's order."""
        # With the root as parent the kernel does not look for classes in the queue of every class.
        body = HEAD.pack(0, 0, 0, self._index, 0, self.root_handle, 0)
        found = map(decode_class, self._socket.dump(_GETTCLASS, body))
        return [state for state in found if state is not None]

    def add_root(self, default_minor: int, rate_to_quantum: int = 10) -> None:
        """Make HTB the root; what no class is named for goes to class `default_minor`. Refused when there is one."""
        body = encode_root(self._index, self.root_handle >> 16, default_minor, rate_to_quantum)
        self._carry_out([Request(_NEWQDISC, CREATE | EXCLUSIVE, body)], ["root"])

    def delete_root(self) -> None:
        """Take the whole tree away: traffic passes unshaped."""
        self._carry_out([Request(_DELQDISC, 0, HEAD.pack(0, 0, 0, self._index, self.root_handle, ROOT, 0))], ["root"])

    def add_classes(self, wanted: Iterable[HtbClass]) -> None:
        """Make new classes, parents before children; one that exists is refused.

        When some are refused, none that come below others of the batch after them are made.
        """
        for generation in self._generations(list(wanted)):
            self._set_classes(generation, CREATE | EXCLUSIVE)

    def change_classes(self, wanted: Iterable[HtbClass]) -> None:
        """Change classes in place: no packet is lost, counters and queues stay, the parent too.

        One that does not exist is refused.
        """
        self._set_classes(list(wanted), 0)

    def delete_classes(self, handles: Iterable[int]) -> None:
        """Delete classes with their queues, children before parents; what waits in them is lost."""
        doomed = list(handles)
        requests = [Request(_DELTCLASS, 0, HEAD.pack(0, 0, 0, self._index, number, 0, 0)) for number in doomed]
        self._carry_out(requests, [f"class {shown(number)}" for number in doomed])

    def add_leaves(self, leaves: Iterable[tuple[int, str, int]]) -> None:
        """Give classes their queues: (class, kind, limit). One of the same kind is changed in place, else replaced."""
        chosen = list(leaves)
        requests = [
            Request(_NEWQDISC, CREATE | REPLACE, encode_leaf(self._index, parent, kind, limit))
            for parent, kind, limit in chosen
        ]
        self._carry_out(requests, [f"{kind} of class {shown(parent)}" for parent, kind, _ in chosen])

    def _generations(self, wanted: list[HtbClass]) -> list[list[HtbClass]]:
        """The batch in runs, none of which holds a class and its parent. Refuses a class whose parent is nowhere."""
        # HTB puts a class with an unknown parent at the root without a word, where it would escape its group's limit.
        generations: list[list[HtbClass]] = [[]]
        earlier: set[int] = {self.root_handle, ROOT}
        current: set[int] = set()
        for each in wanted:
            if each.parent in current:
                earlier |= current
                current = set()
                generations.append([])
            elif each.parent not in earlier:
                self._check_parent(each)
                earlier.add(each.parent)
            current.add(each.handle)
            generations[-1].append(each)
        return generations

    def _check_parent(self, wanted: HtbClass) -> None:
        try:
            self._socket.ask(_GETTCLASS, HEAD.pack(0, 0, 0, self._index, wanted.parent, 0, 0))
        except Refused as refused:
            raise Refused(
                f"class {shown(wanted.handle)} on {self.device}: its parent {shown(wanted.parent)} does not exist"
                f" ({refused}). Make the parent first; none of the batch was made",
                refused.failures,
            ) from None

    def splitters(self) -> dict[int, Splitter]:
        """The queues that take aggregates apart, by the class they stand below."""
        answers = self._socket.dump(_GETQDISC, HEAD.pack(0, 0, 0, self._index, 0, 0, 0))
        found = [decode_splitter(answer) for answer in answers if HEAD.unpack_from(answer)[3] == self._index]
        return {each.parent: each for each in found if each is not None}

    def add_splitters(self, splitters: Iterable[tuple[int, int]], frame: int) -> None:
        """Give classes a queue that takes aggregates apart: (class, limit in bytes); one that stands is changed.

        `frame` is the longest packet of the device, all headers included: longer ones would be dropped.
        """
        chosen = list(splitters)
        requests = [
            Request(_NEWQDISC, CREATE | REPLACE, encode_splitter(self._index, parent, limit, frame))
            for parent, limit in chosen
        ]
        self._carry_out(requests, [f"queue of class {shown(parent)}" for parent, _ in chosen])

    def _set_classes(self, wanted: Sequence[HtbClass], flags: int) -> None:
        requests = [Request(_NEWTCLASS, flags, encode_class(self._index, each)) for each in wanted]
        failures = self._socket.send(requests)
        if failures:
            raise self._refused(failures, [f"class {shown(each.handle)}" for each in wanted])

    def _carry_out(self, requests: Sequence[Request], names: Sequence[str]) -> None:
        failures = self._socket.send(requests)
        if failures:
            raise self._refused(failures, names)

    def _refused(self, failures: Sequence[Failure], names: Sequence[str]) -> Refused:
        first = failures[0]
        others = f", and {len(failures) - 1} more" if len(failures) > 1 else ""
        stand = f". The other {len(names) - len(failures)} were carried out" if len(names) > len(failures) else ""
        return Refused(f"{names[first.index]} on {self.device}: {first.words}{others}{stand}", failures)
