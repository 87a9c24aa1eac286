"""The page about the register names every column that files may have."""

from __future__ import annotations

from pathlib import Path

import pytest

from simpul.register.logic.sheets import SHEETS, WRITTEN

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize(("page", "language"), [("20-register.md", "en"), ("20-register.id.md", "id")])
def test_the_page_names_every_column_with_all_its_headings(page: str, language: str) -> None:
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| `")]
    for sheet in SHEETS.values():
        for column in sheet.columns:
            found = [row for row in rows if row.startswith(f"| `{column.heading(language)}` |")]
            named = [row for row in found if all(f"`{heading}`" in row for heading in column.spelt[1:])]
            assert named, f"{page}: {sheet.kind} {column.name}"
            assert any(("| x |" in row) == column.needed for row in named), f"{page}: {sheet.kind} {column.name}"


def test_the_page_names_every_kind_that_can_be_written() -> None:
    for page in ("20-register.md", "20-register.id.md"):
        text = (DOCS / page).read_text(encoding="utf-8")
        assert [kind for kind in WRITTEN if kind not in text] == []
