"""Contracts come in as a flat file: a row per line, the contract's own columns repeated. And areas by their code."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
import xlsxwriter
from django.utils.translation import override

from register.importing import applied, counts, problems, staged, undone
from simpul.kit.actor import Actor
from simpul.people.models import Organisation
from simpul.register import text
from simpul.register.models import Area, Contract, ContractLine
from simpul.register.service import create_contract_line, update_contract

HEAD = (
    "nomor kontrak;judul;penyedia;tanggal tanda tangan;mulai kontrak;akhir kontrak;tahun anggaran;"
    "rincian;jenis;uraian;jumlah;satuan;kecepatan;harga satuan;kode rekening"
)
OWN = "027/1;Jaringan;PENYEDIA-A;10/01/2023;16/01/2023;31/12/2023;2023"
FILE = (
    f"{HEAD}\n"
    f"{OWN};1;bandwidth;Internet 500 Mbps;12;bulan;500 Mbps;45.000.000;5.1.02.02.01.0063\n"
    f"{OWN};2;kamera;Kamera CCTV;12;unit;;1.500.000,50;5.1.02.02.01.0064\n"
)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Problems are compared in English."""
    with override("en"):
        yield


def test_a_contract_comes_in_once_with_all_its_lines(clerk: Actor, provider: Organisation) -> None:
    applied(clerk, "contracts", FILE)
    contract = Contract.objects.get()
    assert (contract.code, contract.provider, contract.starts_on, contract.version) == (
        "027/1",
        provider,
        date(2023, 1, 16),
        1,
    )
    first, second = contract.lines.all()
    assert (first.kind, first.cir_bps, first.unit_price, first.ends_on) == (
        "bandwidth",
        500_000_000,
        Decimal("45000000.00"),
        date(2023, 12, 31),
    )
    assert (second.kind, second.quantity, second.unit_price, second.cir_bps) == (
        "cctv",
        Decimal("12.00"),
        Decimal("1500000.50"),
        None,
    )
    contract.full_clean()
    first.full_clean()
    assert counts(staged(clerk, "contracts", FILE)) == (0, 0, 2, 0)


def test_a_changed_contract_shows_on_each_of_its_lines_and_is_written_once(
    clerk: Actor, provider: Organisation
) -> None:
    applied(clerk, "contracts", FILE)
    batch = applied(clerk, "contracts", FILE.replace("Jaringan", "Jaringan dan kamera"))
    assert counts(batch) == (0, 2, 0, 0)
    contract = Contract.objects.get()
    assert (contract.title, contract.version) == ("Jaringan dan kamera", 2)
    assert set(contract.lines.values_list("version", flat=True)) == {1}
    undone(clerk, batch)
    contract.refresh_from_db()
    assert (batch.state, contract.title) == ("undone", "Jaringan")


def test_a_new_line_joins_a_contract_that_is_there(clerk: Actor, provider: Organisation) -> None:
    applied(clerk, "contracts", FILE)
    more = "kontrak;rincian;jenis;uraian;jumlah;satuan;harga satuan;kode rekening\n027/1;3;streaming;S;1;paket;1;5.1\n"
    batch = applied(clerk, "contracts", more)
    assert counts(batch) == (1, 0, 0, 0)
    line = ContractLine.objects.get(number=3)
    assert (line.starts_on, line.ends_on) == (date(2023, 1, 16), date(2023, 12, 31))
    undone(clerk, batch)
    assert (batch.state, ContractLine.objects.count(), Contract.objects.count()) == ("undone", 2, 1)


def test_cells_left_empty_under_a_merged_one_take_the_contract_of_the_first_row(
    clerk: Actor, provider: Organisation
) -> None:
    rows = FILE.splitlines()
    rows[2] = f"027/1;;;;;;;{rows[2].removeprefix(OWN + ';')}"
    applied(clerk, "contracts", "\n".join(rows))
    assert Contract.objects.get().lines.count() == 2


def test_rows_of_one_contract_must_not_contradict_each_other(clerk: Actor, provider: Organisation) -> None:
    rows = FILE.splitlines()
    rows[2] = rows[2].replace("Jaringan", "Lain")
    assert problems(staged(clerk, "contracts", "\n".join(rows))) == [
        (
            'berkas.csv, row 3, column "judul": "Lain" contradicts row 2, which belongs to the same contract. '
            "Make them agree"
        )
    ]


