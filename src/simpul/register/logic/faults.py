"""What is wrong with one cell or row, as data: words are made of it where it is shown. Pure."""

from __future__ import annotations

from typing import Any


class Fault(Exception):
    """`code` names the rule (`register.text` has a sentence for each), `params` what the sentence needs.

    `column` is the field's name in `logic.columns`; empty until the caller knows it, or when it concerns the row.
    """

    def __init__(self, code: str, *, column: str = "", **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.column = column
        self.params = params

    def at(self, column: str) -> Fault:
        """The same fault with its column, unless it knows one already."""
        self.column = self.column or column
        return self

    def as_json(self) -> dict[str, Any]:
        """As kept with an import's row."""
        return {"code": self.code, "column": self.column, "params": dict(self.params)}

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Fault:
        """The inverse."""
        return cls(plain["code"], column=plain["column"], **plain["params"])
