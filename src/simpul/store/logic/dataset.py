"""What may be asked of the column store: datasets with named dimensions and measures, each declared once.

A dataset is one or more tables of the same facts at different resolutions (as measured, then rolled up). Nothing
outside a declaration can get into a query: the query builder takes names from here and values as parameters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from simpul.kit.problem import Problem

# The types of dimensions, as ClickHouse names them; what a value must be follows from it.
Kind = Literal["String", "UInt8", "UInt16", "UInt32", "UInt64", "IPv4", "IPv6"]
# Columns that the builder adds to an answer.
SLOT, OTHER = "slot", "other"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,60}")


class UnknownName(Problem):
    """A query names a dataset, dimension or measure that is not declared; the text lists those that are."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One aggregation over a table's columns. Made by the functions below only."""

    sql: str


def count_rows() -> Aggregate:
    """The number of rows."""
    return Aggregate("count()")


def sum_of(column: str) -> Aggregate:
    """The sum of a column."""
    return Aggregate(f"sum({_column(column)})")


def mean_of(column: str) -> Aggregate:
    """The arithmetic mean of a column."""
    return Aggregate(f"avg({_column(column)})")


def max_of(column: str) -> Aggregate:
    """The greatest value of a column."""
    return Aggregate(f"max({_column(column)})")


def min_of(column: str) -> Aggregate:
    """The smallest value of a column."""
    return Aggregate(f"min({_column(column)})")


def quantile_of(level: float, column: str) -> Aggregate:
    """An estimated quantile of a column, `level` between 0 and 1; 0.5 is the median."""
    if not 0 <= level <= 1:
        raise ValueError(f"a quantile is between 0 and 1, not {level}")
    return Aggregate(f"quantile({float(level)!r})({_column(column)})")


def uniq_of(column: str) -> Aggregate:
    """How many different values a column has, estimated (ClickHouse's `uniq`, about 1 % off for many)."""
    return Aggregate(f"uniq({_column(column)})")


def latest_of(column: str, time: str) -> Aggregate:
    """The value of a column in the row with the greatest `time`."""
    return Aggregate(f"argMax({_column(column)}, {_column(time)})")


def latest_of_pairs(column: str) -> Aggregate:
    """The value of the latest pair, where a roll-up keeps pairs of (time, value)."""
    return Aggregate(f"max({_column(column)}).2")


def ratio_of(above: Aggregate, below: Aggregate) -> Aggregate:
    """One aggregate divided by another: the mean of a roll-up that keeps sums and counts."""
    return Aggregate(f"{above.sql} / {below.sql}")


def _column(name: str) -> str:
    # With the table's alias a column is never mistaken for the answer's column of the same name.
    return f"t.{_plain(name)}"


def _plain(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a plain name of lower-case letters, digits and underscores")
    return name


@dataclass(frozen=True, slots=True)
class Level:
    """One table of a dataset. A row covers `seconds` (1: as measured); a roll-up may lack dimensions.

    `measures` says how the table answers each measure; those that it cannot answer exactly are left out.
    """

    table: str
    seconds: int
    measures: Mapping[str, Aggregate]
    lacks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Dataset:
    """`dimensions` by name with their types; `levels` from the finest to the coarsest; `time` is a DateTime column."""

    name: str
    dimensions: Mapping[str, Kind]
    levels: tuple[Level, ...]
    time: str = "at"
    database: str = "simpul"

    def __post_init__(self) -> None:
        measures = [name for level in self.levels for name in level.measures]
        for name in (*self.dimensions, *measures, self.time, self.database, *(level.table for level in self.levels)):
            _plain(name)
        taken = {SLOT, OTHER} | (set(measures) & set(self.dimensions))
        if wrong := taken & {*self.dimensions, *measures}:
            raise ValueError(f"{self.name}: the names {sorted(wrong)} are taken")

    @property
    def measures(self) -> frozenset[str]:
        """Those that any of the tables answers."""
        return frozenset(name for level in self.levels for name in level.measures)

    def kind(self, dimension: str) -> Kind:
        """The type of a dimension. Raises UnknownName."""
        if dimension not in self.dimensions:
            raise unknown("dimension", dimension, self.name, self.dimensions)
        return self.dimensions[dimension]


def unknown(what: str, name: str, where: str, allowed: Mapping[str, object] | frozenset[str]) -> UnknownName:
    """The error for a name that is not declared."""
    return UnknownName(f"there is no {what} {name!r} in {where}. Choose one of: {', '.join(sorted(allowed))}")
