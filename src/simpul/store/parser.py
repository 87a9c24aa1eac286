"""From the text of a question to the text that is run: parsed by the engine, judged as a tree, written anew."""

from __future__ import annotations

import json
import re
import threading
from collections import OrderedDict
from typing import NamedTuple

from simpul.store.engine import Engine, EngineError, Limits
from simpul.store.logic.permitted import CATEGORIES, FORMATS, SINGLE_FUNCTIONS, Names, Refused, Tree, judge
from simpul.store.tables import DATABASE

# Tables of the engine itself that say nothing of this machine.
SYSTEM_TABLES = ("system.one", "system.numbers", "system.columns", "system.functions")
LONGEST_QUERY = 100_000
# Pages ask few questions, each very often.
REMEMBERED = 512
_PARSING = Limits(seconds=2.0, memory=200_000_000, rows=10, threads=1)
_TABLE = r"(?:(?P<database>\w+)\.)?(?P<table>\w+)"
_PLAIN = (
    (re.compile(rf"(?:DESCRIBE|DESC)\s+(?:TABLE\s+)?{_TABLE}", re.IGNORECASE), "DESCRIBE TABLE {}"),
    (re.compile(rf"SHOW\s+CREATE\s+(?:TABLE\s+)?{_TABLE}", re.IGNORECASE), "SHOW CREATE TABLE {}"),
    (re.compile(rf"EXISTS\s+(?:TABLE\s+)?{_TABLE}", re.IGNORECASE), "EXISTS TABLE {}"),
    (re.compile(rf"SHOW\s+TABLES(?:\s+FROM\s+{DATABASE})?", re.IGNORECASE), f"SHOW TABLES FROM {DATABASE}"),
)
_FORMAT = re.compile(r"(?P<text>.*?)(?:\s+FORMAT\s+(?P<format>\w+))?[\s;]*", re.IGNORECASE | re.DOTALL)


class Question(NamedTuple):
    """What is run, and the format that its text asks for ("" for none)."""

    sql: str
    form: str


class Parser:
    """Knows which names may be used; any thread may ask."""

    def __init__(self, engine: Engine, tables: tuple[str, ...]) -> None:
        self.engine = engine
        self.tables = frozenset(tables)
        self._known: OrderedDict[str, Question] = OrderedDict()
        self._lock = threading.Lock()
        self._names: Names | None = None

    def question(self, text: str) -> Question:
        """Raises Refused, or EngineError where the text is no SQL."""
        with self._lock:
            found = self._known.get(text)
            if found is not None:
                self._known.move_to_end(text)
                return found
        made = self._plain(text) or self._judged(text)
        with self._lock:
            self._known[text] = made
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return made

    def names(self) -> Names:
        """Asked of the engine once, when it is open."""
        if self._names is None:
            self._names = _names(self.engine, self.tables)
        return self._names

    def _plain(self, text: str) -> Question | None:
        """Statements that the engine does not write as a tree; they hold nothing but a name."""
        parts = _FORMAT.fullmatch(text.strip())
        if parts is None:
            return None
        for pattern, made in _PLAIN:
            found = pattern.fullmatch(parts["text"])
            if found is None:
                continue
            form = parts["format"] or ""
            if form and form not in FORMATS:
                raise Refused(f"format {form} is not offered")
            return Question(made.format(self._own(found) if found.groupdict() else ""), form)
        return None

    def _own(self, found: re.Match[str]) -> str:
        name = found["table"]
        if found["database"] not in (None, DATABASE) or name not in self.tables:
            raise Refused(f"there is no table {found.group().split()[-1]} here")
        return f"{DATABASE}.{name}"

    def _judged(self, text: str) -> Question:
        if len(text) > LONGEST_QUERY:
            raise Refused(f"a question may have {LONGEST_QUERY} characters")
        tree, form = judge(self._tree(text), self.names())
        return Question(self._text(tree), form)

    def _tree(self, text: str) -> Tree:
        try:
            answer = self._ask("SELECT parseQueryToJSON({q:String})", text)
            tree = json.loads(answer)
        except RecursionError:
            raise Refused("the question is nested too deeply") from None
        except EngineError as error:
            told = str(error)
            # A statement that has no such tree is none that may be asked.
            if "supported by parseQueryToJSON" in told:
                raise Refused("only SELECT, SHOW TABLES, DESCRIBE, EXISTS and EXPLAIN may be asked here") from None
            raise error.within(told.partition(": In scope SELECT parseQueryToJSON")[0]) from None
        if not isinstance(tree, dict):
            raise Refused("only SELECT may be asked here")
        return tree

    def _text(self, tree: Tree) -> str:
        try:
            return self._ask("SELECT formatQueryFromJSON({q:String})", json.dumps(tree, ensure_ascii=False))
        except RecursionError:
            raise Refused("the question is nested too deeply") from None

    def _ask(self, sql: str, text: str) -> str:
        answer = self.engine.read(sql, "JSONCompact", {"q": escaped(text)}, _PARSING)
        return str(json.loads(answer)["data"][0][0])


_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0", "\b": "\\b", "\f": "\\f"})


def escaped(text: str) -> str:
    """A text as ClickHouse reads a parameter of the type String."""
    return text.translate(_ESCAPES)


def _names(engine: Engine, tables: frozenset[str]) -> Names:
    rows = engine.rows("SELECT name, alias_to, categories, is_aggregate FROM system.functions")
    single = {name.casefold() for name in SINGLE_FUNCTIONS}
    targets = {name.casefold() for name, _, category, _ in rows if category in CATEGORIES or name.casefold() in single}
    # Aggregates of any category only compute.
    targets |= {name.casefold() for name, _, _, is_aggregate in rows if is_aggregate}
    allowed = targets | {name.casefold() for name, alias, *_ in rows if alias and alias.casefold() in targets} | single
    every = {name.casefold() for name, *_ in rows}
    return Names(
        tables | {f"{DATABASE}.{name}" for name in tables} | frozenset(SYSTEM_TABLES),
        frozenset(allowed),
        frozenset(every - allowed),
    )
