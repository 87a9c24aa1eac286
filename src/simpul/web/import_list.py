"""All imports: which file, what became of it, who brought it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Permission
from simpul.register.models import ImportBatch
from simpul.web import cells, figures
from simpul.web.filters import Choice, Rule, Search
from simpul.web.import_words import KINDS, WAITING, WITH_WRONG, answer_of_all, kind_of, state_chip, state_of
from simpul.web.lists import Column, Listing, answer
from simpul.web.middleware import ViewerRequest


def batches(request: ViewerRequest) -> HttpResponse:
    """`/imports/`, newest first; the title says whether one waits for somebody."""
    request.actor.require(Permission.IMPORT)
    rows = ImportBatch.objects.within(request.scope)
    return answer(request, LISTING, rows, "imports/batches.html", title=answer_of_all(rows))


def in_state(rows: QuerySet[Any], state: str) -> QuerySet[Any]:
    """Imports in a state, where one with wrong rows does not count as ready."""
    special = {"waiting": WAITING, "wrong": WITH_WRONG}
    return rows.filter(special[state]) if state in special else rows.filter(state=state)


def _file_cell(batch: ImportBatch) -> SafeString:
    return format_html(
        "{}{}", cells.link(batch.file_name, reverse("import", args=[batch.pk])), cells.sub(kind_of(batch))
    )


def _handed_in_cell(batch: ImportBatch) -> SafeString:
    return format_html("{}{}", cells.moment(batch.created_at), cells.sub(batch.actor_name))


def _wrong_cell(batch: ImportBatch) -> SafeString | str:
    shown = figures.number(batch.wrong)
    return format_html('<strong class="bad">{}</strong>', shown) if batch.wrong else shown


_STATES = [
    ("waiting", _("ready to apply")),
    ("wrong", _("rows are wrong")),
    *[choice for choice in ImportBatch.State.choices if choice[0] != ImportBatch.State.STAGED],
]

COLUMNS: list[Column[ImportBatch]] = [
    Column("file", _("File"), lambda batch: batch.file_name, _file_cell, order=("file_name",), head=True),
    Column("kind", _("Table"), kind_of, shown=False),
    Column("state", _("State"), state_of, state_chip, order=("state",)),
    Column(
        "new",
        _("New"),
        lambda batch: batch.new,
        lambda batch: figures.number(batch.new),
        ("new",),
        number=True,
        wide=True,
    ),
    Column(
        "changed",
        _("Changed"),
        lambda batch: batch.changed,
        lambda batch: figures.number(batch.changed),
        ("changed",),
        number=True,
        wide=True,
    ),
    Column(
        "same",
        _("Unchanged"),
        lambda batch: batch.same,
        lambda batch: figures.number(batch.same),
        ("same",),
        number=True,
        wide=True,
    ),
    Column("wrong", _("Wrong"), lambda batch: batch.wrong, _wrong_cell, ("wrong",), number=True, wide=True),
    Column("at", _("Handed in"), lambda batch: batch.created_at, _handed_in_cell, order=("created_at",), wide=True),
    Column("by", _("Handed in by"), lambda batch: batch.actor_name, shown=False),
]
LISTING: Listing[ImportBatch] = Listing(
    name="imports",
    caption=_("Imports"),
    columns=COLUMNS,
    load=list,
    filters=[
        Search(_("Search"), ("file_name", "actor_name"), _("file or person")),
        Choice("kind", _("Table"), [(kind, label) for kind, (label, _about) in KINDS.items()]),
        Rule("state", _("State"), _STATES, in_state),
    ],
    sort="-at",
    empty=_("Take the template, fill it in, hand it in. Wrong rows are named with their place and the remedy."),
)
urlpatterns = [path("imports/", batches, name="imports")]
