"""One cell of a table, as a file gives it, to the value it means. Pure; every refusal is a Fault.

A cell is what a reader hands over: text from CSV; text, number, truth or date from a spreadsheet or GeoJSON. Values
come out in the plain form in which rows are compared and kept: text, whole number, float, truth, `2023-01-16`,
or a decimal number as text with its fixed count of places.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from simpul.kit.codes import is_code, is_number
from simpul.kit.days import FIRST_DAY, LAST_DAY, in_bounds
from simpul.kit.names import is_name, visible
from simpul.kit.rates import parse_rate
from simpul.register.logic.faults import Fault

Cell = str | int | float | bool | date | datetime | None
Value = str | int | float | bool | None


class NoResult(str):
    """A formula that a spreadsheet has not computed (`=`), or could not (`#REF!`)."""

    __slots__ = ()


MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan januari january",
            "feb februari february",
            "mar maret march",
            "apr april",
            "mei may",
            "jun juni june",
            "jul juli july",
            "agu agt ags agustus aug august",
            "sep sept september",
            "okt oktober oct october",
            "nov nop november",
            "des desember dec december",
        ),
        start=1,
    )
    for name in names.split()
}
# The largest whole number that a column holds has 19 digits.
MOST_DIGITS, MOST_BITS = 19, 63
# A text that begins so is taken for a formula by spreadsheets; the apostrophes are those of an earlier guard.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_DAY_FIRST = re.compile(r"(\d{1,2})[./\-\s](\d{1,2}|[a-z]+)[./\-\s](\d{4})", re.IGNORECASE)
_TRUE = {"ya", "y", "yes", "true", "1", "benar", "ada", "x", "✓"}
_FALSE = {"tidak", "t", "n", "no", "false", "0", "salah", "tidak ada", "-"}


def is_empty(cell: Cell) -> bool:
    """Whether nothing stands in the cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def check_number(cell: Cell) -> None:
    """Raise Fault for a number that no cell means: infinite, not a number, or a flood of digits."""
    if isinstance(cell, float) and not math.isfinite(cell):
        raise Fault("not_a_number", value=shown(cell))
    if isinstance(cell, int) and cell.bit_length() > MOST_BITS:
        raise Fault("too_large", value=shown(cell), digits=MOST_DIGITS)


def read_text(cell: Cell, longest: int) -> str:
    """Text of at most `longest` characters (0: any), without spaces around; numbers as they would be typed."""
    if isinstance(cell, datetime | date):
        text = cell.isoformat()[:10]
    elif isinstance(cell, float) and cell.is_integer():
        text = str(int(cell))
    else:
        text = str(cell).strip()
    if longest and len(text) > longest:
        raise Fault("too_long", value=shown(text), length=len(text), longest=longest)
    if any(ord(letter) < 32 and letter not in "\n\t\r" for letter in text):
        raise Fault("control_character", value=shown(text))
    return text.replace("\r\n", "\n")


def read_name(cell: Cell, longest: int) -> str:
    """One line that people read as a name: no character of it is hidden."""
    text = read_text(cell, longest)
    if not is_name(text):
        raise Fault("hidden_character", value=shown(text))
    return text


def read_code(cell: Cell, longest: int) -> str:
    """A code, as it may stand in addresses."""
    text = _identity(cell, longest)
    if not is_code(text):
        raise Fault("not_a_code", value=shown(text))
    return text


def read_number(cell: Cell, longest: int) -> str:
    """A number that real life gave, as `027/118/SPK/2023`."""
    text = _identity(cell, longest)
    if not is_number(text):
        raise Fault("not_an_own_number", value=shown(text))
    return text


def _identity(cell: Cell, longest: int) -> str:
    """Text that tells rows apart. A number with a fraction, or a date, is what a spreadsheet made of it: it is lost."""
    if isinstance(cell, datetime | date):
        raise Fault("code_became_date", value=cell.isoformat()[:10])
    if isinstance(cell, float) and not cell.is_integer():
        raise Fault("code_became_number", value=repr(cell))
    if isinstance(cell, int | float) and abs(cell) >= 10**15:
        raise Fault("code_became_number", value=repr(cell))
    text = read_text(cell, longest)
    if "\n" in text or "\t" in text:
        raise Fault("control_character", value=shown(text))
    return text


def read_whole(cell: Cell, low: int, high: int) -> int:
    """A whole number within the two ends."""
    if isinstance(cell, bool | date):
        raise Fault("not_whole", value=shown(cell))
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, str):
        written = re.fullmatch(r"([+-]?)0*(\d+)", cell.strip(), re.ASCII)
        if written is None:
            raise Fault("not_whole", value=shown(cell))
        # Python refuses to read thousands of digits; so many are outside of everything.
        cell = int(written[1] + written[2][: MOST_DIGITS + 1])
    if not isinstance(cell, int):
        raise Fault("not_whole", value=shown(cell))
    if not low <= cell <= high:
        raise Fault("outside", value=shown(cell), low=str(low), high=str(high))
    return cell


