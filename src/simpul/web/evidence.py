"""Evidence leaves the store only as a download, and only to who may see what it proves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import IO, Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import path
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _

from simpul.kit.problem import Problem
from simpul.people.logic.rights import Permission
from simpul.record.evidence import Empty, NoRoom, TooLarge, open_evidence
from simpul.record.models import Evidence
from simpul.register.models import Contract, Handover, ImportBatch, InternetEvent, NetworkEvent, Stall
from simpul.web.middleware import ViewerRequest

CHUNK = 64 * 1024
# Why a file was not kept, in a reader's words.
EVIDENCE_SAID: dict[type[Problem], Callable[[Any], str | Promise]] = {
    TooLarge: lambda _p: _("The file is too large to be kept. Send a smaller scan or photo."),
    Empty: lambda _p: _("The file is empty. Choose another."),
    NoRoom: lambda _p: _(
        "The disk of the server that holds Simpul's data folder is full. Nothing was saved. "
        "Tell the operator that it needs room; then send this again."
    ),
}


def download(request: ViewerRequest, sha256: str) -> HttpResponseBase:
    """The file, never shown in place: a photo or a scan from outside may be anything."""
    found = Evidence.objects.filter(sha256=sha256).first()
    if found is None or not may_see(request, found):
        raise Http404
    file = open_evidence(found)
    # Under ASGI a synchronous iterator would be read to its end first; tests and WSGI need the other kind.
    parts = _Later(file) if _is_asynchronous(request) else _Now(file)
    response = StreamingHttpResponse(parts, content_type="application/octet-stream")
    response["Content-Length"] = str(found.size_bytes)
    response["Content-Disposition"] = content_disposition_header(True, found.name) or "attachment"  # noqa: FBT003
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


def may_see(request: ViewerRequest, evidence: Evidence) -> bool:
    """Whether a story that the viewer may see rests on it, or an import that the viewer may look at."""
    for model in (NetworkEvent, InternetEvent, Stall):
        if model.objects.within(request.scope).filter(evidence=evidence).exists():
            return True
    # A certificate names its contract: it is shown with that, not with the site.
    if request.actor.may(Permission.SEE_CONTRACTS):
        contracts = Contract.objects.within(request.scope)
        if Handover.objects.filter(evidence=evidence, contract__in=contracts).exists():
            return True
    if ImportBatch.objects.within(request.scope).filter(source=evidence).exists():
        return request.actor.may(Permission.IMPORT)
    return evidence.actor_key == request.actor.key


def _is_asynchronous(request: HttpRequest) -> bool:
    return isinstance(request, ASGIRequest)


class _Parts:
    """A file piece by piece; the response closes it, also if nobody has read it to its end or at all."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def close(self) -> None:
        self._file.close()


class _Now(_Parts):
    def __iter__(self) -> Iterator[bytes]:
        while chunk := self._file.read(CHUNK):
            yield chunk


class _Later(_Parts):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        while chunk := await sync_to_async(self._file.read)(CHUNK):
            yield chunk


urlpatterns = [path("evidence/<str:sha256>/", download, name="evidence")]
