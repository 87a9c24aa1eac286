"""The way into Django: only so many requests at once, each in a thread, the others wait their turn."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import path

from simpul.web.entrance import DjangoApp, Entrance


class Crowd:
    """Counts how many requests are in the view at the same time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.now = 0
        self.most = 0

    def view(self, request: HttpRequest) -> HttpResponse:
        """Takes a tenth of a second."""
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.1)
        with self.lock:
            self.now -= 1
        return HttpResponse(request.body)


crowd = Crowd()
urlpatterns = [path("slow/", crowd.view)]


@pytest.fixture(autouse=True)
def only_the_slow_page(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []
    crowd.most = 0


async def visit(application: Entrance, body: Awaitable[bytes]) -> bytes:
    """Post a body that arrives when it can; the answer's body."""
    answer: list[bytes] = []
    asked: list[None] = []

    async def receive() -> dict[str, Any]:
        asked.append(None)
        if len(asked) > 1:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": await body, "more_body": False}

    async def send(message: Any) -> None:
        answer.append(message.get("body", b""))

    scope = {"type": "http", "method": "POST", "path": "/slow/", "query_string": b"", "client": ("", 0)}
    await application(scope | {"scheme": "http", "headers": [(b"host", b"localhost")]}, receive, send)
    return b"".join(answer)


async def at_once(body: bytes) -> bytes:
    return body


def test_no_more_requests_run_at_once_than_there_are_threads() -> None:
    async def scenario() -> list[bytes]:
        entrance = Entrance(DjangoApp(threads=2), {}, trust_headers=False)
        return await asyncio.gather(*(visit(entrance, at_once(b"%d" % number)) for number in range(6)))

    assert asyncio.run(scenario()) == [b"0", b"1", b"2", b"3", b"4", b"5"]
    assert crowd.most == 2


def test_a_visitor_who_dawdles_over_the_body_holds_no_thread() -> None:
    async def scenario() -> tuple[bytes, bytes]:
        entrance = Entrance(DjangoApp(threads=1), {}, trust_headers=False)
        late: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        dawdler = asyncio.create_task(visit(entrance, late))
        await asyncio.sleep(0)
        quick = await asyncio.wait_for(visit(entrance, at_once(b"quick")), 3)
        late.set_result(b"late")
        return quick, await asyncio.wait_for(dawdler, 3)

    assert asyncio.run(scenario()) == (b"quick", b"late")
