"""What the register writes to files can be read by spreadsheets, by maps, and by the register itself."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal

import openpyxl
import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from register.importing import applied, counts, problems, staged
from simpul.kit.actor import Actor
from simpul.kit.names import is_name
from simpul.people.logic.rights import Scope
from simpul.people.models import Organisation
from simpul.register.export import Field, Table, chunks, register_table
from simpul.register.logic.columns import Holds
from simpul.register.logic.sheets import WRITTEN
from simpul.register.models import Area, Contract, ContractLine, Site
from simpul.register.service import create_prefix, create_site

ALL = Scope(everything=True)


def file_of(kind: str, suffix: str, scope: Scope = ALL) -> bytes:
    """The whole file."""
    return b"".join(chunks(register_table(kind, scope), suffix))


@pytest.fixture
def regency(clerk: Actor, office: Organisation, line: ContractLine) -> None:
    """Three sites with everything that a file may get wrong."""
    area = Area.objects.create(code="62.05.01", name="Montallat", level="district")
    create_site(
        clerk,
        code="0012",
        name='=HYPERLINK("x")',
        kind="opd",
        organisation=office,
        owner=office,
        operator=office,
        area=area,
        contract_line=line,
        latitude=-0.1 - 0.2,
        longitude=114.89611111111111,
        position="surveyed",
        address="Jalan A; No. 1,\nRT 2",
        planned_year=2027,
        note="-minus, 'kutip', \"ganda\"",
    )
    create_site(clerk, code="B-2", name="Taman “Kota”", kind="public_space", organisation=office, owner=office,
        operator=office, space_type="taman", opening_hours="08.00-17.00", has_hotspot=True, medium="radio")  # fmt: skip
    create_site(clerk, code="B-3", name="Contoh", kind="village", organisation=office, owner=office, operator=office,
        latitude=-1.0, longitude=115.0, position="sample", is_sample=True)  # fmt: skip


@pytest.fixture(params=["id", "en"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each language in turn."""
    with override(request.param):
        yield request.param


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "geojson"])
def test_what_was_exported_is_the_same_when_it_is_imported(
    clerk: Actor, regency: None, language: str, suffix: str
) -> None:
    batch = staged(clerk, "sites", file_of("sites", suffix), f"titik.{suffix}")
    assert (problems(batch), counts(batch)) == ([], (0, 0, 3, 0))


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_contracts_come_back_as_they_went(clerk: Actor, line: ContractLine, language: str, suffix: str) -> None:
    batch = staged(clerk, "contracts", file_of("contracts", suffix), f"kontrak.{suffix}")
    assert (problems(batch), counts(batch)) == ([], (0, 0, 1, 0))


def test_geojson_is_byte_for_byte_the_same_after_a_round_trip(clerk: Actor, regency: None) -> None:
    before = file_of("sites", "geojson")
    Site.objects.all().delete()
    applied(clerk, "sites", before, "titik.geojson")
    assert file_of("sites", "geojson") == before
    with override("en"):
        assert file_of("sites", "geojson") == before


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(
            st.floats(-90, 90),
            st.floats(-180, 180),
            st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=30).filter(
                is_name
            ),
        ),
        min_size=1,
        max_size=5,
    )
)
@pytest.mark.django_db
def test_any_text_and_any_place_survive_geojson(rows: list[tuple[float, float, str]]) -> None:
    clerk = Actor.system("test")
    office, _ = Organisation.objects.get_or_create(code="D", name="D", kind="agency")
    Site.objects.all().delete()
    for number, (latitude, longitude, name) in enumerate(rows):
        create_site(clerk, code=f"S{number}", name=name, kind="opd", organisation=office, owner=office,
            operator=office, latitude=latitude, longitude=longitude, position="surveyed")  # fmt: skip
    before = file_of("sites", "geojson")
    Site.objects.all().delete()
    applied(clerk, "sites", before, "a.geojson")
    assert file_of("sites", "geojson") == before


