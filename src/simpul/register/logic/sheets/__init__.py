"""The tables that can be read from files, and those that can be written to files, by kind."""

from simpul.register.logic.columns import Sheet
from simpul.register.logic.sheets.areas import AREAS
from simpul.register.logic.sheets.contracts import CONTRACTS
from simpul.register.logic.sheets.elements import ELEMENTS
from simpul.register.logic.sheets.sites import SITES

SHEETS: dict[str, Sheet] = {sheet.kind: sheet for sheet in (SITES, CONTRACTS, AREAS)}
WRITTEN: dict[str, Sheet] = SHEETS | {sheet.kind: sheet for sheet in ELEMENTS}

__all__ = ["AREAS", "CONTRACTS", "SHEETS", "SITES", "WRITTEN"]
