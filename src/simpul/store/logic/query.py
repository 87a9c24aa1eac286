"""The query builder: from a question about a dataset to SQL in ClickHouse's dialect with bound parameters. Pure.

Text in the SQL comes from declarations only (`dataset.py`); every value that a caller gives is a parameter
`{name:Type}`. So a page may pass on a visitor's filters without being able to change what the query does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from simpul.kit.problem import Problem
from simpul.store.logic.dataset import OTHER, SLOT, Dataset, Level, unknown
from simpul.store.logic.filters import Filter, Parameters, condition, dimensions_of

Values = Mapping[str, str | int | list[str] | list[int]]


class BadQuery(Problem):
    """A query that cannot be answered as asked; the text says what to change."""


@dataclass(frozen=True, slots=True)
class Top:
    """Keep the `count` greatest groups of the query's dimensions by a measure over the whole period.

    With `others` all the rest is summed up in one group, whose dimensions are empty and whose column `other` is 1.
    """

    count: int
    measure: str
    others: bool = True


@dataclass(frozen=True, slots=True)
class Order:
    """By a column of the answer."""

    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Measures of a dataset from `start` to before `end` (Unix seconds), grouped by dimensions and by time.

    `step` in seconds makes time slots, 0 makes one value for the whole period. With a step the period is widened to
    whole slots. All filters must match. `limit` 0 is without limit; the server still has its own.
    """

    dataset: str
    measures: tuple[str, ...]
    start: int
    end: int
    by: tuple[str, ...] = ()
    step: int = 0
    where: tuple[Filter, ...] = ()
    top: Top | None = None
    order: tuple[Order, ...] = ()
    limit: int = 0


class Statement(NamedTuple):
    """SQL and its parameters; `columns` of the answer in their order; the table that is read.

    Order of columns: the dimensions, `slot` (with a step; slot * step is its begin in Unix seconds), `other` (0 or 1,
    with a top that keeps the others), the measures.
    """

    sql: str
    params: Values
    columns: tuple[str, ...]
    table: str


def build(query: Query, datasets: Mapping[str, Dataset]) -> Statement:
    """Raises UnknownName, BadFilter, BadQuery: all before anything is asked."""
    if query.dataset not in datasets:
        raise unknown("dataset", query.dataset, "the column store", datasets)
    dataset = datasets[query.dataset]
    _check(query, dataset)
    level = _level(query, dataset)
    table = f"{dataset.database}.{level.table}"
    parameters = Parameters()
    where = _where(query, dataset, parameters)
    head, dimensions = "", [f"t.{name} AS {name}" for name in query.by]
    if query.top is not None:
        kept = _kept(query, query.top, table, level, where, parameters)
        if query.top.others:
            head = f"WITH {kept} AS kept "
            dimensions = [f"if(kept, t.{name}, defaultValueOfArgumentType(t.{name})) AS {name}" for name in query.by]
        else:
            where = f"{where} AND {kept}"
    groups, selected = list(query.by), dimensions
    if query.step:
        step = parameters.bind("UInt32", query.step, "step")
        selected.append(f"intDiv(toUnixTimestamp(t.{dataset.time}), {step}) AS {SLOT}")
        groups.append(SLOT)
    if head:
        selected.append(f"NOT kept AS {OTHER}")
        groups.append(OTHER)
    selected += [f"{level.measures[name].sql} AS {name}" for name in query.measures]
    columns = (*groups, *query.measures)
    # Names come from declarations, values are parameters.
    sql = f"{head}SELECT {', '.join(selected)} FROM {table} AS t WHERE {where}"  # noqa: S608
    if groups:
        sql += f" GROUP BY {', '.join(groups)}"
    sql += _ordered(query, columns)
    if query.limit:
        sql += f" LIMIT {parameters.bind('UInt64', query.limit, 'limit')}"
    return Statement(sql, parameters.values, columns, level.table)


def _check(query: Query, dataset: Dataset) -> None:
    for name in query.by:
        dataset.kind(name)
    ranked = (query.top.measure,) if query.top else ()
    for name in (*query.measures, *ranked):
        if name not in dataset.measures:
            raise unknown("measure", name, dataset.name, dataset.measures)
    if not query.measures:
        raise BadQuery(f"a query needs a measure. Choose one of: {', '.join(sorted(dataset.measures))}")
    if len(set(query.by)) < len(query.by) or len(set(query.measures)) < len(query.measures):
        raise BadQuery("a dimension or measure is named twice")
    if not 0 <= query.start <= query.end < 2**32:
        raise BadQuery(f"the period from {query.start} to {query.end} ends before it begins, or before 1970")
    if query.step < 0 or query.limit < 0 or (query.top is not None and query.top.count < 1):
        raise BadQuery("step and limit are not negative, and a top keeps at least one group")
    if query.top is not None and not query.by:
        raise BadQuery("a top needs a dimension to group by")


def _level(query: Query, dataset: Dataset) -> Level:
    """The coarsest table that answers exactly."""
    ranked = {query.top.measure} if query.top else set()
    measures = {*query.measures, *ranked}
    named = {*query.by, *(name for each in query.where for name in dimensions_of(each))}
    bounds = (query.step,) if query.step else (query.start, query.end)
    for level in reversed(dataset.levels):
        exact = all(bound % level.seconds == 0 for bound in bounds)
        if exact and measures <= level.measures.keys() and not named & level.lacks:
            return level
    finest = min(level.seconds for level in dataset.levels)
    raise BadQuery(
        f"no table of {dataset.name} answers {', '.join(sorted(measures | named))} at once in steps of "
        f"{query.step or 1} s. Choose a multiple of {finest} s, or fewer dimensions and measures"
    )


def _where(query: Query, dataset: Dataset, parameters: Parameters) -> str:
    step = query.step or 1
    start = parameters.bind("UInt32", query.start // step * step, "start")
    end = parameters.bind("UInt32", min(-(-query.end // step) * step, 2**32 - 1), "end")
    time = f"t.{dataset.time}"
    period = f"{time} >= toDateTime({start}) AND {time} < toDateTime({end})"
    return " AND ".join([period, *(condition(each, dataset, parameters) for each in query.where)])


def _kept(query: Query, top: Top, table: str, level: Level, where: str, parameters: Parameters) -> str:
    """Whether a row's group is one of the greatest."""
    names = ", ".join(f"t.{name}" for name in query.by)
    count = parameters.bind("UInt64", top.count, "top")
    # Equal groups are told apart by their names, so that the same query keeps the same ones.
    greatest = f"{level.measures[top.measure].sql} DESC, {names}"
    groups = f"GROUP BY {names} ORDER BY {greatest} LIMIT {count}"
    inner = f"SELECT {names} FROM {table} AS t WHERE {where} {groups}"  # noqa: S608
    return f"(({names}) IN ({inner}))"


def _ordered(query: Query, columns: tuple[str, ...]) -> str:
    for order in query.order:
        if order.column not in columns:
            raise unknown("column", order.column, "the answer", frozenset(columns))
    parts = [f"{order.column}{' DESC' if order.descending else ''}" for order in query.order]
    return f" ORDER BY {', '.join(parts)}" if parts else ""
