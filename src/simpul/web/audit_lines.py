"""A log entry as people read it: column names as on the forms, values as words, references by name."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.apps import apps
from django.db import models
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from simpul.record.models import LogEntry
from simpul.web.figures import moment

ROOMS = ("record", "people", "register")
# Pages of objects, by kind; what is not here has none.
PAGES = {
    "register.site": "/sites/{}/",
    "people.organisation": "/organisations/{}/",
    "register.contract": "/contracts/{}/",
    "register.importbatch": "/imports/{}/",
}


Column: TypeAlias = "models.Field[Any, Any]"


@dataclass(frozen=True, slots=True)
class Line:
    """One column of the row. `state` is same, changed, added or removed."""

    name: str
    before: str
    after: str
    state: str


def kinds() -> list[tuple[str, str]]:
    """(`register.site`, its name) of every kind of row the log may hold, by name."""
    known = [(model._meta.label_lower, kind_name(model._meta.label_lower)) for room in ROOMS for model in _models(room)]
    return sorted(known, key=lambda pair: pair[1].casefold())


def kind_name(kind: str) -> str:
    """The kind in the reader's language; a kind that no longer exists is shown as it was written."""
    model = model_of(kind)
    return capfirst(str(model._meta.verbose_name)) if model else kind


def model_of(kind: str) -> type[models.Model] | None:
    """The model a kind stands for, if there is one."""
    try:
        return apps.get_model(kind)
    except (LookupError, ValueError):
        return None


def address_of(entry: LogEntry) -> str:
    """The page of the object, or empty."""
    return PAGES[entry.kind].format(entry.ref) if entry.kind in PAGES and "/" not in entry.ref else ""


def lines_of(entry: LogEntry) -> list[Line]:
    """Every column of the entry, what changed first."""
    before, after = _row(entry.before), _row(entry.after)
    model = model_of(entry.kind)
    lines = []
    for name in _in_order(model, {**before, **after}):
        column = _column(model, name)
        was, now = (shown(column, row[name]) if name in row else "" for row in (before, after))
        lines.append(Line(_name(column, name), was, now, _state(entry, name, before, after)))
    return sorted(lines, key=lambda line: line.state == "same")


def summary_of(entry: LogEntry, most: int = 3) -> str:
    """The entry in a few words, for the list: `medium: leased → own fibre; note: …`, or what the row is called."""
    if entry.verb != LogEntry.Verb.CHANGED or not entry.before:
        return entry.note or _called(_row(entry.after or entry.before))
    lines = [line for line in lines_of(entry) if line.name != _("version")]
    told = [f"{line.name}: {_short(line.before)} → {_short(line.after)}" for line in lines[:most]]
    return "; ".join([*told, *(["…"] if len(lines) > most else [])])


def shown(column: Column | None, value: Any) -> str:
    """One value in words."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(column, models.ForeignKey):
        return _referred(column, value)
    if column is not None and column.choices:
        return str(dict(column.flatchoices).get(value, value))
    if isinstance(column, models.DateTimeField) and (at := parse_datetime(str(value))):
        return moment(at)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _in_order(model: type[models.Model] | None, names: Iterable[str]) -> list[str]:
    """As the model lists its columns; the log itself keeps them by the alphabet."""
    known = [column.attname for column in model._meta.concrete_fields] if model else []
    return sorted(names, key=lambda name: (known.index(name) if name in known else len(known), name))


def _models(room: str) -> Iterable[type[models.Model]]:
    return apps.get_app_config(room).get_models()


def _row(text: str) -> dict[str, Any]:
    row = json.loads(text) if text else {}
    return row if isinstance(row, dict) else {}


def _column(model: type[models.Model] | None, name: str) -> Column | None:
    """The log names columns as the database does: `organisation_id`."""
    if model is None:
        return None
    return next((column for column in model._meta.concrete_fields if column.attname == name), None)


def _name(column: Column | None, name: str) -> str:
    return str(column.verbose_name) if column is not None else name


def _state(entry: LogEntry, name: str, before: dict[str, Any], after: dict[str, Any]) -> str:
    if not entry.before:
        return "added"
    if not entry.after:
        return "removed"
    return "same" if name in before and name in after and before[name] == after[name] else "changed"


def _referred(column: models.ForeignKey[Any, Any], key: Any) -> str:
    """The row it points to, by its name today; rows that are gone leave their number."""
    model: Any = column.related_model
    row = model.objects.filter(pk=key).first()
    return f"{row} (#{key})" if row is not None else f"#{key}"


def _called(row: dict[str, Any]) -> str:
    """What people would call the row: its name or title, or what it says happened."""
    words = [
        row.get(name) for name in ("name", "title", "description", "state", "track", "reason", "file_name", "label")
    ]
    return " · ".join(_short(word, 60) for word in words if isinstance(word, str) and word)


def _short(text: str, most: int = 40) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
