"""The query builder: declared names and bound values only; its answers agree with plain arithmetic over the rows."""

from __future__ import annotations

import ipaddress
import re
from collections import defaultdict
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simpul.store.logic.dataset import (
    Dataset,
    Level,
    UnknownName,
    count_rows,
    max_of,
    quantile_of,
    ratio_of,
    sum_of,
    uniq_of,
)
from simpul.store.logic.filters import AnyOf, BadFilter, Between, Equal, Filter, Not, OneOf, Prefix
from simpul.store.logic.query import BadQuery, Order, Query, Statement, Top, build
from simpul.store.samples import Samples
from simpul.store.spool import Spool
from simpul.store.tables import DATASETS, SAMPLES
from store.running import CAP, RunningStore

START = 1_793_491_200
HOUR = 3600
# As a flow store would declare itself: addresses, ports, two resolutions, the coarse one without ports.
FLOWS = Dataset(
    "flows",
    {"src": "IPv6", "exporter": "IPv4", "port": "UInt16", "site": "String"},
    (
        Level("flows", 1, {"bytes": sum_of("bytes"), "flows": count_rows(), "sources": uniq_of("src")}),
        Level("flows_5m", 300, {"bytes": sum_of("bytes"), "flows": sum_of("flows")}, lacks=frozenset({"port"})),
    ),
)
FLOWS_ONLY = {"flows": FLOWS}
Rows = dict[tuple[str, str, int], float]


def asked(**changed: object) -> Query:
    """A query of flows."""
    usual: dict[str, object] = {"dataset": "flows", "measures": ("bytes",), "start": START, "end": START + HOUR}
    return Query(**(usual | changed))  # type: ignore[arg-type]


def built(**changed: object) -> Statement:
    """The SQL of such a query."""
    return build(asked(**changed), FLOWS_ONLY)


@pytest.mark.parametrize(
    ("changed", "named", "allowed"),
    [
        ({"dataset": "users"}, "users", "flows"),
        ({"measures": ("packets",)}, "packets", "bytes, flows, sources"),
        ({"by": ("password",)}, "password", "exporter, port, site, src"),
        ({"where": (Equal("site; DROP TABLE flows", "x"),)}, "DROP TABLE", "exporter, port, site, src"),
        ({"where": (Not(AnyOf([Equal("secret", "x")])),)}, "secret", "exporter, port, site, src"),
        ({"order": (Order("site"),)}, "site", "bytes"),
        ({"by": ("site",), "top": Top(3, "site")}, "site", "bytes, flows, sources"),
    ],
)
def test_an_unknown_name_is_refused_and_those_that_exist_are_listed(
    changed: dict[str, object], named: str, allowed: str
) -> None:
    with pytest.raises(UnknownName) as refused:
        built(**changed)
    assert named in str(refused.value)
    assert f"Choose one of: {allowed}" in str(refused.value)


@pytest.mark.parametrize(
    "wrong",
    [
        Equal("port", "80"),
        Equal("port", 65_536),
        Equal("port", -1),
        Equal("port", value=True),
        Equal("src", "10.0.0.999"),
        Equal("exporter", "2001:db8::1"),
        Equal("site", 5),
        OneOf("site", ["a", 5]),
        Between("port", 1, 70_000),
        Prefix("port", "8"),
        Prefix("src", "10.0.0.1/8"),
        Prefix("exporter", "2001:db8::/32"),
        OneOf("port", [1] * 20_001),
    ],
)
def test_a_value_that_does_not_fit_its_dimension_is_refused(wrong: Filter) -> None:
    with pytest.raises(BadFilter, match=r"^(port|src|exporter|site): "):
        built(where=(wrong,))


def test_filters_nested_without_end_are_refused() -> None:
    deep: Filter = Equal("site", "a")
    for _ in range(50):
        deep = Not(deep)
    with pytest.raises(BadFilter, match="nested"):
        built(where=(deep,))


@pytest.mark.parametrize(
    "changed",
    [
        {"measures": ()},
        {"measures": ("bytes", "bytes")},
        {"by": ("site", "site")},
        {"start": START + HOUR, "end": START},
        {"step": -1},
        {"limit": -1},
        {"top": Top(3, "bytes")},
        {"by": ("site",), "top": Top(0, "bytes")},
    ],
)
def test_a_query_without_sense_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(BadQuery):
        built(**changed)


@given(value=st.text(max_size=40))
def test_no_value_ever_gets_into_the_text_of_a_query(value: str) -> None:
    filters = (Equal("site", value), Not(OneOf("site", [value])), Prefix("site", value), Between("site", value, value))
    other = built(where=(Equal("site", "x"), Not(OneOf("site", [])), Prefix("site", ""), Between("site", "a", "b")))
    found = built(where=filters)
    assert found.sql == other.sql
    assert list(found.params.values()).count(value) == 4


