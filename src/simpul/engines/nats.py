"""The bus client: core NATS over TLS. Any message may be lost, so readers read again what matters.

Payloads are JSON objects; a message that holds anything else is counted and passed over. While there is no connection,
`publish` drops and counts, `request` fails at once, and the client tries again by itself, with subscriptions renewed on
every new connection.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoServersError

from simpul.engines.nats_payload import Payload, decoded, encoded
from simpul.engines.nats_users import inbox, may_be_answered, without_secrets
from simpul.kit.component import Component
from simpul.kit.health import Health
from simpul.kit.seldom import Seldom

log = logging.getLogger(__name__)

# A server that does not answer keeps the end of a TLS connection waiting for half a minute.
LEAVE_SECONDS = 1.0

Handler = Callable[[str, dict[str, Any]], Awaitable[Payload | None]]


class NoAnswer(Exception):
    """A request was not answered: nobody listens, nobody answered in time, or there is no connection."""


class Unprotected(NatsError):
    """The other side would have read the password in plain text; nothing was sent."""

    def __str__(self) -> str:
        return "the server speaks no TLS, so the password was not sent"


@dataclass(frozen=True)
class Config:
    """`url` as `tls://host:port`, or `nats://...` for a bus without encryption; waiting times in seconds.

    `user` and `password`, or `token`; neither where the address holds them. `ca` is the authority to trust, as a
    file or as PEM text; without it, those the system trusts.
    """

    url: str = field(repr=False)
    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    ca: Path | str | None = None
    client_name: str = "simpul"
    connect_within: int = 2
    first_delay: float = 0.1
    longest_delay: float = 5.0


class _Names:
    """In place of the library's own names, which can be told from the ones before: of requests and their inboxes."""

    def next(self) -> bytearray:
        """A name of 22 characters, as the library has them; nobody can guess the next one."""
        return bytearray(secrets.token_hex(11), "ascii")


class _Client(Client):
    def __init__(self) -> None:
        super().__init__()
        self._nuid = _Names()  # type: ignore[assignment]


