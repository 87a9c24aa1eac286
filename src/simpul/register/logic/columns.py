"""The columns of every table that can be read from a file and written to one, with their names in both languages.

Pure data and the matching of headings. The first heading of each language is the one that exports write; headings
are compared without case, spaces, punctuation and units in brackets. What a cell may hold is said here once; a
test compares it with the tables.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Holds(StrEnum):
    """What the cells of a column are; a number is one of real life, as a contract's."""

    CODE = "code"
    NUMBER = "number"
    NAME = "name"
    TEXT = "text"
    CHOICE = "choice"
    WHOLE = "whole"
    DECIMAL = "decimal"
    MONEY = "money"
    DATE = "date"
    TRUTH = "truth"
    RATE = "rate"
    LATITUDE = "latitude"
    LONGITUDE = "longitude"
    POINT = "point"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Column:
    """`part` and `attribute` say where the value goes: the table's part and its column there.

    `headings` are the ways people write it: English ones, a bar, Indonesian ones, the usual one of each first.
    `needed`: a new row must have it. `clears`: an empty cell empties it; else an empty cell leaves it as it is.
    `derived`: written by exports and ignored when read, for it follows from other columns. `choices` maps each
    spelling to the value; `to` names what a reference points to.
    """

    name: str
    holds: Holds
    part: str
    headings: str
    attribute: str = ""
    needed: bool = False
    clears: bool = False
    derived: bool = False
    longest: int = 0
    low: int = 0
    high: int = 0
    places: int = 0
    digits: int = 0
    choices: Mapping[str, str] = field(default_factory=dict)
    to: str = ""

    @property
    def stored(self) -> str:
        """The name of the table's column."""
        return self.attribute or self.name

    def heading(self, language: str) -> str:
        """What exports write above the column."""
        return self.spoken(language)[0]

    def spoken(self, language: str) -> list[str]:
        """All headings in one language ("id" or "en")."""
        english, _, indonesian = self.headings.partition("|")
        return [heading.strip() for heading in (indonesian if language == "id" else english).split(",")]

    @property
    def spelt(self) -> list[str]:
        """Every heading that means this column, and its name."""
        return [self.name, *self.spoken("id"), *self.spoken("en")]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One kind of table. `key` names the columns that together tell rows apart; `parts` are its tables in order."""

    kind: str
    key: tuple[str, ...]
    parts: tuple[str, ...]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)

    def of_part(self, part: str) -> list[Column]:
        """The columns that are stored in one part."""
        return [column for column in self.columns if column.part == part and column.holds is not Holds.POINT]


def spellings(**choices: str) -> dict[str, str]:
    """`opd="opd, kantor opd"` -> each spelling, and the value itself, to the value."""
    return {plain(spelling): value for value, spelt in choices.items() for spelling in (value, *spelt.split(","))}


def plain(heading: str) -> str:
    """A heading or choice as it is compared: `Harga Satuan (Rp)` -> `harga satuan`."""
    text = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode().casefold()
    text = re.sub(r"\([^)]*\)", " ", text)
    return " ".join(re.findall(r"[a-z0-9]+", text))


@dataclass(frozen=True, slots=True)
class Match:
    """How the headings of a table were understood: per position the column's name, or None for one not used."""

    columns: tuple[str | None, ...]
    missing_key: tuple[str, ...]
    twice: tuple[str, ...]

    @property
    def known(self) -> int:
        """How many headings were understood."""
        return sum(name is not None for name in self.columns)


def match_headings(sheet: Sheet, headings: Sequence[str]) -> Match:
    """Find each heading's column."""
    spelt = {plain(alias): column.name for column in sheet.columns for alias in column.spelt}
    columns = tuple(spelt.get(plain(heading)) for heading in headings)
    found = [name for name in columns if name]
    return Match(
        columns=columns,
        missing_key=tuple(name for name in sheet.key if name not in found),
        twice=tuple(sorted({name for name in found if found.count(name) > 1})),
    )


def close_heading(sheet: Sheet, heading: str, there: Collection[str] = ()) -> str:
    """The known heading that was probably meant, or empty. Columns that are `there` already are not meant."""
    known = [alias for column in sheet.columns if column.name not in there for alias in column.spelt]
    near = difflib.get_close_matches(plain(heading), known, n=1, cutoff=0.8)
    return near[0] if near else ""
