"""CSV, XLSX and GeoJSON become rows of cells, or an error that names the place."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from datetime import date, datetime, time
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from simpul.register.imports.files import open_tables
from simpul.register.imports.tables import FileProblem
from simpul.register.imports.xlsx_file import read_xlsx
from simpul.register.logic.cells import NoResult
from simpul.register.logic.sheets import CONTRACTS, SITES

Rows = list[tuple[int, list[Any]]]


def rows_of(data: bytes, name: str = "a.csv") -> tuple[list[str], Rows]:
    """Headings and rows of a file's one table."""
    (table,) = open_tables(io.BytesIO(data), name, SITES)
    return table.head.headings, list(table.rows)


def workbook(*rows: list[Any], **options: Any) -> bytes:
    """An XLSX as another program writes it."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"default_date_format": "dd/mm/yyyy", **options}) as book:
        page = book.add_worksheet("Lokasi")
        for line, row in enumerate(rows):
            page.write_row(line, 0, row)
    return data.getvalue()


def changed(data: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """The workbook with the first `old` in one of its parts made `new`."""
    source, result = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(result, "w") as archive:
        for entry in source.infolist():
            text = source.read(entry)
            assert entry.filename != part or old in text
            archive.writestr(entry, text.replace(old, new, 1) if entry.filename == part else text)
    return result.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encoding_and_delimiter_of_a_csv_are_found_out(delimiter: str, encoding: str) -> None:
    text = f"kode{delimiter}nama{delimiter}keterangan\r\nA-1{delimiter}Kafé, “Ñ”{delimiter}x;y\r\n".replace(
        "x;y", '"x;y"'
    ).replace("Kafé, “Ñ”", '"Kafé, “Ñ”"')
    headings, rows = rows_of(text.encode(encoding))
    assert headings == ["kode", "nama", "keterangan"]
    assert rows == [(2, ["A-1", "Kafé, “Ñ”", "x;y"])]


def test_titles_and_empty_rows_above_the_headings_are_passed_over() -> None:
    headings, rows = rows_of(b"DATA TITIK,,\n,,\nkode,nama,\nA-1,Kantor,\n,,\nA-2,Kantor,\n")
    assert headings == ["kode", "nama"]
    assert [number for number, _ in rows] == [4, 6]


def test_a_line_break_inside_quotes_stays_in_its_row() -> None:
    _, rows = rows_of(b'kode,alamat\nA-1,"Jalan\nA"\nA-2,B\n')
    assert rows == [(2, ["A-1", "Jalan\nA"]), (3, ["A-2", "B"])]


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"nama,alamat\nx,y\n", "a.csv", "no_headings"),
        (b"kode\nA-1\n", "a.csv", "one_heading"),
        (b"PK\x05\x06" + bytes(18), "q.xlsx", "not_a_workbook"),
        (b"<html></html>", "q.xlsx", "not_a_workbook"),
        (b"kode,nama,kode titik\nx,y,z\n", "a.csv", "heading_twice"),
        (b"\x00\x01\x02\x03", "a.csv", "not_text"),
        (b"\x89PNG\r\n\x1a\n\x00", "a.csv", "not_text"),
        (b"x", "a.pdf", "format_not_known"),
        (b"PK\x03\x04broken", "a.xlsx", "not_a_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xlsx", "old_or_protected"),
        (b"{", "a.geojson", "json_broken"),
        (b'{"type": "FeatureCollection", "features": [], "x": "\\uD800"}', "a.geojson", "not_json"),
        (b'{"type": "FeatureCollection", "features": [], "x": NaN}', "a.geojson", "not_json"),
        (b'{"type": "Feature"}', "a.geojson", "not_a_collection"),
        (b'{"type": "FeatureCollection", "features": 3}', "a.geojson", "not_a_collection"),
        (b'{"type": "FeatureCollection", "features": [3]}', "a.geojson", "feature_is_none"),
    ],
)
def test_a_file_that_is_none_is_refused_by_name(data: bytes, name: str, code: str) -> None:
    with pytest.raises(FileProblem) as refused:
        open_tables(io.BytesIO(data), name, SITES)
    assert refused.value.fault.code == code
    assert str(refused.value).startswith(name)


def test_an_open_quote_names_its_row() -> None:
    with pytest.raises(FileProblem, match="row 3"):
        rows_of(b'kode,nama\nA-1,x\nA-2,"y\nA-3,z\n')


def test_cells_of_a_workbook_keep_their_kind() -> None:
    data = workbook(
        ["kode", "nama", "mulai", "wi fi publik", "lintang"],
        ["62.05.01.1001", "A & <B>", date(2026, 1, 31), True, -0.95],
        ["007", " spasi ", datetime(2026, 1, 31, 12), False, 3],  # noqa: DTZ001 (a spreadsheet knows no zone)
    )
    headings, rows = rows_of(data, "a.xlsx")
    assert headings == ["kode", "nama", "mulai", "wi fi publik", "lintang"]
    assert rows[0] == (2, ["62.05.01.1001", "A & <B>", date(2026, 1, 31), True, -0.95])
    assert rows[1][1][:2] == ["007", " spasi "]
    assert rows[1][1][2].isoformat()[:16] == "2026-01-31T12:00"
    assert rows[1][1][3:] == [False, 3]


def test_leading_zeros_that_only_the_format_shows_are_read() -> None:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["kode", "nama"])
        page.write_number(1, 0, 7, book.add_format({"num_format": "0000"}))
        page.write_string(1, 1, "A")
    assert rows_of(data.getvalue(), "a.xlsx")[1] == [(2, ["0007", "A"])]


def test_a_formula_that_was_never_computed_is_seen() -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["kode", "nama", "lintang"])
    page.append(["A-1", '=CONCATENATE(A2,"x")', "=1/0"])
    data = io.BytesIO()
    book.save(data)
    (_, cells) = rows_of(data.getvalue(), "a.xlsx")[1][0]
    assert cells[0] == "A-1"
    assert [type(cell) for cell in cells[1:]] == [NoResult, NoResult]


def test_every_visible_sheet_with_the_key_is_read() -> None:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        book.add_worksheet("Tentang").write_string(0, 0, "Daftar titik")
        for name in ("OPD", "Kecamatan", "Lama"):
            page = book.add_worksheet(name)
            page.write_row(0, 0, ["kode", "nama"])
            page.write_row(1, 0, [name, "x"])
        page.hide()
    tables = open_tables(io.BytesIO(data.getvalue()), "a.xlsx", SITES)
    assert [(table.head.name, list(table.rows)) for table in tables] == [
        ("OPD", [(2, ["OPD", "x"])]),
        ("Kecamatan", [(2, ["Kecamatan", "x"])]),
    ]


cells = st.one_of(
    st.none(),
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=20),
    st.integers(-(10**9), 10**9),
    st.floats(-1e9, 1e9, allow_nan=False).filter(lambda number: not number.is_integer()),
    st.booleans(),
    st.dates(date(1901, 1, 1), date(2200, 1, 1)),
)


@settings(max_examples=30)
@given(st.lists(st.lists(cells, min_size=1, max_size=6), min_size=1, max_size=8))
def test_what_stands_in_a_workbook_is_read(rows: list[list[Any]]) -> None:
    data = workbook(*rows, strings_to_formulas=False, strings_to_urls=False)
    (table,) = read_xlsx(io.BytesIO(data), "a.xlsx")
    found = dict(table.rows)
    for number, wanted in enumerate(rows, start=1):
        got = found.get(number, [])
        # A spreadsheet keeps fifteen or sixteen digits of a number.
        assert got + [None] * (len(wanted) - len(got)) == [
            pytest.approx(cell, rel=1e-14) if isinstance(cell, float) else cell for cell in wanted
        ]


def test_formulas_without_result_are_told_from_empty_cells_and_texts_of_no_length() -> None:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["kode", "nama", "alamat", "keterangan"])
        page.write_row(1, 0, ["A", "x"])
        page.write_blank(1, 2, None, book.add_format({"border": 1}))
        page.write_formula(1, 3, '=IF(A2="","x","")', None, "result")
        page.write_row(4, 0, ["B", "y"])
        page.write_formula(4, 2, "=A2", None, "")
    sheet = changed(data.getvalue(), "xl/worksheets/sheet1.xml", b"<v>result</v>", b"<v></v>")
    assert rows_of(sheet, "a.xlsx")[1] == [(2, ["A", "x"]), (5, ["B", "y", NoResult("=")])]


def test_a_size_that_the_sheet_states_wrongly_hides_no_row() -> None:
    data = changed(workbook(["kode", "nama"], ["A", "b"]), "xl/worksheets/sheet1.xml", b'ref="A1:B2"', b'ref="A1"')
    assert rows_of(data, "a.xlsx")[1] == [(2, ["A", "b"])]


def test_times_are_dates_and_escaped_characters_are_themselves() -> None:
    data = workbook(["kode", "nama"], [time(10, 30), "a\rb_xD800_"])
    assert rows_of(data, "a.xlsx")[1] == [(2, [datetime(1899, 12, 30, 10, 30), "a\rb_xD800_"])]  # noqa: DTZ001


def test_the_strict_kind_of_a_workbook_is_named_and_not_read_as_empty() -> None:
    data = workbook(["kode", "nama"], ["A", "b"])
    for part in ("xl/workbook.xml", "xl/worksheets/sheet1.xml"):
        kinds = (
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        )
        data = changed(data, part, *kinds)
    with pytest.raises(FileProblem, match="Strict Open XML"):
        open_tables(io.BytesIO(data), "a.xlsx", SITES)


def test_a_workbook_that_unpacks_to_a_giant_or_declares_entities_is_refused() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("_rels/.rels", "w") as part:
        for _ in range(1100):
            part.write(b"\0" * 2**20)
    with pytest.raises(FileProblem) as refused:
        open_tables(io.BytesIO(bomb.getvalue()), "a.xlsx", SITES)
    assert refused.value.fault.code == "workbook_part_too_large"
    good = workbook(["kode", "nama"], ["A", "b"])
    evil = changed(good, "xl/sharedStrings.xml", b"<sst", b'<!DOCTYPE x [<!ENTITY a "b">]><sst')
    with pytest.raises(FileProblem, match="entities"):
        open_tables(io.BytesIO(evil), "a.xlsx", SITES)


def test_only_sheets_shared_texts_and_pictures_of_a_workbook_may_be_large() -> None:
    data = workbook(["kode", "nama"], ["A", "b"])

    def grown(part: str) -> bytes:
        result = io.BytesIO(data)
        with zipfile.ZipFile(result, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(part, b" " * (3 << 20))
        return result.getvalue()

    for part in ("xl/theme/theme9.xml", "docProps/x.xml", "customXml/item1.xml", "x"):
        with pytest.raises(FileProblem) as refused:
            open_tables(io.BytesIO(grown(part)), "a.xlsx", SITES)
        assert refused.value.fault.params == {"part": part, "megabytes": 2}
    for part in ("xl/media/image1.png", "xl/worksheets/sheet7.xml"):
        assert rows_of(grown(part), "a.xlsx")[1] == [(2, ["A", "b"])]


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"kode,nama\nA,b" + b",x" * 500 + b"\n", "a.csv", "too_many_columns"),
        (b"kode,nama,z\nA,b" + b"," * 12 + b"\n" + b"A,b" + (b"," + b"y" * 90_000) * 12, "a.csv", "row_too_long"),
        (b'kode,nama\nA,"b\n' + b"C,d\n" * 30_000, "a.csv", "csv_cell_too_long"),
        (b'{"type": "FeatureCollection", "features": [{"a": 1, "a": 2}]}', "a.geojson", "json_key_twice"),
        (b'{"type": "FeatureCollection", "features": ' + b"[" * 100_000, "a.geojson", "json_too_deep"),
        (b'{"type": "FeatureCollection", "features": [' + b"9" * 5000 + b"]}", "a.geojson", "not_json"),
    ],
)
def test_a_table_beyond_every_measure_is_refused_by_name(data: bytes, name: str, code: str) -> None:
    with pytest.raises(FileProblem) as refused:
        rows_of(data, name)
    assert refused.value.fault.code == code


def test_features_become_rows_with_their_point_as_two_columns() -> None:
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [114.9, -0.95]}, "properties": {"code": "A"}},
        {"type": "Feature", "geometry": None, "properties": {"code": "B", "name": "x", "tags": ["a"]}},
    ]
    data = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    headings, rows = rows_of(data, "a.geojson")
    assert headings == ["latitude", "longitude", "code", "name", "tags"]
    assert rows == [(1, [-0.95, 114.9, "A", None, None]), (2, [None, None, "B", "x", '["a"]'])]


def test_a_feature_that_is_no_point_is_named() -> None:
    feature = {"type": "Feature", "geometry": {"type": "LineString", "coordinates": []}, "properties": {"code": "A"}}
    data = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    with pytest.raises(FileProblem, match="feature 1: is a LineString"):
        rows_of(data, "a.json")
    with pytest.raises(FileProblem, match="have no position"):
        open_tables(io.BytesIO(data), "a.geojson", CONTRACTS)


GOOD = workbook(["kode", "nama", "mulai"], ["A-1", "Kantor", date(2026, 1, 31)], ["A-2", 3.5, True])


def read_or_refused(data: bytes, name: str) -> None:
    """Whatever the bytes are: rows, or one FileProblem."""
    with contextlib.suppress(FileProblem):
        for table in open_tables(io.BytesIO(data), name, SITES):
            list(table.rows)


@settings(max_examples=150)
@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.xlsx", "a.geojson", "a"]))
def test_no_bytes_make_the_readers_stumble(data: bytes, name: str) -> None:
    read_or_refused(data, name)
    read_or_refused(b"kode,nama\n" + data, name)


@settings(max_examples=150)
@given(st.integers(0, 20), st.lists(st.tuples(st.integers(0, 5000), st.binary(min_size=1, max_size=8)), max_size=4))
def test_no_damage_to_a_workbook_makes_the_reader_stumble(part: int, damage: list[tuple[int, bytes]]) -> None:
    source = zipfile.ZipFile(io.BytesIO(GOOD))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for number, entry in enumerate(source.infolist()):
            text = bytearray(source.read(entry))
            for place, piece in damage if number == part % len(source.infolist()) else []:
                text[place % len(text) : place % len(text) + len(piece)] = piece
            archive.writestr(entry, bytes(text))
    read_or_refused(data.getvalue(), "a.xlsx")
    cut = bytearray(GOOD)
    for place, piece in damage:
        cut[place % len(cut) : place % len(cut) + len(piece)] = piece
    read_or_refused(bytes(cut), "a.xlsx")
