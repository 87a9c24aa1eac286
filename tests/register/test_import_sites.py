"""Sites come in from a file: compared row by row, written in one switch, taken back."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from django.utils.translation import override
from pytest_django import Settings

from register.importing import Run, applied, counts, problems, staged, undone
from simpul.kit.actor import Actor, Forbidden
from simpul.people.models import Organisation
from simpul.record.models import LogEntry, OutboxEvent
from simpul.register import text
from simpul.register.imports import steps as imports
from simpul.register.models import Area, ContractLine, ImportBatch, ImportRow, Site
from simpul.register.service import create_device, update_site
from simpul.register.service.imports import ImportRefused, approve_import, discard_import, start_import

HEAD = "kode;nama;jenis;opd;lintang;bujur;alamat"
KINDS = "agency office (OPD), district office (kecamatan), public space, point of presence, village"
TWO = f"{HEAD}\nA-1;Kantor A;OPD;Diskominfo;-0,95;114,9;Jalan A\nA-2;Kantor B;kecamatan;dinas kominfo;;;\n"


@pytest.fixture(autouse=True)
def english() -> object:
    """Problems are compared in English."""
    with override("en"):
        yield


def test_a_file_is_compared_before_anything_is_written(clerk: Actor, office: Organisation) -> None:
    batch = staged(clerk, "sites", TWO)
    assert counts(batch) == (2, 0, 0, 0)
    assert not Site.objects.exists()
    row = ImportRow.objects.get(key="A-1")
    assert (row.line, row.sheet, row.verdict, row.before) == (2, "", "new", {})
    assert row.values["latitude"] == -0.95
    assert row.values["position"] == "surveyed"
    assert batch.columns[:2] == [["kode", "code"], ["nama", "name"]]


def test_applying_writes_every_row_with_one_entry_in_the_log(clerk: Actor, office: Organisation) -> None:
    batch = applied(clerk, "sites", TWO)
    site = Site.objects.get(code="A-2")
    assert (site.name, site.kind, site.organisation, site.owner, site.operator) == (
        "Kantor B",
        "district_office",
        office,
        office,
        office,
    )
    assert (site.latitude, site.position, site.medium, site.version) == (None, "unknown", "own_fibre", 1)
    site.full_clean()
    Site.objects.get(code="A-1").full_clean()
    entry = LogEntry.objects.get(verb="imported")
    assert json.loads(entry.after) | {"digest": ""} == {
        "kind": "sites",
        "file": "berkas.csv",
        "sha256": batch.source.sha256,
        "new": 2,
        "changed": 0,
        "digest": "",
    }
    assert json.loads(entry.after)["digest"] == batch.digest
    assert OutboxEvent.objects.filter(name="register.BatchApplied").count() == 1
    assert not LogEntry.objects.filter(kind="register.site").exists()


def test_the_same_file_again_changes_nothing(clerk: Actor, office: Organisation) -> None:
    applied(clerk, "sites", TWO)
    again = staged(clerk, "sites", TWO)
    assert counts(again) == (0, 0, 2, 0)
    with pytest.raises(ImportRefused) as refused:
        approve_import(clerk, again)
    assert refused.value.code == "nothing_to_do"


def test_a_missing_column_leaves_the_value_and_an_empty_cell_empties_what_may_be_empty(
    clerk: Actor, office: Organisation
) -> None:
    applied(clerk, "sites", TWO)
    batch = applied(clerk, "sites", "kode,nama,alamat\nA-1,,\nA-2,Kantor Dua,Jalan B\n")
    assert counts(batch) == (0, 2, 0, 0)
    first, second = Site.objects.order_by("code")
    assert (first.name, first.address, first.latitude) == ("Kantor A", "", -0.95)
    assert (second.name, second.address, second.version) == ("Kantor Dua", "Jalan B", 2)
    row = ImportRow.objects.get(batch=batch, key="A-1")
    assert (row.values, row.before) == ({"address": ""}, {"address": "Jalan A"})


def test_every_wrong_cell_is_named_with_its_row_and_column(clerk: Actor, office: Organisation) -> None:
    batch = staged(
        clerk,
        "sites",
        f"{HEAD}\nA-1;;gudang;Dinas X;-0,95;;\n;Tanpa kode;OPD;Diskominfo;;;\nA-3;C;OPD;Diskominfo;914;114,9;\n"
        "A-4;D;OPD;Diskominfo;;\n",
        "titik.csv",
    )
    assert counts(batch) == (0, 0, 0, 4)
    assert problems(batch) == [
        f'titik.csv, row 2, column "jenis": "gudang" is not one of the choices. Write one of: {KINDS}',
        'titik.csv, row 2, column "opd": "Dinas X" stands for nothing in the register. Add it first, or mend the code',
        'titik.csv, row 3, column "kode": This cell must not be empty: rows are recognised by it',
        'titik.csv, row 4, column "lintang": "914" is outside -90..90. Mend it',
        "titik.csv, row 5: The row has 6 cells under 7 headings. Something is cut off: mend the row",
    ]
    with pytest.raises(ImportRefused) as refused:
        approve_import(clerk, batch)
    assert refused.value.code == "rows_wrong"


def test_what_a_new_row_needs_is_asked_for(clerk: Actor, office: Organisation) -> None:
    batch = staged(clerk, "sites", "kode,nama,lintang\nA-1,Kantor,\nA-2,,\n")
    assert problems(batch) == [
        'berkas.csv, row 2, column "kind": A new row needs this. Fill it in, or add the column',
        'berkas.csv, row 2, column "organisation": A new row needs this. Fill it in, or add the column',
        'berkas.csv, row 3, column "nama": A new row needs this. Fill it in, or add the column',
        'berkas.csv, row 3, column "kind": A new row needs this. Fill it in, or add the column',
        'berkas.csv, row 3, column "organisation": A new row needs this. Fill it in, or add the column',
    ]


def test_a_key_that_stands_twice_names_both_rows(clerk: Actor, office: Organisation) -> None:
    batch = staged(
        clerk, "sites", f"{HEAD}\nA-1;A;OPD;Diskominfo;;;\nA-2;B;OPD;Diskominfo;;;\nA-1;C;OPD;Diskominfo;;;\n"
    )
    assert problems(batch) == ['berkas.csv, row 4, column "kode": A-1 stands in row 2 already. Keep one of the two']


def test_half_a_position_is_no_position(clerk: Actor, office: Organisation) -> None:
    batch = staged(clerk, "sites", f"{HEAD}\nA-1;A;OPD;Diskominfo;-0,95;;\n")
    assert "Give both, or neither" in problems(batch)[0]


def test_swapped_coordinates_are_noticed_inside_the_bounds_of_the_instance(
    clerk: Actor, office: Organisation, settings: Settings
) -> None:
    given = settings.CONFIGURATION
    settings.CONFIGURATION = replace(given, instance=replace(given.instance, bounds=(-11.0, 95.0, 6.0, 141.0)))
    batch = staged(clerk, "sites", f"{HEAD}\nA-1;A;OPD;Diskominfo;114,896;-0,94;\nA-2;B;OPD;Diskominfo;-7;10;\n")
    assert problems(batch) == [
        'berkas.csv, row 2, column "lintang": "114,896" is outside -11..6; latitude and longitude look swapped',
        'berkas.csv, row 3, column "bujur": "10" is outside 95..141. Mend it',
    ]


def test_one_name_of_two_organisations_is_not_guessed(clerk: Actor, office: Organisation) -> None:
    Organisation.objects.create(code="LAIN", name="Dinas Kominfo", kind="agency")
    assert problems(staged(clerk, "sites", TWO)) == [
        'berkas.csv, row 3, column "opd": More than one is called "dinas kominfo". Write the code instead'
    ]


def test_references_are_found_by_code_whatever_its_case(clerk: Actor, office: Organisation, line: ContractLine) -> None:
    Area.objects.create(code="62.05.01", name="Montallat", level="district")
    applied(
        clerk,
        "sites",
        "kode,nama,jenis,opd,kode wilayah,rincian kontrak\n"
        "A-1,A,desa,diskominfo,62.05.01,027/11/kominfo/2023#1\nA-2,B,desa,DISKOMINFO,,\n",
    )
    site = Site.objects.get(code="A-1")
    assert site.area is not None
    assert (site.area.name, site.contract_line) == ("Montallat", line)
    assert counts(staged(clerk, "sites", "kode,rincian kontrak,kode wilayah\nA-1,,62.05.01\nA-2,,\n")) == (0, 1, 1, 0)


def test_a_row_changed_since_the_comparison_refuses_the_whole_batch(clerk: Actor, office: Organisation) -> None:
    applied(clerk, "sites", TWO)
    batch = staged(clerk, "sites", TWO.replace("Kantor", "Gedung") + "A-3;Baru;OPD;Diskominfo;;;\n")
    update_site(clerk, Site.objects.get(code="A-2"), note="disunting")
    refused = finish(clerk, batch)
    assert refused.state == "staged"
    assert text.problem_of(refused).startswith("Not applied: A-2 was changed by somebody")
    assert set(Site.objects.values_list("name", flat=True)) == {"Kantor A", "Kantor B"}


def test_a_new_code_that_somebody_has_taken_meanwhile_refuses_the_batch(clerk: Actor, office: Organisation) -> None:
    batch = staged(clerk, "sites", TWO)
    applied(clerk, "sites", "kode,nama,jenis,opd\nA-2,Lain,OPD,Diskominfo\n")
    refused = finish(clerk, batch)
    assert (refused.state, Site.objects.count()) == ("staged", 1)
    assert "A-2" in text.problem_of(refused)


def test_an_organisation_that_is_gone_meanwhile_refuses_the_batch(clerk: Actor, office: Organisation) -> None:
    batch = staged(clerk, "sites", TWO)
    office.delete()
    refused = finish(clerk, batch)
    assert (refused.state, Site.objects.count()) == ("staged", 0)
    assert "DISKOMINFO" in text.problem_of(refused)


def test_undo_gives_old_values_back_and_removes_what_was_new(clerk: Actor, office: Organisation) -> None:
    applied(clerk, "sites", TWO)
    before = list(Site.objects.order_by("code").values("code", "name", "address", "latitude", "position"))
    batch = applied(
        clerk, "sites", "kode;nama;jenis;opd;koordinat\nA-1;X;OPD;Diskominfo;-1, 115\nA-3;Y;OPD;Diskominfo;\n"
    )
    assert Site.objects.get(code="A-1").latitude == -1
    assert undone(clerk, batch).state == "undone"
    assert list(Site.objects.order_by("code").values("code", "name", "address", "latitude", "position")) == before
    entry = LogEntry.objects.get(verb="undone")
    assert json.loads(entry.after) == {"file": "berkas.csv", "removed": 1, "restored": 1}
    with pytest.raises(ImportRefused):
        undone(clerk, batch)


def test_undo_is_refused_where_a_row_was_changed_since(clerk: Actor, office: Organisation) -> None:
    applied(clerk, "sites", TWO)
    batch = applied(clerk, "sites", f"{HEAD}\nA-1;X;OPD;Diskominfo;;;\nA-3;Y;OPD;Diskominfo;;;\n")
    update_site(clerk, Site.objects.get(code="A-1"), note="disunting")
    assert undone(clerk, batch).state == "applied"
    assert "A-1" in text.problem_of(batch)
    assert Site.objects.get(code="A-1").name == "X"
    update_site(clerk, Site.objects.get(code="A-3"), note="disunting")
    assert undone(clerk, batch).state == "applied"
    assert {"A-1", "A-3"} <= set(text.problem_of(batch).replace(",", " ").split())


def test_undo_is_refused_while_something_stands_on_a_new_row(clerk: Actor, office: Organisation) -> None:
    batch = applied(clerk, "sites", TWO)
    site = Site.objects.get(code="A-2")
    device = create_device(clerk, code="R-1", name="R", kind="router", site=site, owner=office, operator=office)
    assert undone(clerk, batch).state == "applied"
    assert text.problem_of(batch) == (
        "Not undone: A-2 is in use by now. Remove what stands on it first, or keep the import"
    )
    device.delete()
    assert undone(clerk, batch).state == "undone"


def test_a_file_that_cannot_be_read_fails_with_its_reason(clerk: Actor, office: Organisation) -> None:
    batch = staged(clerk, "sites", "nama,alamat\nx,y\n")
    assert (batch.state, text.problem_of(batch)) == (
        "failed",
        'No row of headings with "code" in it was found. Name the columns in the first row',
    )
    with override("id"):
        assert '"kode"' in text.problem_of(batch)
    assert staged(clerk, "sites", f"{HEAD}\n").problem["code"] == "no_rows"


def test_a_discarded_batch_leaves_no_rows(clerk: Actor, office: Organisation) -> None:
    batch = discard_import(clerk, staged(clerk, "sites", TWO))
    assert (batch.state, ImportRow.objects.count()) == ("discarded", 0)
    with pytest.raises(ImportRefused):
        discard_import(clerk, batch)


def test_who_may_not_import_is_refused(office: Organisation) -> None:
    head = Actor("user", "user:9", "Kepala", frozenset({"network.see", "register.export"}))
    with pytest.raises(Forbidden):
        staged(head, "sites", TWO)
    importer = Actor("user", "user:8", "Impor", frozenset({"register.import", "register.edit", "evidence.add"}))
    with pytest.raises(Forbidden):
        staged(importer, "contracts", TWO)
    assert staged(importer, "sites", TWO).actor_key == "user:8"
    with pytest.raises(ImportRefused, match="cannot be imported"):
        staged(importer, "kapal", TWO)


def test_a_batch_and_its_job_are_made_together(clerk: Actor, office: Organisation) -> None:
    batch = start_import(clerk, "sites", "a.csv", io.BytesIO(TWO.encode()))
    assert batch.job is not None
    assert (batch.job.kind, batch.job.arguments) == ("register.stage", {"batch": batch.pk})


def finish(clerk: Actor, batch: ImportBatch) -> ImportBatch:
    """Apply a batch that was staged earlier."""
    imports.apply(Run(clerk, approve_import(clerk, batch)))
    batch.refresh_from_db()
    return batch


def test_a_wrong_cell_is_quoted_as_it_was_written_beside_the_bounds_in_the_readers_numbers(
    clerk: Actor, office: Organisation, settings: Settings
) -> None:
    given = settings.CONFIGURATION
    settings.CONFIGURATION = replace(given, instance=replace(given.instance, bounds=(-1.5, 113.5, 0.5, 115.0)))
    with override("id"):
        batch = staged(
            clerk, "sites", f"{HEAD}\nA-1;A;OPD;Diskominfo;114,8960;-0,94;\nA-2;B;OPD;Diskominfo;-7,10;114;\n"
        )
        first, second = problems(batch)
    assert '"114,8960"' in first
    assert '"-7,10"' in second
    assert "-1,5..0,5" in second
