"""The column store's tables in ClickHouse's SQL, and what may be asked of them.

`samples` is what was measured; `samples_5m` and `samples_1h` are filled from it by materialized views, one row per
metric, ref and bucket. All three forget a segment's name only after `WINDOW` inserts: a segment inserted twice counts
once, in the roll-ups too (they need windows of their own).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simpul.store.logic.dataset import (
    Aggregate,
    Dataset,
    Level,
    count_rows,
    latest_of,
    latest_of_pairs,
    max_of,
    mean_of,
    min_of,
    quantile_of,
    ratio_of,
    sum_of,
)

DATABASE = "simpul"
WINDOW = 10_000
# Durable before a segment's file is removed; parts are dropped whole, so nothing is rewritten for age.
_SETTINGS = (
    f"ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1, non_replicated_deduplication_window = {WINDOW}, "
    "fsync_after_insert = 1, fsync_part_directory = 1"
)


@dataclass(frozen=True, slots=True)
class Retention:
    """For how many days each resolution is kept."""

    raw: int = 30
    five_minutes: int = 180
    hours: int = 1830


@dataclass(frozen=True, slots=True)
class Table:
    """One table; `view` (a SELECT) fills it from another one. `moment` is the column that ages."""

    name: str
    columns: str
    engine: str
    partition: str
    order: str
    days: int
    row_bytes: float
    view: str = ""
    moment: str = "at"

    @property
    def ttl(self) -> str:
        """When a row may go."""
        return f"{self.moment} + toIntervalDay({self.days})"

    def retention(self) -> str:
        """What brings the age of the table and of all that is in it up to date; only parts' heads are written anew."""
        settings = "materialize_ttl_after_modify = 1, mutations_sync = 0"
        return f"ALTER TABLE {DATABASE}.{self.name} MODIFY TTL {self.ttl} SETTINGS {settings}"

    def statements(self) -> list[str]:
        """What makes it where it is missing."""
        name = f"{DATABASE}.{self.name}"
        made = [
            (
                f"CREATE TABLE IF NOT EXISTS {name} ({self.columns}) ENGINE = {self.engine} "
                f"PARTITION BY {self.partition} ORDER BY {self.order} TTL {self.ttl} SETTINGS {_SETTINGS}"
            ),
        ]
        if self.view:
            made.append(f"CREATE MATERIALIZED VIEW IF NOT EXISTS {DATABASE}.to_{self.name} TO {name} AS {self.view}")
        return made


_KEY = "metric LowCardinality(String), ref LowCardinality(String), at DateTime('UTC') CODEC(Delta, ZSTD(1))"
_ROLLED_UP = (
    f"{_KEY}, "
    "low SimpleAggregateFunction(min, Float64) CODEC(ZSTD(1)), "
    "high SimpleAggregateFunction(max, Float64) CODEC(ZSTD(1)), "
    "total SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)), "
    "count SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)), "
    # The greatest pair is the one of the latest moment.
    "last SimpleAggregateFunction(max, Tuple(at DateTime('UTC'), value Float64)) CODEC(ZSTD(1))"
)


_ROLLING_UP = (
    "SELECT metric, ref, BUCKET(samples.at) AS at, min(value) AS low, max(value) AS high, sum(value) AS total, "
    "count() AS count, max((samples.at, value)) AS last FROM simpul.samples GROUP BY metric, ref, at"
)


def _roll_up(name: str, bucket: str, partition: str, days: int) -> Table:
    view = _ROLLING_UP.replace("BUCKET", bucket)
    order = "(metric, ref, at)"
    return Table(name, _ROLLED_UP, "AggregatingMergeTree", partition, order, days, row_bytes=20.0, view=view)


def sample_tables(keep: Retention) -> tuple[Table, ...]:
    """Measurements and their roll-ups."""
    value = "value Float64 CODEC(ZSTD(1))"
    return (
        Table("samples", f"{_KEY}, {value}", "MergeTree", "toDate(at)", "(metric, ref, at)", keep.raw, row_bytes=4.0),
        _roll_up("samples_5m", "toStartOfFiveMinutes", "toMonday(at)", keep.five_minutes),
        _roll_up("samples_1h", "toStartOfHour", "toYYYYMM(at)", keep.hours),
    )


# A median needs every value, so that only the table of samples has one.
_OF_SAMPLES: dict[str, Aggregate] = {
    "low": min_of("value"),
    "high": max_of("value"),
    "mean": mean_of("value"),
    "last": latest_of("value", "at"),
    "total": sum_of("value"),
    "count": count_rows(),
    "median": quantile_of(0.5, "value"),
}
_OF_ROLL_UPS: dict[str, Aggregate] = {
    "low": min_of("low"),
    "high": max_of("high"),
    "mean": ratio_of(sum_of("total"), sum_of("count")),
    "last": latest_of_pairs("last"),
    "total": sum_of("total"),
    "count": sum_of("count"),
}
SAMPLES = Dataset(
    "samples",
    {"metric": "String", "ref": "String"},
    (
        Level("samples", 1, _OF_SAMPLES),
        Level("samples_5m", 300, _OF_ROLL_UPS),
        Level("samples_1h", 3600, _OF_ROLL_UPS),
    ),
    database=DATABASE,
)
# A room above adds its own.
DATASETS = {SAMPLES.name: SAMPLES}


def statements(tables: Sequence[Table]) -> list[str]:
    """All tables, in order: what a view reads from is made before it."""
    return [f"CREATE DATABASE IF NOT EXISTS {DATABASE}", *(line for table in tables for line in table.statements())]
