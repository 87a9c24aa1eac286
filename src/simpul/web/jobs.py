"""How far a long piece of work is, for the person who started it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from simpul.people.logic.rights import Permission
from simpul.record.jobs import cancel as cancel_job
from simpul.record.jobs import jobs_of
from simpul.record.models import Job
from simpul.web.audit import VERIFY
from simpul.web.audit_words import WORK
from simpul.web.fragments import fragment
from simpul.web.middleware import ViewerRequest


def job(request: ViewerRequest, pk: int) -> HttpResponse:
    """The page of a job, or with the header `X-Fragment` only its progress."""
    found = visible_job(request, pk)
    page = {"job": found, **about(found)}
    if request.headers.get("X-Fragment"):
        return fragment(request, "jobs/progress.html", page)
    return render(request, "jobs/job.html", page)


@require_POST
def cancel(request: ViewerRequest, pk: int) -> HttpResponse:
    """Ask the job to stop; it does so at its next step."""
    found = visible_job(request, pk)
    if not found.is_over:
        cancel_job(request.actor, found)
        messages.info(request, _("The work is asked to stop; nothing half-done stays behind."))
    return redirect("job", pk=found.pk)


def visible_job(request: ViewerRequest, pk: int) -> Job:
    """A job of the viewer's own, any for who manages jobs, a check of the log for who reads it. Others do not exist."""
    found = jobs_of(request.actor).filter(pk=pk).first()
    if found is None and request.actor.may(Permission.SEE_AUDIT):
        found = Job.objects.filter(pk=pk, kind=VERIFY).first()
    if found is None:
        raise Http404
    return found


def about(found: Job) -> dict[str, object]:
    """What templates say of a job: its name, where it belongs, whether it is open and how far it is in percent."""
    batch = found.arguments.get("batch")
    back = reverse("import", args=[batch]) if batch else reverse("audit") if found.kind == VERIFY else reverse("home")
    return {
        "job_name": WORK.get(found.kind, found.kind),
        "job_stoppable": not found.is_over and not found.cancel,
        "verify_kind": VERIFY,
        "job_back": back,
        "job_open": not found.is_over,
        "job_percent": min(100 * found.progress // found.total, 100) if found.total else None,
    }


urlpatterns = [
    path("jobs/<int:pk>/", job, name="job"),
    path("jobs/<int:pk>/cancel/", cancel, name="job-cancel"),
]
