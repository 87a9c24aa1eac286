"""The audit view: who changed what, from what to what, and whether the chain of the log is whole."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from simpul.people.logic.rights import Permission
from simpul.record.jobs import enqueue
from simpul.record.models import OPEN_STATES, Job, JobState, LogEntry, LogHead
from simpul.web.audit_lines import address_of, kind_name, kind_within, kinds, lines_of, summary_of
from simpul.web.audit_search import COUNTED, FIELDS, Found, Search, count, find, matching, read_search
from simpul.web.audit_words import code_of, object_of, sentence
from simpul.web.figures import number
from simpul.web.list_files import FORMATS, download
from simpul.web.lists import Column
from simpul.web.middleware import ViewerRequest

# The kind of job that `record.checking` runs.
VERIFY = "record.verify"
MOST_EXPORTED = 50_000


def entries(request: ViewerRequest) -> HttpResponse:
    """The list, 50 entries a page, newest first unless asked otherwise."""
    request.actor.require(Permission.SEE_AUDIT)
    search = read_search(request.GET)
    head = LogHead.objects.get(pk=1)
    suffix = request.GET.get("format")
    if suffix in FORMATS:
        request.actor.require(Permission.EXPORT)
        return as_file(search, suffix)
    found = find(search, head.seq)
    last = found.entries[0] if found.entries and search == Search() else LogEntry.objects.filter(seq=head.seq).first()
    page = {
        "search": search,
        "heading": _heading(search, head.seq),
        "last": last,
        "rows": [_row(entry) for entry in found.entries],
        "kinds": kinds(),
        "verbs": LogEntry.Verb.choices,
        "checked": _last_check(),
        "may_export": request.actor.may(Permission.EXPORT),
        **_links(request, search, found),
    }
    return render(request, "audit/entries.html", page)


def entry(request: ViewerRequest, seq: int) -> HttpResponse:
    """One entry with before and after side by side."""
    request.actor.require(Permission.SEE_AUDIT)
    found = LogEntry.objects.filter(seq=seq).first()
    if found is None:
        raise Http404
    page = {
        "entry": found,
        "heading": sentence(found, kind_within(found.kind)),
        "kind": kind_name(found.kind),
        "code": code_of(found),
        "address": address_of(found.kind, found.ref),
        "about_kind": kind_name(found.about_kind),
        "about_address": address_of(found.about_kind, found.about_ref),
        "lines": lines_of(found),
        "earlier": seq - 1 if seq > 1 else None,
        "later": seq + 1 if seq < LogHead.objects.get(pk=1).seq else None,
    }
    return render(request, "audit/entry.html", page)


@require_POST
def verify(request: ViewerRequest) -> HttpResponse:
    """Start the check of the whole chain, unless one is under way, and show its progress."""
    request.actor.require(Permission.SEE_AUDIT)
    running = Job.objects.filter(kind=VERIFY, state__in=OPEN_STATES).first()
    job = running or enqueue(request.actor, VERIFY, {})
    return redirect("job", pk=job.pk)


COLUMNS: list[Column[LogEntry]] = [
    Column("seq", _("No."), lambda each: each.seq),
    Column("at", _("When"), lambda each: timezone.localtime(each.at).isoformat(timespec="seconds")),
    Column("who", _("Who"), lambda each: each.actor_name),
    Column("actor", _("Key of the actor"), lambda each: each.actor_key),
    Column("verb", _("Did what"), lambda each: str(each.get_verb_display())),
    Column("kind", _("Kind"), lambda each: each.kind),
    Column("ref", _("Code"), lambda each: each.ref),
    Column("about_kind", _("Kind of what it belongs to"), lambda each: each.about_kind),
    Column("about_ref", _("Code of what it belongs to"), lambda each: each.about_ref),
    Column("before", _("Before"), lambda each: each.before),
    Column("after", _("After"), lambda each: each.after),
    Column("note", _("Note"), lambda each: each.note),
    Column("hash", "SHA-256", lambda each: each.hash),
]


def as_file(search: Search, suffix: str) -> HttpResponse:
    """What the filters leave, with before and after as they are kept; at most MOST_EXPORTED entries."""
    found = list(matching(search)[: MOST_EXPORTED + 1])
    narrowed = ", ".join(f"{name}: {value}" for name, value in search.asked.items())
    if len(found) > MOST_EXPORTED:
        only = gettext("Only the first %(most)s entries: narrow the filters to see the others.") % {
            "most": MOST_EXPORTED
        }
        narrowed = f"{narrowed}. {only}" if narrowed else only
    title = gettext("Log of changes")
    return download(slugify(title), COLUMNS, iter([found[:MOST_EXPORTED]]), suffix, title, narrowed)


def _row(entry: LogEntry) -> dict[str, Any]:
    what = object_of(entry, kind_within(entry.kind))
    return {"entry": entry, "kind": what, "code": code_of(entry), "summary": summary_of(entry)}


def _heading(search: Search, newest: int) -> str:
    """The answer: how many entries there are, or match."""
    if not newest:
        return gettext("Nothing has been changed yet")
    if not search.asked:
        return ngettext("%(number)s entry in the log", "%(number)s entries in the log", newest) % {
            "number": number(newest)
        }
    found, about = count(search), {"ref": search.ref}
    if found is None:
        return gettext("Entries that match the words")
    if found > COUNTED:
        said = (
            gettext("More than %(number)s entries about %(ref)s")
            if search.ref
            else gettext("More than %(number)s entries match")
        )
        return said % {**about, "number": number(COUNTED)}
    if search.ref:
        said = ngettext("%(number)s entry about %(ref)s", "%(number)s entries about %(ref)s", found)
    else:
        said = ngettext("%(number)s entry matches", "%(number)s entries match", found)
    return said % {**about, "number": number(found)}


def _last_check() -> Job | None:
    """The last finished or running check of the chain."""
    return Job.objects.filter(kind=VERIFY).exclude(state=JobState.CANCELLED).order_by("-id").first()


def _links(request: ViewerRequest, search: Search, found: Found) -> dict[str, str]:
    def address(**changed: str) -> str:
        query = request.GET.copy()
        for name in list(query):
            if name not in (*FIELDS, "sort", "start") or not query[name]:
                del query[name]
        for name, value in changed.items():
            query.pop(name, None)
            if value:
                query[name] = value
        return f"?{query.urlencode()}"

    on = found.next_start if found.next_start is not None else found.stretch_end
    return {
        "next": address(start=str(on)) if on is not None else "",
        "stretched": gettext("The search has looked at a part of the log.") if found.stretch_end is not None else "",
        "first": address(start="") if search.start is not None else "",
        "sort": address(sort="" if search.oldest_first else "seq", start=""),
        "csv": address(start="", format="csv"),
        "xlsx": address(start="", format="xlsx"),
    }


urlpatterns = [
    path("audit/", entries, name="audit"),
    path("audit/verify/", verify, name="audit-verify"),
    path("audit/<int:seq>/", entry, name="audit-entry"),
]
