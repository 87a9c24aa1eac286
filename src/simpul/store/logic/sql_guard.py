"""What the query server refuses before a query runs, because the embedded engine would not.

Reading only and the limits of a query are the engine's work. In read-only mode chDB still writes files by INTO OUTFILE,
reads them by the function `file`, opens them by the table function `sqlite` before it looks at the mode, accepts
SETTINGS in a subquery, and runs KILL and GRANT (tests/store/test_engine_limits.py). The program's own queries come from
the query builder and need none of these: they are one SELECT over tables, and their texts are parameters.
"""

from __future__ import annotations

import re

# Without quotes there is neither a literal nor a quoted name, without comments nothing hides between two words.
_SELECT = re.compile(r"\s*(SELECT|WITH)\b[^'\"`;$#\\\u2018\u2019\u201c\u201d]*", re.IGNORECASE)
_COMMENT = re.compile(r"--|/\*|//")
_WORDS = re.compile(r"\b(file|outfile|settings)\b", re.IGNORECASE)
_CALLED = re.compile(r"(\w+)\s*\(")
# Reaches nothing.
_HARMLESS = frozenset({"numbers"})


def refusal(sql: str, table_functions: frozenset[str]) -> str:
    """Why this is not run; empty when it may be. `table_functions` are the engine's, in lower case."""
    if not _SELECT.fullmatch(sql) or _COMMENT.search(sql):
        return "only one SELECT without comments is answered here, with every text as a parameter {name:Type}"
    if found := _WORDS.search(sql):
        return f"{found.group()} may not be used here"
    called = (name for name in _CALLED.findall(sql) if name.lower() in table_functions - _HARMLESS)
    return next((f"table function {name} may not be used here" for name in called), "")