def test_money_and_days_that_cannot_be_are_named(clerk: Actor, provider: Organisation) -> None:
    bad = FILE.replace("12;bulan", "1.500;bulan").replace("31/12/2023", "31/12/2022").replace("1.500.000,50", "-1")
    assert problems(staged(clerk, "contracts", bad)) == [
        'berkas.csv, row 2, column "jumlah": "1.500" may mean thousands or decimals. Write it without thousands mark',
        'berkas.csv, row 3, column "harga satuan": "-1" is below zero. Write a number from zero up',
    ]
    late = staged(clerk, "contracts", FILE.replace("31/12/2023", "31/12/2022"))
    assert problems(late)[0] == (
        'berkas.csv, row 2, column "akhir kontrak": "31/12/2022" is before the first day, 2023-01-16. '
        "Mend one of the two"
    )


def test_undo_is_refused_when_a_new_contract_has_grown_or_changed(clerk: Actor, provider: Organisation) -> None:
    batch = applied(clerk, "contracts", FILE)
    contract = Contract.objects.get()
    line = create_contract_line(
        clerk,
        contract=contract,
        number=9,
        kind="fibre",
        description="Serat",
        quantity=Decimal(1),
        unit="paket",
        unit_price=Decimal(1),
        starts_on=contract.starts_on,
        ends_on=contract.ends_on,
        budget_line="5.1",
    )
    assert undone(clerk, batch).state == "applied"
    assert "027/1 is in use" in text.problem_of(batch)
    line.delete()
    update_contract(clerk, contract, title="X")
    assert undone(clerk, batch).state == "applied"
    assert "027/1 was changed" in text.problem_of(batch)
    assert ContractLine.objects.count() == 2


def test_a_workbook_with_real_dates_and_numbers_is_the_same_file(clerk: Actor, provider: Organisation) -> None:
    applied(clerk, "contracts", FILE)
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"default_date_format": "d mmm yyyy"}) as book:
        page = book.add_worksheet("2023")
        page.write_row(0, 0, HEAD.split(";"))
        own = ["027/1", "Jaringan", "PENYEDIA-A", date(2023, 1, 10), date(2023, 1, 16), date(2023, 12, 31), 2023]
        page.write_row(1, 0, [*own, 1, "bandwidth", "Internet 500 Mbps", 12, "bulan", 5e8, 45e6, "5.1.02.02.01.0063"])
        page.write_row(2, 0, [*own, 2, "cctv", "Kamera CCTV", 12.0, "unit", None, 1500000.5, "5.1.02.02.01.0064"])
    batch = staged(clerk, "contracts", data.getvalue(), "kontrak.xlsx")
    assert (counts(batch), problems(batch)) == ((0, 0, 2, 0), [])


def test_areas_find_their_level_and_parent_in_their_code(clerk: Actor, db: None) -> None:
    file = "kode,nama\n62.05,Barito Utara\n62.05.01,Montallat\n62.05.01.1001,Tumpung Laung I\n"
    batch = applied(clerk, "areas", file)
    village = Area.objects.get(code="62.05.01.1001")
    assert village.parent is not None
    assert village.parent.parent is not None
    assert (village.level, village.parent.name, village.parent.parent.name) == ("village", "Montallat", "Barito Utara")
    assert counts(staged(clerk, "areas", file)) == (0, 0, 3, 0)
    renamed = applied(clerk, "areas", "kode,nama\n62.05.01.1001,Tumpung Laung 1\n")
    assert (renamed.changed, Area.objects.get(code="62.05.01.1001").name) == (1, "Tumpung Laung 1")
    assert undone(clerk, renamed).state == "undone"
    Area.objects.filter(code="62.05.01.1001").update(version=1)
    assert undone(clerk, batch).state == "undone"
    assert not Area.objects.exists()
    assert "no area code" in problems(staged(clerk, "areas", "kode,nama\nKab,X\n"))[0]
    assert "62.05, in which this lies" in problems(staged(clerk, "areas", "kode,nama\n62.05.01,X\n"))[0]