def read_decimal(cell: Cell, places: int, digits: int, *, money: bool = False) -> str:
    """A number of at least zero with at most `places` decimals and `digits` digits in all, as text with all places.

    `45.000.000,00`, `45,000,000.00`, `Rp 45.000.000` and `45000000` are one number. A single mark before exactly
    three digits may mean thousands or decimals: for money it means thousands, else it is a Fault.
    """
    if isinstance(cell, bool | date) or cell is None:
        raise Fault("not_a_number", value=shown(cell))
    written = repr(cell) if isinstance(cell, float) else str(cell)
    text = _plain_number(written, money=money) if isinstance(cell, str) else written
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise Fault("not_a_number", value=shown(cell)) from None
    if not number.is_finite():
        raise Fault("not_a_number", value=shown(cell))
    if number < 0:
        raise Fault("negative", value=shown(cell))
    if number.adjusted() >= digits - places:
        raise Fault("too_large", value=shown(cell), digits=digits - places)
    fixed = number.quantize(Decimal(1).scaleb(-places))
    # A spreadsheet's own arithmetic leaves dust like 0.30000000000000004 behind.
    if fixed != number and not (isinstance(cell, float) and abs(fixed - number) < Decimal("1e-9")):
        raise Fault("too_many_places", value=shown(cell), places=places)
    return f"{fixed:f}"


def read_date(cell: Cell) -> str:
    """A calendar day as `2023-01-16`, from that form, `16/01/2023`, `16-1-2023`, `16 Januari 2023` or a date cell."""
    day = _day(cell)
    if not in_bounds(day):
        raise Fault("outside", value=shown(cell), low=FIRST_DAY.isoformat(), high=LAST_DAY.isoformat())
    return day.isoformat()


def _day(cell: Cell) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = str(cell).strip()
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}(?:[T ]00:00(?::00)?)?", text):
            return date.fromisoformat(text[:10])
        match = _DAY_FIRST.fullmatch(" ".join(text.split()))
        if match is None:
            raise Fault("not_a_date", value=shown(cell))
        month = MONTHS.get(match[2].lower()) or (int(match[2]) if match[2].isdigit() else 0)
        return date(int(match[3]), month, int(match[1]))
    except ValueError:
        raise Fault("not_a_date", value=shown(cell)) from None


def read_truth(cell: Cell) -> bool:
    """Yes or no, in either language."""
    if isinstance(cell, bool):
        return cell
    text = read_text(cell, 0).lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise Fault("not_yes_or_no", value=shown(cell))


def read_rate(cell: Cell) -> int:
    """A rate in bit/s from `500 Mbps`, `1,5G`, or a number of bit/s."""
    if isinstance(cell, bool | date):
        raise Fault("not_a_rate", value=shown(cell))
    try:
        rate = parse_rate(int(cell) if isinstance(cell, float) and cell.is_integer() else str(cell))
    except ValueError:
        raise Fault("not_a_rate", value=shown(cell)) from None
    if not 0 < rate < 2**63:
        raise Fault("not_a_rate", value=shown(cell))
    return rate


def guarded(text: str) -> str:
    """A text as CSV may hold it: one apostrophe before what a spreadsheet would compute."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """The inverse of `guarded`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def shown(cell: Cell) -> str:
    """The cell as an error quotes it: one line, not endless, nothing hidden in it."""
    flood = isinstance(cell, int) and cell.bit_length() > MOST_BITS
    text = f"{Decimal(cell):.3e}" if flood else visible(" ".join(str(cell).split()))  # type: ignore[arg-type]
    return text if len(text) <= 60 else f"{text[:57]}..."


def _plain_number(text: str, *, money: bool) -> str:
    """Digits with at most one point, from a number with thousands marks of either language."""
    body = re.sub(r"^(?:rp\.?|idr)\s*|,-$|[\s\u00a0\u202f]", "", text.strip(), flags=re.IGNORECASE)
    if not re.fullmatch(r"[+-]?\d+(?:[.,]\d+)*", body):
        raise Fault("not_a_number", value=shown(text))
    marks = re.findall(r"[.,]", body)
    if not marks:
        return body
    groups = re.split(r"[.,]", body.lstrip("+-"))
    if len(set(marks)) == 2:
        decimal = marks[-1]
        thousands = "," if decimal == "." else "."
        if marks.count(decimal) > 1 or any(len(group) != 3 for group in groups[1:-1]):
            raise Fault("not_a_number", value=shown(text))
        return body.replace(thousands, "").replace(decimal, ".")
    if len(marks) > 1:
        if any(len(group) != 3 for group in groups[1:]):
            raise Fault("not_a_number", value=shown(text))
        return body.replace(marks[0], "")
    if len(groups[1]) == 3 and 0 < len(groups[0]) <= 3 and groups[0] != "0":
        if not money:
            raise Fault("unclear_number", value=shown(text))
        return body.replace(marks[0], "")
    return body.replace(",", ".")
