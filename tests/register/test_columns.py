"""The columns of files: their names in both languages, and that they agree with the tables."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.utils.translation import override

from simpul.register.imports.standing import PARTS
from simpul.register.logic.columns import Holds, close_heading, match_headings, plain
from simpul.register.logic.sheets import SHEETS, SITES, WRITTEN
from simpul.register.text import choices


@pytest.mark.parametrize("kind", list(SHEETS))
def test_no_heading_means_two_columns(kind: str) -> None:
    spelt = Counter(heading for column in SHEETS[kind].columns for heading in {plain(each) for each in column.spelt})
    assert [heading for heading, count in spelt.items() if count > 1] == []


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("kind", list(SHEETS))
def test_what_an_export_writes_above_its_columns_is_understood(kind: str, language: str) -> None:
    columns = SHEETS[kind].columns
    match = match_headings(SHEETS[kind], [column.heading(language) for column in columns])
    assert match.columns == tuple(column.name for column in columns)


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("kind", list(SHEETS))
def test_every_choice_is_understood_by_the_word_that_pages_show(kind: str, language: str) -> None:
    with override(language):
        for column in SHEETS[kind].columns:
            if column.holds is not Holds.CHOICE:
                continue
            field: Any = PARTS[column.part]._meta.get_field(column.stored)
            assert set(column.choices.values()) == {value for value, _ in field.flatchoices}
            assert len(choices(column)) == len(field.flatchoices)
            understood = {str(label): column.choices.get(plain(str(label))) for _, label in field.flatchoices}
            assert understood == {str(label): value for value, label in field.flatchoices}


@pytest.mark.parametrize("kind", list(SHEETS))
def test_columns_fit_the_tables(kind: str) -> None:
    for column in SHEETS[kind].columns:
        if column.holds is Holds.POINT:
            continue
        field: Any = PARTS[column.part]._meta.get_field(column.stored)
        if column.holds in (Holds.CODE, Holds.TEXT):
            assert column.longest == (field.max_length or 0), column.name
        if column.holds in (Holds.DECIMAL, Holds.MONEY):
            assert (column.places, column.digits) == (field.decimal_places, field.max_digits), column.name
        empty = field.null or (field.blank and not field.has_default())
        assert column.clears == empty, column.name


def test_headings_are_compared_without_case_units_and_marks() -> None:
    match = match_headings(SITES, ["KODE LOKASI", "Nama_Titik", "Lintang (°)", "Wi-Fi Publik", "No.", ""])
    assert match.columns == ("code", "name", "latitude", "has_hotspot", None, None)
    assert match_headings(SITES, ["kode", "Kode Titik"]).twice == ("code",)
    assert match_headings(SITES, ["nama"]).missing_key == ("code",)
    assert close_heading(SITES, "lintng") == "lintang"
    assert close_heading(SITES, "lintng", ["latitude"]) == ""
    assert close_heading(SITES, "warna") == ""


def test_every_table_that_can_be_written_is_named_in_both_languages() -> None:
    for sheet in WRITTEN.values():
        for column in sheet.columns:
            assert column.heading("id"), column.name
            assert column.heading("en"), column.name