class Bus(Component):
    """One connection of one process."""

    name = "bus-client"

    def __init__(self, config: Config) -> None:
        self.config = config
        self._client: Client | None = None
        self._handlers: list[tuple[str, str, Handler]] = []
        self._keeper: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()
        self._trouble = "not connected yet"
        self._counts = {"published": 0, "dropped": 0, "received": 0, "failed": 0, "connections": 0}
        self._counts |= {"odd": 0, "unanswered": 0}
        self._seldom = Seldom()

    async def start(self) -> None:
        """Begin to connect; returns at once."""
        self._keeper = asyncio.create_task(self._keep_connected())

    async def stop(self) -> None:
        """Send what is waiting and leave; a server that does not answer is left without a word after a second."""
        leaving = asyncio.create_task(self._leave())
        done, _ = await asyncio.wait({leaving}, timeout=LEAVE_SECONDS)
        self._connected.clear()
        if done:
            leaving.result()
        else:
            # Not waited for: what hangs may hang again while it is cancelled.
            leaving.cancel()
            log.info("the bus at %s did not answer the farewell", without_secrets(self.config.url))

    async def _leave(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})
        if self._client is not None:
            with suppress(NatsError, OSError, TimeoutError):
                async with asyncio.timeout(LEAVE_SECONDS / 2):
                    await self._client.flush()
            await _close(self._client)

    def health(self) -> Health:
        """Up while connected."""
        if self._connected.is_set():
            return Health("up", without_secrets(self.config.url), dict(self._counts))
        return Health("down" if self._counts["connections"] else "starting", self._trouble, dict(self._counts))

    async def connected(self, within: float) -> None:
        """Wait for a connection; TimeoutError after `within` seconds."""
        async with asyncio.timeout(within):
            await self._connected.wait()

    async def subscribe(self, subject: str, handler: Handler, queue: str = "") -> None:
        """Hand every message on `subject` to `handler(subject, payload)`; what it returns answers a request.

        Of all subscribers with the same `queue` one gets a message. May be called before `start`.
        """
        self._handlers.append((subject, queue, handler))
        if self._client is not None and self._connected.is_set():
            await self._subscribe(self._client, subject, queue, handler)
            await self._settle(self._client)

    async def publish(self, subject: str, payload: Payload) -> None:
        """Tell whoever listens now; dropped and counted while there is no connection."""
        if self._client is None or not self._connected.is_set():
            self._counts["dropped"] += 1
            return
        try:
            await self._client.publish(subject, encoded(payload))
        except (NatsError, OSError):
            self._counts["dropped"] += 1
        else:
            self._counts["published"] += 1

    async def request(self, subject: str, payload: Payload, within: float = 2.0) -> dict[str, Any]:
        """The answer of one listener. Raises NoAnswer."""
        if self._client is None or not self._connected.is_set():
            raise NoAnswer(f"{subject}: no connection to the bus ({self._trouble})")
        try:
            answer = await self._client.request(subject, encoded(payload), timeout=within)
        except (NatsError, OSError, TimeoutError) as error:
            raise NoAnswer(f"{subject}: {error or type(error).__name__}") from error
        try:
            return decoded(answer.data)
        except ValueError as error:
            raise NoAnswer(f"{subject}: the answer cannot be read: {error}") from None

    async def _keep_connected(self) -> None:
        # The library's own reconnection gives up for good on some errors, so each connection is a new client.
        delay = self.config.first_delay
        while True:
            lost = asyncio.Event()
            try:
                await self._connect(lost)
            except NoServersError:
                # The cause was told to `failed`.
                log.debug("bus at %s: %s", without_secrets(self.config.url), self._trouble)
            except (NatsError, OSError, TimeoutError) as error:
                self._note(str(error) or type(error).__name__)
            else:
                delay = self.config.first_delay
                await lost.wait()
                self._note("connection lost")
                if self._client is not None:
                    await _close(self._client)
            self._connected.clear()
            await asyncio.sleep(delay)
            delay = min(delay * 2, self.config.longest_delay)

    async def _connect(self, lost: asyncio.Event) -> None:
        async def closed() -> None:
            lost.set()

        async def failed(error: Exception) -> None:
            self._note(str(error) or type(error).__name__)

        credentials = self._credentials()
        client = _Client()
        try:
            await client.connect(
                without_secrets(self.config.url),
                **credentials,
                name=self.config.client_name,
                inbox_prefix=inbox(self.config.user),
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                connect_timeout=self.config.connect_within,
                closed_cb=closed,
                disconnected_cb=closed,
                error_cb=failed,
            )
            for subject, queue, handler in self._handlers:
                await self._subscribe(client, subject, queue, handler)
            await self._settle(client)
        except BaseException:
            await _close(client)
            raise
        self._client = client
        self._counts["connections"] += 1
        self._connected.set()
        log.info("connected to the bus at %s", without_secrets(self.config.url))

    def _credentials(self) -> dict[str, Any]:
        """Secrets are given as functions: the library calls them when it is about to send, after the handshake."""
        config, parts = self.config, urlsplit(self.config.url)
        context = _context(config.ca) if parts.scheme == "tls" else None
        secrets = {"user": config.user, "password": config.password, "token": config.token}
        if parts.username and not any(secrets.values()):
            user, password = parts.username, parts.password
            secrets = {"user": user, "password": password} if password else {"token": user}

        def protected(secret: str) -> Callable[[], str]:
            def reveal() -> str:
                # Whoever answers first decides whether TLS is spoken; it must not talk us out of it.
                if context is not None and not context.session_stats()["connect_good"]:
                    raise Unprotected
                return secret

            return reveal

        return {"tls": context} | {name: protected(secret) for name, secret in secrets.items() if secret}

    async def _subscribe(self, client: Client, subject: str, queue: str, handler: Handler) -> None:
        async def on_message(message: Msg) -> None:
            self._counts["received"] += 1
            try:
                payload = decoded(message.data)
            except ValueError as error:
                self._pass_over("odd", message, f"cannot be read: {error}")
                return
            try:
                answer = await handler(message.subject, payload)
                if answer is not None and message.reply:
                    await self._answer(message, answer)
            except Exception:
                self._counts["failed"] += 1
                if self._seldom.due(f"failed {message.subject}"):
                    log.exception("a message on %s could not be handled", message.subject)

        await client.subscribe(subject, queue=queue, cb=on_message)

    async def _answer(self, message: Msg, answer: Payload) -> None:
        # The server checks where we may speak, not where the asker may: nobody speaks through us.
        if may_be_answered(message.subject, message.reply):
            await message.respond(encoded(answer))
        else:
            self._pass_over("unanswered", message, f"wants its answer at {message.reply[:60]!r}, which is not its own")

    def _pass_over(self, why: str, message: Msg, text: str) -> None:
        """Count it, and say so once a minute for each subject."""
        self._counts[why] += 1
        if self._seldom.due(f"{why} {message.subject}"):
            log.warning("a message on %s %s", message.subject[:100], text[:200])

    async def _settle(self, client: Client) -> None:
        """Wait until the server holds all subscriptions, so that no message of another client passes them by."""
        # Twice: nats-py writes the ping of a flush at once, but what waits to be sent only in the loop's next turn.
        await client.flush(timeout=self.config.connect_within)
        await client.flush(timeout=self.config.connect_within)

    def _note(self, trouble: str) -> None:
        if trouble != self._trouble:
            log.warning("bus at %s: %s", without_secrets(self.config.url), trouble)
        self._trouble = trouble


def _context(ca: Path | str | None) -> ssl.SSLContext:
    # A new one for each connection, so that it knows of no other handshake and a new authority counts at once.
    context = ssl.create_default_context(cadata=ca.read_text(encoding="ascii") if isinstance(ca, Path) else ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


async def _close(client: Client) -> None:
    with suppress(NatsError, OSError):
        await client.close()
    # Its socket is closed by the loop's next turn.
    await asyncio.sleep(0)
