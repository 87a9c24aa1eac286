"""The servers of the invented internet and the intranet: `GET <bytes>` gets so many, `PUT <bytes>` takes them.

One connection carries one request after another. What is sent comes out of one buffer in memory, by sendfile, so
that no byte passes through this process.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from simpul.lab.network.namespaces import entered
from simpul.lab.network.plan import SERVER_PORT, Network

BUFFER_BYTES = 1 << 20
PIECE = 64 * 1024
LONGEST_LINE = 64
# A connection that says nothing for so long is closed.
IDLE_SECONDS = 60.0
# More at once are hung up on, so that a flood leaves handles for the listeners.
MOST_AT_ONCE = 2000
IP_FREEBIND, IPV6_FREEBIND = 15, 78


@dataclass(slots=True)
class Served:
    """Totals since the start."""

    connections: int = 0
    sent: int = 0
    taken: int = 0
    refused: int = 0


class Content:
    """The one buffer that every answer is cut out of."""

    def __init__(self) -> None:
        self.handle = os.memfd_create("content", os.MFD_CLOEXEC)
        os.truncate(self.handle, BUFFER_BYTES)
        os.pwrite(self.handle, os.urandom(BUFFER_BYTES), 0)

    def close(self) -> None:
        """Give the memory back."""
        os.close(self.handle)


class Conversation:
    """One accepted connection, driven by the loop's readiness calls."""

    def __init__(self, connection: socket.socket, server: Servers) -> None:
        self._loop = asyncio.get_running_loop()
        self._socket = connection
        self._server = server
        self._said = b""
        self._to_send = self._to_take = 0
        self.heard_at = self._loop.time()
        self._loop.add_reader(connection, self._readable)

    def close(self) -> None:
        """End it; may be called twice."""
        if self._socket.fileno() < 0:
            return
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()
        self._server.conversations.discard(self)

    def _readable(self) -> None:
        self.heard_at = self._loop.time()
        try:
            count = self._socket.recv_into(self._server.scratch)
        except BlockingIOError:
            return
        except OSError:
            count = 0
        if not count:
            self.close()
            return
        self._heard(self._server.scratch[:count])

    def _heard(self, data: memoryview) -> None:
        while data:
            if self._to_take:
                taken = min(len(data), self._to_take)
                self._to_take -= taken
                self._server.served.taken += taken
                data = data[taken:]
                if not self._to_take:
                    self._answer(b"ok\n")
                continue
            line, end, rest = (self._said + bytes(data)).partition(b"\n")
            if not end and len(line) <= LONGEST_LINE:
                self._said = line
                return
            self._said, data = b"", memoryview(rest)
            if not self._obey(line):
                self._server.served.refused += 1
                self.close()
                return

    def _obey(self, line: bytes) -> bool:
        """Whether the line is a request; one at a time."""
        verb, _, number = line.strip().partition(b" ")
        if self._to_send or len(line) > LONGEST_LINE or not number.isdigit() or int(number) == 0:
            return False
        if verb == b"GET":
            self._to_send = int(number)
            self._writable()
        elif verb == b"PUT":
            self._to_take = int(number)
        else:
            return False
        return True

    def _writable(self) -> None:
        try:
            while self._to_send:
                piece = min(self._to_send, BUFFER_BYTES)
                sent = os.sendfile(self._socket.fileno(), self._server.content.handle, 0, piece)
                self.heard_at = self._loop.time()
                self._to_send -= sent
                self._server.served.sent += sent
        except BlockingIOError:
            self._loop.add_writer(self._socket, self._writable)
            return
        except OSError:
            self.close()
            return
        self._loop.remove_writer(self._socket)

    def _answer(self, text: bytes) -> None:
        try:
            self._socket.send(text)
        except OSError:
            self.close()


class Servers:
    """Listens at every provider's side, and for the intranet in the own namespace."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.scratch = memoryview(bytearray(PIECE))
        self.served = Served()
        self.conversations: set[Conversation] = set()
        self._listeners: list[socket.socket] = []

    def open(self, network: Network) -> None:
        """Begin to listen; raises OSError when a provider's namespace is not there."""
        try:
            for node in network.nodes:
                if node.kind == "provider":
                    self._listen(node.code, ["::"])
            if network.center is not None:
                self._listen("", intranet_addresses(network))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop listening and end all conversations; may be opened again."""
        loop = asyncio.get_running_loop()
        for listener in self._listeners:
            loop.remove_reader(listener)
            listener.close()
        self._listeners.clear()
        for conversation in list(self.conversations):
            conversation.close()

    def sweep(self, now: float) -> None:
        """End conversations that have been silent for long."""
        for conversation in [each for each in self.conversations if now - each.heard_at > IDLE_SECONDS]:
            conversation.close()

    def _listen(self, code: str, addresses: Iterable[str]) -> None:
        for address in addresses:
            with entered(code):
                listener = _listener(address)
            self._listeners.append(listener)
            asyncio.get_running_loop().add_reader(listener, self._accept, listener)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                self.served.connections += 1
                if len(self.conversations) >= MOST_AT_ONCE:
                    connection.close()
                    continue
                connection.settimeout(0)
                self.conversations.add(Conversation(connection, self))


def intranet_addresses(network: Network) -> list[str]:
    """Where the command center's own server is reached: the bare addresses of the node of kind `center`."""
    center = network.center
    if center is None:
        return []
    ends = [end for span in network.spans for end in (span.a, span.b) if end.node == center.code]
    written = center.lan or tuple(address for end in ends for address in end.addresses)
    return [address.partition("/")[0] for address in written]


def _listener(address: str) -> socket.socket:
    """A listening socket of the namespace one stands in; `::` hears both families."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(address != "::"))
            listener.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
        # Some kernels begin with another one, and shares are measured against this one.
        with suppress(OSError):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
        listener.bind((address, SERVER_PORT))
        listener.listen(256)
    except BaseException:
        listener.close()
        raise
    return listener
