"""The import assistant: hand in a file, look at what it would change, apply it in one switch, take it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from simpul.kit.actor import Actor
from simpul.kit.problem import Problem
from simpul.people.logic.rights import Permission
from simpul.record.evidence import TooLarge
from simpul.register.export import MEDIA_TYPES
from simpul.register.logic.sheets import SHEETS
from simpul.register.models import ImportBatch, ImportRow
from simpul.register.service.imports import (
    ImportRefused,
    apply_import,
    discard_import,
    start_import,
    undo_import,
)
from simpul.register.text import problem_of, unused_headings
from simpul.web.evidence import EVIDENCE_SAID
from simpul.web.fragments import fragment
from simpul.web.import_rows import heading_of, part_of, wrong_columns, wrong_rows
from simpul.web.import_templates import as_csv, as_xlsx, columns_of, help_of
from simpul.web.import_words import KINDS, answer_of, kind_of, state_chip
from simpul.web.jobs import about
from simpul.web.list_files import FORMATS, download
from simpul.web.middleware import ViewerRequest

State = ImportBatch.State
Verdict = ImportRow.Verdict
WORKING = (State.STAGING, State.APPLYING, State.UNDOING)
TABS = (Verdict.WRONG, Verdict.CHANGED, Verdict.NEW, Verdict.SAME)


class ImportForm(forms.Form):
    """What kind of table, and the file."""

    kind = forms.ChoiceField(choices=[(kind, label) for kind, (label, _about) in KINDS.items()])
    file = forms.FileField(max_length=255, allow_empty_file=True)


def new(request: ViewerRequest) -> HttpResponse:
    """The form; handing it in keeps the file and starts the reading."""
    request.actor.require(Permission.IMPORT)
    form = ImportForm(request.POST or None, request.FILES or None, initial={"kind": request.GET.get("kind", "sites")})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            batch = start_import(request.actor, given["kind"], given["file"].name, given["file"])
        except Problem as problem:
            form.add_error("file", said(problem))
        else:
            return redirect("import", pk=batch.pk)
    chosen = form["kind"].value() if form["kind"].value() in SHEETS else "sites"
    kinds = [
        {
            "kind": kind,
            "label": label,
            "about": told,
            "checked": kind == chosen,
            "columns": [
                (heading_of(SHEETS[kind], column.name), column.needed, help_of(column))
                for column in columns_of(SHEETS[kind])
            ],
        }
        for kind, (label, told) in KINDS.items()
    ]
    return render(request, "imports/new.html", {"form": form, "kinds": kinds}, status=422 if form.errors else 200)


def template(request: ViewerRequest, kind: str, suffix: str) -> HttpResponse:
    """An empty table with an example row."""
    request.actor.require(Permission.IMPORT)
    if kind not in KINDS or suffix not in ("csv", "xlsx"):
        raise Http404
    language, label = get_language() or "id", str(KINDS[kind][0])
    if suffix == "csv":
        response = HttpResponse(as_csv(SHEETS[kind], language), content_type="text/csv; charset=utf-8")
    else:
        response = HttpResponse(as_xlsx(SHEETS[kind], language, label), content_type=MEDIA_TYPES["xlsx"])
    name = _("template-%(kind)s") % {"kind": label.lower()}
    response["Content-Disposition"] = f'attachment; filename="{name}.{suffix}"'
    return response


def batch(request: ViewerRequest, pk: int) -> HttpResponse:
    """One import: its progress, or its rows by verdict, or why the file could not be read."""
    found = visible_batch(request, pk)
    page: dict[str, Any] = {
        "batch": found,
        "kind": kind_of(found),
        "answer": answer_of(found),
        "state": state_chip(found),
        "working": found.state in WORKING,
        "problem": problem_of(found),
        **(about(found.job) if found.job else {}),
        "job": found.job,
    }
    if request.headers.get("X-Fragment"):
        return fragment(request, "imports/progress.html", page)
    if found.state not in WORKING and found.state not in (State.FAILED, State.DISCARDED):
        page |= rows_of(request, found)
    return render(request, "imports/batch.html", page)


def rows_of(request: ViewerRequest, found: ImportBatch) -> dict[str, Any]:
    """One tab of the rows: at first the wrong ones, or else all that would be written."""
    counts = {verdict: int(getattr(found, verdict.value)) for verdict in TABS}
    tabs: list[tuple[str, str, int, tuple[str, ...]]] = [
        (verdict.value, str(verdict.label), counts[verdict], (verdict.value,)) for verdict in TABS if counts[verdict]
    ]
    if found.new and found.changed:
        both = ("written", _("new and changed"), found.new + found.changed, (Verdict.NEW.value, Verdict.CHANGED.value))
        tabs.insert(int(bool(found.wrong)), both)
    asked = request.GET.get("show", "")
    show, _label, _count, verdicts = next((tab for tab in tabs if tab[0] == asked), tabs[0])
    start, upto = (request.GET.get(name, "") for name in ("from", "before"))
    backwards = upto.isdecimal() and len(upto) < 10
    number = int(upto) if backwards else int(start) if start.isdecimal() and len(start) < 10 else 0
    part = part_of(found, verdicts, number, backwards=backwards)
    return {
        "tabs": [tab[:3] for tab in tabs],
        "show": show,
        "part": part,
        "many_sheets": any(each.row.sheet != part.rows[0].row.sheet for each in part.rows),
        "features": found.file_name.lower().endswith(("json", "geojson")),
        "unused": unused_headings(found),
    }


def wrong(request: ViewerRequest, pk: int, suffix: str) -> HttpResponse:
    """The wrong rows as a file with the headings they came with: mended there, it can be handed in as it is."""
    found = visible_batch(request, pk)
    if suffix not in FORMATS or not found.wrong:
        raise Http404
    stem = found.file_name.rpartition(".")[0] or found.file_name
    name = _("%(file)s-wrong-rows") % {"file": stem}
    return download(name, wrong_columns(found), wrong_rows(found), suffix, answer_of(found), "")


@require_POST
def apply(request: ViewerRequest, pk: int) -> HttpResponse:
    """Write the batch to the register, in one switch."""
    return _do(request, pk, apply_import)


@require_POST
def undo(request: ViewerRequest, pk: int) -> HttpResponse:
    """Take the batch back."""
    return _do(request, pk, undo_import)


@require_POST
def discard(request: ViewerRequest, pk: int) -> HttpResponse:
    """Give the batch up."""
    return _do(request, pk, discard_import)


def visible_batch(request: ViewerRequest, pk: int) -> ImportBatch:
    """The batch, for who may import."""
    request.actor.require(Permission.IMPORT)
    return get_object_or_404(ImportBatch.objects.within(request.scope).select_related("job", "source"), pk=pk)


def said(problem: Problem) -> str:
    """A refusal in the reader's language where the room has words for it."""
    reasons = {
        "not_staged": _("This import is no longer waiting to be applied. Its present state is shown below."),
        "rows_wrong": _("There are wrong rows in it. Mend the file and import it again."),
        "nothing_to_do": _("Every row stands in the register already. There is nothing to apply."),
        "not_applied": _("This import is not applied, so there is nothing to undo."),
        "not_discardable": _("This import was applied. Undo it instead."),
        "kind_not_known": _("This kind of table cannot be imported."),
    }
    if isinstance(problem, ImportRefused):
        return reasons.get(problem.code, str(problem))
    if isinstance(problem, TooLarge):
        return _("The file is larger than %(megabytes)s MB. Split it") % {"megabytes": problem.megabytes}
    return str(EVIDENCE_SAID.get(type(problem), str)(problem))


def _do(request: ViewerRequest, pk: int, verb: Callable[[Actor, ImportBatch], ImportBatch]) -> HttpResponse:
    found = visible_batch(request, pk)
    try:
        verb(request.actor, found)
    except ImportRefused as refused:
        messages.error(request, said(refused))
    return redirect(reverse("import", args=[pk]))


urlpatterns = [
    path("imports/new/", new, name="import-new"),
    path("imports/template/<str:kind>.<str:suffix>", template, name="import-template"),
    path("imports/<int:pk>/", batch, name="import"),
    path("imports/<int:pk>/wrong.<str:suffix>", wrong, name="import-wrong"),
    path("imports/<int:pk>/apply/", apply, name="import-apply"),
    path("imports/<int:pk>/undo/", undo, name="import-undo"),
    path("imports/<int:pk>/discard/", discard, name="import-discard"),
]
