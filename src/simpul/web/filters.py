"""What a list can be narrowed by. Each filter is one name in the address; an empty one is no filter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from django.db.models import Q, QuerySet
from django.utils.functional import Promise

Text = str | Promise
Rows = QuerySet[Any]


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a select."""

    value: str
    label: Text
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Control:
    """A filter as the form shows it, filled with what the address says."""

    key: str
    label: Text
    kind: Literal["search", "select", "check"]
    value: str
    options: Sequence[Option] = ()
    hint: Text = ""


class Filter(Protocol):
    """`narrow` gets the text from the address, never empty; a text it does not know finds nothing."""

    @property
    def key(self) -> str: ...

    @property
    def label(self) -> Text: ...

    def narrow(self, rows: Rows, given: str) -> Rows: ...

    def control(self, given: str) -> Control: ...


@dataclass(frozen=True, slots=True)
class Search:
    """Free text: every word must stand in one of the columns, in any case."""

    label: Text
    columns: Sequence[str]
    hint: Text = ""
    key: str = "q"

    def narrow(self, rows: Rows, given: str) -> Rows:
        """At most eight words are looked at."""
        for word in given.split()[:8]:
            found = Q()
            for column in self.columns:
                found |= Q(**{f"{column}__icontains": word})
            rows = rows.filter(found)
        return rows

    def control(self, given: str) -> Control:
        """A search field."""
        return Control(self.key, self.label, "search", given, hint=self.hint)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a fixed set. `column` defaults to the key."""

    key: str
    label: Text
    choices: Iterable[tuple[str, Text]]
    column: str = ""

    def narrow(self, rows: Rows, given: str) -> Rows:
        """Exact match."""
        if given not in {value for value, _ in self.choices}:
            return rows.none()
        return rows.filter(**{self.column or self.key: given})

    def control(self, given: str) -> Control:
        """A select."""
        options = [Option(value, label, value == given) for value, label in self.choices]
        return Control(self.key, self.label, "select", given, options)


@dataclass(frozen=True, slots=True)
class Related:
    """Another object, known in the address by its `code`. `among` gives those the visitor may see."""

    key: str
    label: Text
    among: Rows
    column: str = ""
    limit: int = 500

    def narrow(self, rows: Rows, given: str) -> Rows:
        """Rows of the object with that code, if the visitor may see it."""
        return rows.filter(**{f"{self.column or self.key}__in": self.among.filter(code=given)})

    def control(self, given: str) -> Control:
        """A select of the first `limit` objects."""
        options = [Option(thing.code, str(thing), thing.code == given) for thing in self.among[: self.limit]]
        return Control(self.key, self.label, "select", given, options)


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or nothing: a condition that holds."""

    key: str
    label: Text
    condition: Q

    def narrow(self, rows: Rows, given: str) -> Rows:
        """Only `1` is yes."""
        return rows.filter(self.condition) if given == "1" else rows.none()

    def control(self, given: str) -> Control:
        """A check box."""
        return Control(self.key, self.label, "check", given)


@dataclass(frozen=True, slots=True)
class Rule:
    """A choice whose meaning is a function of the rows, where no single column holds it."""

    key: str
    label: Text
    choices: Iterable[tuple[str, Text]]
    rule: Callable[[Rows, str], Rows] = field(compare=False)

    def narrow(self, rows: Rows, given: str) -> Rows:
        """What the rule says of a known value."""
        return self.rule(rows, given) if given in {value for value, _ in self.choices} else rows.none()

    def control(self, given: str) -> Control:
        """A select."""
        options = [Option(value, label, value == given) for value, label in self.choices]
        return Control(self.key, self.label, "select", given, options)
