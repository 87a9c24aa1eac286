"""Filters over a dataset's dimensions, and the condition in SQL that each becomes. Values are always parameters."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from simpul.kit.problem import Problem
from simpul.store.logic.dataset import Dataset, Kind

Scalar: TypeAlias = str | int
# How deeply filters may be nested, and how many values a query may compare with.
DEEPEST, MOST_VALUES = 10, 20_000
_LARGEST = {"UInt8": 2**8 - 1, "UInt16": 2**16 - 1, "UInt32": 2**32 - 1, "UInt64": 2**64 - 1}
_V4_IN_V6 = "::ffff:"


class BadFilter(Problem):
    """A filter whose value does not fit its dimension; the text names both."""


@dataclass(frozen=True, slots=True)
class Equal:
    """The dimension has this value."""

    dimension: str
    value: Scalar


@dataclass(frozen=True, slots=True)
class OneOf:
    """The dimension has one of these values; no values match nothing."""

    dimension: str
    values: Sequence[Scalar]


@dataclass(frozen=True, slots=True)
class Between:
    """The dimension lies between two values, both included."""

    dimension: str
    low: Scalar
    high: Scalar


@dataclass(frozen=True, slots=True)
class Prefix:
    """A text begins with `prefix`; an address lies in it (`10.4.0.0/16`, `2001:db8::/32`)."""

    dimension: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Not:
    """The filter does not match."""

    filter: Filter


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one filter matches; no filters match nothing."""

    filters: Sequence[Filter]


Filter: TypeAlias = Equal | OneOf | Between | Prefix | Not | AnyOf


@dataclass(slots=True)
class Parameters:
    """Collects a query's values; `bind` returns the placeholder that stands for one in the SQL text."""

    values: dict[str, str | int | list[str] | list[int]] = field(default_factory=dict)

    def bind(self, kind: str, value: str | int | list[str] | list[int], name: str = "") -> str:
        """A placeholder `{name:Type}`; without a name the next of p0, p1 ..."""
        name = name or f"p{len(self.values)}"
        self.values[name] = value
        return f"{{{name}:{kind}}}"


def dimensions_of(wanted: Filter) -> set[str]:
    """Every dimension that a filter names, at any depth."""
    match wanted:
        case Not(filter=inner):
            return dimensions_of(inner)
        case AnyOf(filters=several):
            return {name for each in several for name in dimensions_of(each)}
    return {wanted.dimension}


def condition(wanted: Filter, dataset: Dataset, parameters: Parameters, depth: int = 0) -> str:
    """The filter in SQL, over the table alias `t`. Raises UnknownName, BadFilter."""
    if depth > DEEPEST:
        raise BadFilter(f"filters may be nested {DEEPEST} deep at most")
    if isinstance(wanted, Not):
        return f"NOT ({condition(wanted.filter, dataset, parameters, depth + 1)})"
    if isinstance(wanted, AnyOf):
        parts = [condition(each, dataset, parameters, depth + 1) for each in wanted.filters]
        return "(" + (" OR ".join(parts) or "0") + ")"
    return _compared(wanted, dataset.kind(wanted.dimension), parameters)


def _compared(wanted: Equal | OneOf | Between | Prefix, kind: Kind, parameters: Parameters) -> str:
    name = wanted.dimension
    column = f"t.{name}"
    match wanted:
        case Equal(value=value):
            return f"{column} = {parameters.bind(kind, fitting(name, kind, value))}"
        case OneOf(values=values):
            return f"{column} IN {parameters.bind(f'Array({kind})', _all_fitting(name, kind, values))}"
        case Between(low=low, high=high):
            return _between(column, kind, fitting(name, kind, low), fitting(name, kind, high), parameters)
        case Prefix(prefix=prefix) if kind == "String":
            return f"startsWith({column}, {parameters.bind('String', prefix)})"
        case Prefix(prefix=prefix) if kind in ("IPv4", "IPv6"):
            return _between(column, kind, *_ends(name, kind, prefix), parameters)
    raise BadFilter(f"{name}: a prefix is of a text or an address; this is a number")


def _between(column: str, kind: Kind, low: Scalar, high: Scalar, parameters: Parameters) -> str:
    return f"{column} BETWEEN {parameters.bind(kind, low)} AND {parameters.bind(kind, high)}"


def fitting(name: str, kind: Kind, value: object) -> Scalar:
    """The value as its dimension's type wants it. Raises BadFilter."""
    if kind in _LARGEST:
        if type(value) is not int or not 0 <= value <= _LARGEST[kind]:
            raise BadFilter(f"{name}: {value!r} is not a whole number from 0 to {_LARGEST[kind]}")
        return value
    if not isinstance(value, str):
        raise BadFilter(f"{name}: {value!r} is not a text")
    if kind == "String":
        return value
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        raise BadFilter(f"{name}: {value!r} is not an address") from None
    return _as_kind(name, kind, address)


def _all_fitting(name: str, kind: Kind, values: Sequence[Scalar]) -> list[str] | list[int]:
    if len(values) > MOST_VALUES:
        raise BadFilter(f"{name}: {len(values)} values are too many. Ask for {MOST_VALUES} at most")
    # All of a list's values have the same type: that of the dimension.
    return [fitting(name, kind, value) for value in values]  # type: ignore[return-value]


def _ends(name: str, kind: Kind, prefix: str) -> tuple[str, str]:
    try:
        network = ipaddress.ip_network(prefix)
    except ValueError as error:
        raise BadFilter(f"{name}: {error}") from None
    return _as_kind(name, kind, network[0]), _as_kind(name, kind, network[-1])


def _as_kind(name: str, kind: Kind, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    if kind == "IPv6":
        # A column of both families keeps IPv4 as mapped addresses.
        return f"{_V4_IN_V6}{address}" if address.version == 4 else str(address)
    if address.version == 6:
        raise BadFilter(f"{name}: {address} is an IPv6 address; this dimension has IPv4 addresses only")
    return str(address)
