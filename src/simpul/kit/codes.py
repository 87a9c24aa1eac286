"""What identifies a row: the code that stands in addresses, and the number that real life gave it. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from simpul.kit.names import is_name

# What pages write where a code may stand: /sites/new/. A test compares it with all addresses.
RESERVED = frozenset({"new"})
# ASCII only: two codes that look alike on the screen are never two rows.
_CODE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


def is_code(text: str) -> bool:
    """Whether it may be a code: letters, digits and `. _ -`, no dot in front, no reserved word in any case."""
    return _CODE.fullmatch(text) is not None and text.casefold() not in RESERVED


def is_number(text: str) -> bool:
    """Whether it may be a number of real life, as `027/118/SPK/2023`: one line of visible characters.

    It stands in paths of the API, where `.` and `..` between slashes would lead elsewhere.
    """
    return is_name(text) and not {".", ".."} & set(text.split("/"))


def in_address(code: str) -> str:
    """A code as one part of an address's path, before the usual quoting; `from_address` is the inverse.

    A good code stands as it is. One from before the rule (`OPD/28`, `..`, `new`) is quoted, so that its page opens.
    """
    if is_code(code):
        return code
    quoted = quote(code, safe="")
    # A browser takes dots for steps, and a reserved word leads to another page: quote the first character too.
    return quoted if quoted.startswith("%") else f"%{ord(quoted[0]):02X}{quoted[1:]}" if quoted else quoted


def from_address(part: str) -> str:
    """The code that a part of a path names."""
    return unquote(part)
