"""What may be asked at the reading door: the syntax tree of a query, as the engine parsed it, against lists of names.

Nothing is searched for that is dangerous; everything that is not known to be harmless is refused: kinds of nodes,
tables, table functions, functions. So a later engine that brings new ways to reach files or hosts opens nothing.
The door runs the text that is made from the judged tree, never the text that came in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Tree = dict[str, Any]

NODES = frozenset({
    "ArrayJoin", "Asterisk", "ColumnsExceptTransformer", "ColumnsListMatcher", "ColumnsRegexpMatcher",
    "ColumnsReplaceTransformer", "ColumnsReplaceTransformerReplacement", "ColumnsTransformerList", "ExpressionList",
    "Function", "Identifier", "InterpolateElement", "Literal", "OrderByElement", "QualifiedAsterisk",
    "QueryParameter", "SampleRatio", "SelectQuery", "SelectWithUnionQuery", "Subquery", "TableExpression",
    "TableIdentifier", "TableJoin", "TablesInSelectQuery", "TablesInSelectQueryElement", "WindowDefinition",
    "WindowListElement", "WithElement",
})  # fmt: skip
EXPLAINS = frozenset({"EXPLAIN", "EXPLAIN AST", "EXPLAIN SYNTAX", "EXPLAIN PIPELINE", "EXPLAIN ESTIMATE"})
EXPLAIN_SETTINGS = frozenset({"indexes", "actions", "header", "description", "json", "graph", "compact"})
TABLE_FUNCTIONS = frozenset({"numbers", "zeros", "generateseries", "generate_series", "values", "view"})
FORMATS = frozenset({
    "JSON", "JSONCompact", "JSONEachRow", "JSONCompactEachRow", "CSV", "CSVWithNames", "TSV", "TSVWithNames",
    "TSVWithNamesAndTypes", "TabSeparated", "TabSeparatedWithNames", "TabSeparatedWithNamesAndTypes", "Native", "Null",
})  # fmt: skip

# Categories of the engine's functions that only compute.
CATEGORIES = frozenset({
    "Aggregate Functions", "Arithmetic", "Arrays", "Bit", "Bitmap", "Comparison", "Conditional", "Dates and Times",
    "Distance", "Encoding", "Financial", "Hash", "IP Address", "JSON", "Logical", "Map", "Mathematical", "Null",
    "Rounding", "String", "String Replacement", "String Search", "String Splitting", "Time Series", "Time Window",
    "Tuple", "Type Conversion", "URL", "UUID",
})  # fmt: skip
# Harmless ones of the category "Other", and what the parser makes of CASE, lambdas and the like.
SINGLE_FUNCTIONS = frozenset({
    "bar", "byteSize", "caseWithExpression", "currentDatabase", "exists", "finalizeAggregation",
    "formatReadableDecimalSize", "formatReadableQuantity", "formatReadableSize", "formatReadableTimeDelta",
    "grouping", "identity", "ignore", "lambda", "materialize", "neighbor", "rowNumberInAllBlocks", "rowNumberInBlock",
    "runningAccumulate", "runningDifference", "throwIf", "toTypeName", "transform", "version",
})  # fmt: skip
# Suffixes that make one aggregate function into another (`sumIf`, `argMaxMerge`).
COMBINATORS = (
    "if", "array", "map", "merge", "state", "simplestate", "distinct", "ordefault", "ornull", "foreach", "resample",
    "argmin", "argmax",
)  # fmt: skip
WRITE_OUT = frozenset({"out_file", "compression", "compression_level"})
PLAIN_NAME = re.compile(r"[A-Za-z_]\w{0,99}")


class Refused(Exception):
    """The door does not answer this; the text says why."""


@dataclass(frozen=True, slots=True)
class Names:
    """What may be named. `tables` as they are written; functions in lower case, `refused` those that exist besides."""

    tables: frozenset[str]
    functions: frozenset[str]
    refused: frozenset[str]


def judge(tree: Tree, names: Names) -> tuple[Tree, str]:
    """The tree to run and the format it asks for ("" for none). Raises Refused.

    The tree is the given one without its FORMAT clause.
    """
    _refuse_unless(tree.get("type") in ("SelectWithUnionQuery", "ExplainQuery"), "only SELECT may be asked here")
    wanted = _format(tree)
    tree = {key: value for key, value in tree.items() if key != "format_ast"}
    root = _explained(tree) if tree["type"] == "ExplainQuery" else tree
    known = names.tables | frozenset(_temporary_names(root))
    for node in _nodes(root):
        _judge_node(node, names, known)
    return tree, wanted


def _format(tree: Tree) -> str:
    written = tree.get("format_ast")
    if written is None:
        return ""
    name = str(written.get("name", ""))
    _refuse_unless(name in FORMATS, f"format {name} is not offered")
    return name


def _explained(tree: Tree) -> Tree:
    kind = tree.get("kind")
    _refuse_unless(kind in EXPLAINS, f"{kind} may not be asked here")
    changes = tree.get("settings", {}).get("changes", [])
    for change in changes:
        _refuse_unless(change["name"] in EXPLAIN_SETTINGS, f"setting {change['name']} may not be changed")
    query = tree.get("query")
    if not isinstance(query, dict) or query.get("type") != "SelectWithUnionQuery" or WRITE_OUT & tree.keys():
        raise Refused("only a SELECT may be explained here")
    return query


def _nodes(value: Any) -> Iterator[Tree]:
    """Every node below and with `value`, without recursion: a query may be nested deeply."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, list):
            waiting += found
        elif isinstance(found, dict) and "field_type" not in found:
            waiting += found.values()
            if "type" in found:
                yield found