def test_geojson_is_what_rfc_7946_wants(regency: None) -> None:
    document = json.loads(file_of("sites", "geojson"))
    assert document["type"] == "FeatureCollection"
    assert [feature["properties"]["code"] for feature in document["features"]] == ["0012", "B-2", "B-3"]
    assert [feature["geometry"] for feature in document["features"]] == [
        {"type": "Point", "coordinates": [114.89611111111111, -0.30000000000000004]},
        None,
        {"type": "Point", "coordinates": [115.0, -1.0]},
    ]
    assert all(set(feature) == {"type", "geometry", "properties"} for feature in document["features"])


def test_a_text_that_would_be_a_formula_is_guarded_and_a_negative_number_is_not(regency: None) -> None:
    with override("en"):
        text = file_of("sites", "csv").decode("utf-8-sig")
    first = next(csv.DictReader(io.StringIO(text)))
    assert (first["code"], first["name"], first["latitude"]) == ("0012", '\'=HYPERLINK("x")', "-0.30000000000000004")
    assert first["note"].startswith("'-minus")


def test_a_workbook_says_where_it_is_from_and_keeps_codes_as_text(regency: None) -> None:
    with override("id"):
        book = openpyxl.load_workbook(io.BytesIO(file_of("sites", "xlsx")))
    about, rows = book.worksheets
    assert about.title == "Tentang"
    told = {row[0]: row[1] for row in about.iter_rows(min_row=3, max_col=2, values_only=True)}
    assert told["Sumber"] == "Simpul, Diskominfo"
    assert set(told) == {"Sumber", "Dibuat", "Penyaring"}
    heads = {str(cell.value): number for number, cell in enumerate(next(rows.iter_rows()), start=1)}
    assert rows.freeze_panes == "B2"
    code, latitude, name = (rows.cell(2, heads[head]) for head in ("kode", "lintang", "nama"))
    assert (code.value, code.number_format, code.data_type) == ("0012", "@", "s")
    assert (latitude.data_type, name.data_type) == ("n", "s")


def test_sample_data_is_marked_wherever_it_can_be() -> None:
    fields = [Field("name", "name", "name")]
    table = Table("x", "Titik", fields, [("A",)], sample=True)
    assert b"DATA CONTOH" in b"".join(chunks(table, "csv"))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(chunks(table, "xlsx"))))
    assert "DATA CONTOH" in str(book.properties.title)
    assert "DATA CONTOH" in [cell.value for row in book.worksheets[0].iter_rows() for cell in row]
    place = [Field("lat", "lat", "lat", Holds.LATITUDE), Field("lon", "lon", "lon", Holds.LONGITUDE)]
    assert json.loads(b"".join(chunks(Table("x", "x", place, [(1.0, 2.0)], sample=True), "geojson")))["note"] == (
        "DATA CONTOH"
    )


def test_an_export_holds_only_what_the_reader_may_see(regency: None, clerk: Actor, provider: Organisation) -> None:
    assert len(file_of("sites", "csv", Scope(providers=frozenset({provider.pk}))).splitlines()) == 1
    assert len(file_of("contracts", "csv", Scope(providers=frozenset({provider.pk}))).splitlines()) == 2
    assert len(file_of("contracts", "csv", Scope()).splitlines()) == 1


@pytest.mark.parametrize("kind", list(WRITTEN))
def test_every_kind_can_be_written(kind: str, regency: None, clerk: Actor, language: str) -> None:
    create_prefix(clerk, cidr="10.0.0.0/24", purpose="site", vlan=7)
    for suffix in ("csv", "xlsx"):
        assert file_of(kind, suffix)


def test_money_of_a_contract_is_written_with_its_hundredths(contract: Contract, line: ContractLine) -> None:
    with override("id"):
        text = file_of("contracts", "csv").decode("utf-8-sig")
    row = next(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert (row["harga satuan"], row["jumlah"], row["rincian"]) == ("45000000,00", "12,00", "1")
    assert line.unit_price == Decimal(45_000_000)


def test_a_table_without_positions_is_no_geojson(line: ContractLine) -> None:
    with pytest.raises(ValueError, match="have no position"):
        chunks(register_table("contracts", ALL), "geojson")
