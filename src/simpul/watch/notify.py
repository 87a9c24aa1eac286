"""One message when a cause is found, one when it is gone. The rows say what was told, so a restart loses nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.db import connections, models
from django.utils import timezone, translation

from simpul.kit.component import Component
from simpul.kit.health import Health
from simpul.watch.models import Alarm
from simpul.watch.text import message

log = logging.getLogger(__name__)
# So long a process may take to end after its last word.
END_SECONDS = 5.0
# Title and body; the answer is empty, or why it did not go.
Send = Callable[[str, str], Awaitable[str]]


@dataclass(frozen=True)
class Config:
    """`command` starts the process that sends; without `url` nobody is told anything."""

    command: Sequence[str]
    url: str = field(default="", repr=False)
    language: str = "id"
    zone: str = "Asia/Jakarta"
    look_seconds: float = 0.5
    within: float = 30.0
    again_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Letter:
    """What has to be told of which alarm."""

    alarm: int
    over: bool
    title: str
    body: str


class Notifier(Component):
    """Sends what the rows say is not told yet; what a channel refuses is tried again."""

    name = "notify"

    def __init__(self, config: Config, send: Send | None = None) -> None:
        self._config = config
        self._send = send or self._by_process
        self._counts = {"sent": 0, "failed": 0}
        self._trouble = ""
        self._task: asyncio.Task[None] | None = None
        self._endings: set[asyncio.Future[None]] = set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="notify")

    async def start(self) -> None:
        """Begin to look for news."""
        if self._config.url:
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """What is not told waits for the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=1)
        for ending in self._endings:
            ending.cancel()
        if self._endings:
            await asyncio.wait(self._endings, timeout=0.5)
        self._thread.submit(connections.close_all)
        self._thread.shutdown(wait=False, cancel_futures=False)

    def health(self) -> Health:
        """Down while the channel takes nothing."""
        if not self._config.url:
            return Health("off", "no channel: watch.notify_url is empty")
        return Health("down" if self._trouble else "up", self._trouble, dict(self._counts))

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                for letter in await loop.run_in_executor(self._thread, self._letters):
                    await self._deliver(letter)
            except Exception as error:
                log.exception("alarms could not be told; tried again")
                self._trouble = (str(error).splitlines() or [type(error).__name__])[0]
            await asyncio.sleep(self._config.again_seconds if self._trouble else self._config.look_seconds)

    async def _deliver(self, letter: Letter) -> None:
        self._trouble = await self._send(letter.title, letter.body)
        if self._trouble:
            self._counts["failed"] += 1
            log.warning("alarm %d could not be told: %s", letter.alarm, self._trouble)
            return
        self._counts["sent"] += 1
        # Whoever is killed between the message and this line tells it twice; not at all would be worse.
        await asyncio.get_running_loop().run_in_executor(self._thread, mark, letter)

    def _letters(self) -> list[Letter]:
        with translation.override(self._config.language):
            zone = ZoneInfo(self._config.zone)
            return [Letter(alarm.pk, over, *message(alarm, zone, over=over)) for alarm, over in untold()]

    async def _by_process(self, title: str, body: str) -> str:
        wish = json.dumps({"url": self._config.url, "title": title, "body": body}).encode()
        process = await asyncio.create_subprocess_exec(
            *self._config.command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        try:
            async with asyncio.timeout(self._config.within):
                out = await _answer(process, wish)
        except TimeoutError:
            process.kill()
            return f"no answer within {self._config.within:.0f} s"
        finally:
            self._endings.add(ending := asyncio.ensure_future(_ended(process)))
            ending.add_done_callback(self._endings.discard)
        try:
            return str(json.loads(out)["reason"])
        except (ValueError, KeyError):
            return "the process that sends ended without a word"


async def _answer(process: asyncio.subprocess.Process, wish: bytes) -> bytes:
    """Its first line. Its end is not waited for: what is told has to be noted at once."""
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the process that sends has no pipes")
    with contextlib.suppress(OSError):
        process.stdin.write(wish)
        await process.stdin.drain()
        process.stdin.close()
    return await process.stdout.readline()


async def _ended(process: asyncio.subprocess.Process) -> None:
    """It has said what it had to say; one that hangs is ended."""
    try:
        async with asyncio.timeout(END_SECONDS):
            await process.wait()
    except (TimeoutError, asyncio.CancelledError):
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def untold() -> list[tuple[Alarm, bool]]:
    """Alarms that begin or end without anybody having been told. One under maintenance waits for its end."""
    now = timezone.now()
    rows = Alarm.objects.select_related("party", "silence")
    called = models.Q(silence=None) | models.Q(silence__ends_at__lte=now)
    begun = rows.filter(called, closed_at=None, told_opened_at=None).order_by("id")
    ended = rows.filter(told_opened_at__isnull=False, told_closed_at=None).exclude(closed_at=None).order_by("id")
    return [*((alarm, False) for alarm in begun), *((alarm, True) for alarm in ended)]


def mark(letter: Letter) -> None:
    """It is told."""
    column = "told_closed_at" if letter.over else "told_opened_at"
    Alarm.objects.filter(pk=letter.alarm).update(**{column: timezone.now()})