def _temporary_names(root: Tree) -> Iterator[str]:
    """What WITH defines. Plain names only, so that none can be taken for something else."""
    for node in _nodes(root):
        if node["type"] == "WithElement":
            name = str(node.get("name", ""))
            _refuse_unless(PLAIN_NAME.fullmatch(name) is not None, f"WITH: {name!r} is no plain name")
            yield name


def _judge_node(node: Tree, names: Names, known: frozenset[str]) -> None:
    kind = node["type"]
    _refuse_unless(kind in NODES, "SETTINGS may not be changed" if kind == "SetQuery" else f"{kind} is not allowed")
    _refuse_unless(not WRITE_OUT & node.keys(), "INTO OUTFILE is not allowed")
    if kind == "Function":
        _judge_function(node, names, known)
    elif kind == "TableExpression" and "table_function" in node:
        name = str(node["table_function"].get("name", "")).casefold()
        _refuse_unless(name in TABLE_FUNCTIONS, f"table function {name} is not allowed")
    elif kind == "TableIdentifier":
        _judge_table(str(node.get("name", "")), known)
    elif kind == "Identifier":
        _judge_identifier(node, names)
    elif kind == "QueryParameter":
        _refuse_unless(node.get("param_type") != "Identifier", "a parameter cannot be a name")


def _judge_function(node: Tree, names: Names, known: frozenset[str]) -> None:
    name = str(node.get("name", "")).casefold()
    _refuse_unless(_computes(name, names), f"function {node.get('name')} is not allowed")
    arguments = node.get("arguments", {}).get("children", [])
    # Behind IN stands a table, if it is a name.
    if re.fullmatch(r"(global)?(not)?(null)?in(ignoreset)?", name) and len(arguments) == 2:
        right = arguments[1]
        if right.get("type") == "Identifier":
            _judge_table(str(right.get("name", "")), known)


def _computes(name: str, names: Names) -> bool:
    # A table function stands where tables stand, and nowhere else is a name on its list.
    if name in names.functions or name in TABLE_FUNCTIONS:
        return True
    if name in names.refused:
        return False
    return any(name.endswith(suffix) and _computes(name.removesuffix(suffix), names) for suffix in COMBINATORS)


def _judge_table(name: str, known: frozenset[str]) -> None:
    _refuse_unless(name in known, f"there is no table {name} here")


def _judge_identifier(node: Tree, names: Names) -> None:
    _refuse_unless("children" not in node, "a parameter cannot be a name")
    # `arrayMap(file, [...])` calls a function by its bare name.
    name = str(node.get("name", ""))
    _refuse_unless(name.casefold() not in names.refused, f"{name} is the name of a function that is not allowed")


def _refuse_unless(allowed: bool, why: str) -> None:
    if not allowed:
        raise Refused(why)
