"""A log entry as people read it: column names as on the forms, values as words, references by name."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from django.apps import apps
from django.db import models
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from simpul.record.models import LogEntry
from simpul.web import figures
from simpul.web.audit_words import NAMES, TECHNICAL, VALUES

ROOMS = ("record", "people", "register", "traffic", "watch")
# Pages of objects, by kind; what is not here has none.
PAGES = {
    "register.site": "/sites/{}/",
    "people.organisation": "/organisations/{}/",
    "register.contract": "/contracts/{}/",
    "register.importbatch": "/imports/{}/",
    "watch.alarm": "/alarms/{}/",
}
# What tells most of a row, in this order; what is not here or empty is left to the entry's own page.
TELLING = (
    "name",
    "title",
    "description",
    "file_name",
    "label",
    "kind",
    "track",
    "state",
    "role",
    "site_a_id",
    "site_b_id",
    "interface_a_id",
    "interface_b_id",
    "document_number",
    "at",
    "since",
    "reason",
    "purpose",
)
_NEVER_TOLD = frozenset({"id", "code", "version", "is_sample", "recorded_by", "recorded_at", "sha256", "digest"})
# These entries hold a whole row; the others hold what its verb has to say.
_WHOLE = (LogEntry.Verb.CREATED, LogEntry.Verb.DELETED)

Column: TypeAlias = "models.Field[Any, Any]"
Model: TypeAlias = "type[models.Model] | None"


@dataclass(frozen=True, slots=True)
class Line:
    """One column of the row. `state` is same, changed, added or removed."""

    name: str
    before: str
    after: str
    state: str
    column: str = ""


def kinds() -> list[tuple[str, str]]:
    """(`register.site`, its name) of every kind of row that people change, by name."""
    models_ = (model for room in ROOMS for model in apps.get_app_config(room).get_models())
    known = [(label, kind_name(label)) for model in models_ if (label := model._meta.label_lower) not in TECHNICAL]
    return sorted(known, key=lambda pair: pair[1].casefold())


def kind_name(kind: str) -> str:
    """The kind in the reader's language; a kind that no longer exists is shown as it was written."""
    model = model_of(kind)
    return capfirst(_kind(model)) if model else kind


def kind_within(kind: str) -> str:
    """The kind's name as it stands inside a sentence."""
    model = model_of(kind)
    return _kind(model) if model else kind


def model_of(kind: str) -> Model:
    """The model a kind stands for, if there is one."""
    try:
        return apps.get_model(kind)
    except (LookupError, ValueError):
        return None


def address_of(kind: str, ref: str) -> str:
    """The page of the object, or empty."""
    return PAGES[kind].format(ref) if kind in PAGES and ref and "/" not in ref else ""


def lines_of(entry: LogEntry) -> list[Line]:
    """Every column of the entry, what changed first."""
    before, after = _row(entry.before), _row(entry.after)
    model = model_of(entry.kind)
    lines = []
    for name in _in_order(model, {**before, **after}):
        column = _column(model, name)
        was, now = (shown(column, row[name], name) if name in row else "" for row in (before, after))
        lines.append(Line(_name(column, name), was, now, _state(entry, name, before, after), name))
    return sorted(lines, key=lambda line: line.state == "same")


def summary_of(entry: LogEntry, most: int = 3) -> str:
    """The entry in a few words: what it changed, or what the row is called; never empty."""
    changed = entry.verb == LogEntry.Verb.CHANGED and entry.before
    told = _changes(entry, most) if changed else _called(entry, most)
    return " · ".join(part for part in (entry.note, told) if part) or _("nothing more is kept")


def shown(column: Column | None, value: Any, name: str = "") -> str:
    """One value in words; `name` is its key in the log."""
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict | list):
        return _several(column, value, name)
    if isinstance(column, models.ForeignKey):
        return _referred(column, value)
    if column is not None and column.choices:
        return str(dict(column.flatchoices).get(value, value))
    known = VALUES.get(name, {})
    return str(known[value]) if value in known else _written(column, name, value)


def _several(column: Column | None, value: dict[str, Any] | list[Any], name: str) -> str:
    if isinstance(value, list):
        return ", ".join(shown(column, each, name) for each in value)
    return "; ".join(f"{_name(None, key)}: {shown(None, inner, key)}" for key, inner in value.items())


def _written(column: Column | None, name: str, value: Any) -> str:
    """Dates, rates and amounts as people write them; everything else as it is."""
    text = str(value)
    if isinstance(column, models.DateTimeField) and (at := parse_datetime(text)):
        return figures.moment(at)
    if isinstance(column, models.DateField) and (on := parse_date(text)):
        return figures.day(on)
    if isinstance(column, models.DecimalField):
        return figures.plain(Decimal(text))
    if name.endswith("_bps"):
        return figures.rate(int(value))
    if column is not None and name in ("first", "last") and len(text) == 32:
        address = ipaddress.IPv6Address(int(text, 16))
        return str(address.ipv4_mapped or address)
    return text if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _kind(model: type[models.Model]) -> str:
    return str(model._meta.verbose_name)


def _in_order(model: Model, names: Iterable[str]) -> list[str]:
    """As the model lists its columns; the log itself keeps them by the alphabet."""
    known = [column.attname for column in model._meta.concrete_fields] if model else []
    return sorted(names, key=lambda name: (known.index(name) if name in known else len(known), name))


def _row(text: str) -> dict[str, Any]:
    row = json.loads(text) if text else {}
    return row if isinstance(row, dict) else {}


def _column(model: Model, name: str) -> Column | None:
    """The log names columns as the database does: `organisation_id`."""
    if model is None:
        return None
    return next((column for column in model._meta.concrete_fields if column.attname == name), None)


def _name(column: Column | None, name: str) -> str:
    return str(column.verbose_name) if column is not None else str(NAMES.get(name, name))


def _state(entry: LogEntry, name: str, before: dict[str, Any], after: dict[str, Any]) -> str:
    if not entry.before:
        return "added"
    if not entry.after:
        return "removed"
    return "same" if name in before and name in after and before[name] == after[name] else "changed"


def _referred(column: models.ForeignKey[Any, Any], key: Any) -> str:
    """The row it points to, by its name and code of today; rows that are gone leave their number."""
    model: Any = column.related_model
    row = model.objects.filter(pk=key).first()
    if row is None:
        return f"#{key}"
    name, code = getattr(row, "name", ""), getattr(row, "code", "")
    return f"{name} ({code})" if name and code and name != code else str(code or row)


def _changes(entry: LogEntry, most: int) -> str:
    lines = [line for line in lines_of(entry) if line.column != "version" and line.state != "same"]
    told = [f"{line.name}: {_short(line.before)} → {_short(line.after)}" for line in lines[:most]]
    return "; ".join([*told, *(["…"] if len(lines) > most else [])])


def _called(entry: LogEntry, most: int) -> str:
    """What people would call the row: its name or title, or what it says happened."""
    row, model = _row(entry.after or entry.before), model_of(entry.kind)
    telling = [name for name in TELLING if row.get(name)]
    if telling and entry.verb in _WHOLE:
        return " · ".join(_short(shown(_column(model, name), row[name], name), 60) for name in telling[: most + 1])
    others = [name for name in _in_order(model, row) if name not in _NEVER_TOLD and row[name] not in (None, "", False)]
    columns = [(_column(model, name), name) for name in others[:most]]
    return "; ".join(f"{_name(column, name)}: {_short(shown(column, row[name], name))}" for column, name in columns)


def _short(text: str, most: int = 40) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