def test_addresses_are_ranges_of_their_family() -> None:
    inside = built(where=(Prefix("src", "10.4.0.0/16"), Prefix("src", "2001:db8::/32"), Equal("exporter", "192.0.2.1")))
    assert "t.src BETWEEN {p2:IPv6} AND {p3:IPv6}" in inside.sql
    assert [inside.params[f"p{number}"] for number in range(2, 7)] == [
        "::ffff:10.4.0.0",
        "::ffff:10.4.255.255",
        "2001:db8::",
        str(ipaddress.ip_network("2001:db8::/32")[-1]),
        "192.0.2.1",
    ]


@pytest.mark.parametrize(
    ("changed", "table"),
    [
        ({}, "flows_5m"),
        ({"step": 300}, "flows_5m"),
        ({"step": 60}, "flows"),
        ({"end": START + 1}, "flows"),
        ({"by": ("port",)}, "flows"),
        ({"where": (Not(AnyOf([Equal("port", 80)])),)}, "flows"),
        ({"measures": ("bytes", "sources")}, "flows"),
        ({"by": ("site",), "top": Top(3, "sources")}, "flows"),
    ],
)
def test_the_coarsest_table_that_answers_exactly_is_read(changed: dict[str, object], table: str) -> None:
    assert built(**changed).table == table


def test_what_no_table_answers_exactly_is_refused() -> None:
    only = Dataset("coarse", {"site": "String"}, (Level("coarse", 300, {"bytes": sum_of("bytes")}),))
    with pytest.raises(BadQuery, match="multiple of 300 s"):
        build(asked(dataset="coarse", step=60), {"coarse": only})


def test_a_declaration_takes_plain_names_only() -> None:
    for wrong in ("a b", "a;b", "A", "1a", ""):
        with pytest.raises(ValueError, match="plain name"):
            sum_of(wrong)
        with pytest.raises(ValueError, match="plain name"):
            Dataset("x", {wrong: "String"}, ())
    for taken in ("slot", "other"):
        with pytest.raises(ValueError, match="taken"):
            Dataset("x", {taken: "String"}, ())
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile_of(1.5, "value")
    assert ratio_of(sum_of("a"), max_of("b")).sql == "sum(t.a) / max(t.b)"


# ---------------------------------------------------------------- against the engine


@pytest.fixture(scope="module")
def rows(store: RunningStore) -> Rows:
    """Six refs of two metrics over two hours, a sample each minute; the value tells its ref and moment."""
    found: Rows = {}
    samples = Samples(Spool(store.spool_folder, "builder", CAP))
    for metric in ("b.down", "b.up"):
        for number in range(6):
            moments = list(range(START, START + 2 * HOUR, 60))
            values = [float(number * 1000 + (at - START) // 60 + (metric == "b.up")) for at in moments]
            samples.add_many(metric, f"B-{number}", moments, values)
            found |= {(metric, f"B-{number}", at): value for at, value in zip(moments, values, strict=True)}
    samples.flush()
    store.drained()
    return found


def of_samples(store: RunningStore, **changed: object) -> list[list[object]]:
    """The rows of an answer about the samples above."""
    usual: dict[str, object] = {"dataset": "samples", "start": START, "end": START + 2 * HOUR, "measures": ("total",)}
    statement = build(Query(**(usual | changed)), DATASETS)  # type: ignore[arg-type]
    answer = store.client.ask(statement.sql, statement.params)
    assert answer.columns == statement.columns
    return answer.rows


FILTERS: list[tuple[Filter, Callable[[str], bool]]] = [
    (Equal("ref", "B-1"), lambda ref: ref == "B-1"),
    (OneOf("ref", ["B-1", "B-3", "none"]), lambda ref: ref in ("B-1", "B-3")),
    (OneOf("ref", []), lambda _: False),
    (Between("ref", "B-1", "B-3"), lambda ref: "B-1" <= ref <= "B-3"),
    (Prefix("ref", "B-"), lambda _: True),
    (Prefix("ref", "B-5"), lambda ref: ref == "B-5"),
    (AnyOf([]), lambda _: False),
]


@settings(max_examples=25, deadline=None)
@given(
    picked=st.lists(st.tuples(st.sampled_from(FILTERS), st.booleans()), min_size=1, max_size=3),
    any_of=st.booleans(),
    step=st.sampled_from([60, 300, 900, HOUR]),
)
def test_filters_groups_and_slots_agree_with_arithmetic(
    store: RunningStore,
    rows: Rows,
    picked: list[tuple[tuple[Filter, Callable[[str], bool]], bool]],
    any_of: bool,
    step: int,
) -> None:
    filters = [Not(wanted) if turned else wanted for (wanted, _), turned in picked]
    where: tuple[Filter, ...] = (Equal("metric", "b.down"), *((AnyOf(filters),) if any_of else filters))
    found = of_samples(store, by=("ref",), step=step, where=where, measures=("total", "count", "high", "low", "mean"))
    expected: dict[tuple[str, int], list[float]] = defaultdict(list)
    for (metric, ref, at), value in rows.items():
        truths = [matches(ref) != turned for (_, matches), turned in picked]
        if metric == "b.down" and (any(truths) if any_of else all(truths)):
            expected[ref, at // step].append(value)
    assert {(ref, slot): rest for ref, slot, *rest in found} == {
        key: [sum(values), len(values), max(values), min(values), pytest.approx(sum(values) / len(values))]
        for key, values in expected.items()
    }


@pytest.mark.parametrize("count", [1, 2, 6, 9])
@pytest.mark.parametrize("step", [0, HOUR])
def test_the_greatest_are_kept_and_all_others_are_summed_up(
    store: RunningStore, rows: Rows, count: int, step: int
) -> None:
    where = (Equal("metric", "b.down"),)
    found = of_samples(store, by=("ref",), step=step, where=where, top=Top(count, "total"))
    kept = [f"B-{number}" for number in range(5, 5 - count, -1) if number >= 0]
    expected: dict[tuple[object, ...], float] = defaultdict(float)
    for (metric, ref, at), value in rows.items():
        if metric == "b.down":
            slot = (at // step,) if step else ()
            expected[(ref if ref in kept else "", *slot, int(ref not in kept))] += value
    assert {tuple(row[:-1]): row[-1] for row in found} == expected
    alone = of_samples(store, by=("ref",), where=where, top=Top(count, "total", others=False))
    assert sorted(str(ref) for ref, _ in alone) == sorted(kept)


def test_two_dimensions_may_rank_together(store: RunningStore, rows: Rows) -> None:
    where = (Prefix("ref", "B-"), Prefix("metric", "b."))
    order = (Order("other"), Order("total", descending=True))
    found = of_samples(store, by=("metric", "ref"), where=where, top=Top(2, "total"), order=order)
    assert [row[:3] for row in found] == [["b.up", "B-5", 0], ["b.down", "B-5", 0], ["", "", 1]]
    assert sum(float(str(row[-1])) for row in found) == sum(rows.values())


def test_order_and_limit(store: RunningStore, rows: Rows) -> None:
    where = (Equal("metric", "b.down"),)
    order = (Order("high", descending=True),)
    found = of_samples(store, by=("ref",), where=where, measures=("high",), order=order, limit=2)
    assert [ref for ref, _ in found] == ["B-5", "B-4"]


def test_a_step_widens_the_period_to_whole_slots(store: RunningStore, rows: Rows) -> None:
    where = (Equal("metric", "b.down"), Equal("ref", "B-0"))
    found = of_samples(store, where=where, step=300, start=START + 299, end=START + 301, measures=("count",))
    assert sorted(found) == [[START // 300, 5], [START // 300 + 1, 5]]


def test_every_declared_measure_and_dimension_is_one_of_the_engine(store: RunningStore, rows: Rows) -> None:
    for level in SAMPLES.levels:
        measures = tuple(level.measures)
        statement = build(
            Query(
                dataset="samples",
                measures=measures,
                by=tuple(SAMPLES.dimensions),
                step=level.seconds,
                start=START,
                end=START + HOUR,
                where=(Equal("metric", "b.down"), Equal("ref", "B-0")),
            ),
            DATASETS,
        )
        assert statement.table == level.table
        assert store.client.ask(statement.sql, statement.params).rows


def test_a_query_of_addresses_and_ports_is_understood_by_the_engine(store: RunningStore) -> None:
    """No table of flows yet: the same SQL over a made one."""
    where = (
        AnyOf([Prefix("src", "10.4.0.0/16"), Prefix("src", "2001:db8::/32")]),
        Not(OneOf("port", [53, 80])),
        Between("port", 1, 1024),
        Equal("exporter", "192.0.2.1"),
        OneOf("src", ["10.4.0.1", "2001:db8::1", "10.4.0.2"]),
    )
    made = (
        "(SELECT arrayJoin([toIPv6({a:String}), toIPv6({b:String}), toIPv6({c:String})]) AS src, "
        "toIPv4({d:String}) AS exporter, toUInt16(443) AS port, {e:String} AS site, toDateTime({f:UInt32}) AS at, "
        "10 AS bytes)"
    )
    statement = build(asked(by=("src", "port"), where=where, step=60, top=Top(1, "bytes"), limit=5), FLOWS_ONLY)
    sql = statement.sql.replace("simpul.flows AS t", f"{made} AS t")
    given: dict[str, str | int] = {
        "a": "::ffff:10.4.0.1",
        "b": "2001:db8::1",
        "c": "::ffff:10.5.0.1",
        "d": "192.0.2.1",
        "e": "x",
        "f": START,
    }
    found = store.client.ask(sql, {**statement.params, **given}).rows
    # Both have as many bytes: the smaller address is the greatest; the third lies in neither prefix.
    assert sorted(tuple(row) for row in found) == [
        ("::", 0, START // 60, 1, 10),
        ("::ffff:10.4.0.1", 443, START // 60, 0, 10),
    ]
    assert not re.search(r"'|\"", statement.sql)
