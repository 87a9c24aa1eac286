"""The import assistant: a file is looked at before it is written, a wrong row is named, and all can be taken back."""

from __future__ import annotations

import io
import re
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from api.conftest import Caller
from api.regency import Regency
from simpul.people.logic.rights import Role
from simpul.people.models import Organisation
from simpul.record.runner import Config, JobRunner
from simpul.register.imports.steps import JOBS
from simpul.register.models import ImportBatch, ImportRow, Site

HEAD = "kode;nama;jenis;organisasi;sambungan;lintang;bujur\n"
GOOD = HEAD + "OPD-2;Klinik Baru;opd;DINKES;radio;-0,95;114,89\nOPD-9;Gudang Obat;opd;DINKES;radio;-0,96;114,90\n"
WRONG = HEAD + "OPD-9;Gudang Obat;opd;DINKES;radio;114,896;-0,951\n"


def hand_in(client: Client, text: str, kind: str = "sites", name: str = "titik.csv") -> str:
    """Hand a file in and have it read; the address of the import's page."""
    file = SimpleUploadedFile(name, text.encode())
    response = client.post("/imports/new/", {"kind": kind, "file": file})
    assert response.status_code == 302, response.content.decode()
    run_jobs()
    return str(response["Location"])


def run_jobs() -> None:
    """What the control process does meanwhile."""
    runner = JobRunner(Config(), JOBS)
    while runner.run_one():
        pass


def page(client: Client, address: str) -> str:
    """The page as text, in English."""
    client.cookies["django_language"] = "en"
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def heading(text: str) -> str:
    """The title of the page."""
    found = re.search(r"<h1>(.*?)</h1>", text, re.DOTALL)
    assert found
    return " ".join(found[1].split())


def test_a_file_is_looked_at_applied_and_taken_back(as_role: Caller) -> None:
    client = as_role(Role.ENGINEER)
    address = hand_in(client, GOOD)
    assert heading(page(client, address)) == "1 new and 1 changed rows: ready to apply"
    changed = page(client, f"{address}?show=changed")
    assert "<del>Klinik Dinas Kesehatan</del>" in changed
    assert "<ins>Klinik Baru</ins>" in changed
    assert not Site.objects.filter(code="OPD-9").exists()

    client.post(f"{address}apply/")
    run_jobs()
    assert heading(page(client, address)) == "Applied: 1 new and 1 changed rows"
    assert Site.objects.get(code="OPD-2").name == "Klinik Baru"

    client.post(f"{address}undo/")
    run_jobs()
    assert heading(page(client, address)) == "Undone; the register is as it was before"
    assert Site.objects.get(code="OPD-2").name == "Klinik Dinas Kesehatan"
    assert not Site.objects.filter(code="OPD-9").exists()


def test_a_wrong_row_is_named_with_its_remedy_and_nothing_is_written(as_role: Caller) -> None:
    client = as_role(Role.ENGINEER)
    address = hand_in(client, WRONG)
    text = page(client, address)
    assert heading(text) == "1 of 1 rows is wrong; nothing was written"
    assert "114,896" in text
    assert "latitude and longitude look swapped" in text
    assert "Gudang Obat" in text  # the rest of the row stands beside it
    assert re.search(r'<button class="button primary" disabled aria-describedby="why-not">', text)
    client.post(f"{address}apply/")
    run_jobs()
    assert not Site.objects.filter(code="OPD-9").exists()
    assert "There are wrong rows in it" in page(client, address)


def test_the_same_file_again_changes_nothing(as_role: Caller) -> None:
    client = as_role(Role.ENGINEER)
    address = hand_in(client, GOOD)
    client.post(f"{address}apply/")
    run_jobs()
    assert heading(page(client, hand_in(client, GOOD))) == "Nothing would change"


def test_a_file_that_cannot_be_read_says_why(as_role: Caller) -> None:
    client = as_role(Role.ENGINEER)
    text = page(client, hand_in(client, "nama\nsesuatu\n"))
    assert heading(text) == "This file could not be read"
    assert "No row of headings" in text


def test_an_empty_file_is_refused_at_the_form(as_role: Caller) -> None:
    client = as_role(Role.ENGINEER)
    response = client.post("/imports/new/", {"kind": "sites", "file": SimpleUploadedFile("kosong.csv", b"")})
    assert response.status_code == 422
    assert not ImportBatch.objects.exists()


def test_an_import_that_is_given_up_leaves_its_file_and_nothing_else(as_role: Caller) -> None:
    client = as_role(Role.ENGINEER)
    address = hand_in(client, GOOD)
    client.post(f"{address}discard/")
    assert heading(page(client, address)) == "Given up; nothing was written"
    assert not ImportRow.objects.exists()
    assert ImportBatch.objects.get().source.name == "titik.csv"


def test_many_rows_are_turned_over_without_a_gap(as_role: Caller) -> None:
    client = as_role(Role.ENGINEER)
    rows = "".join(f"T-{number:03};Titik {number};opd;DINKES;radio;;\n" for number in range(120))
    address = hand_in(client, HEAD + rows)
    seen, where, back = [], f"{address}?show=new", ""
    while where:
        text = page(client, where)
        seen += re.findall(r'<td class="mono wide-only">(T-\d+)</td>', text)
        on = re.search(r'rel="next" href="(\?show=new&amp;from=\d+)"', text)
        back = (re.findall(r'rel="prev" href="(\?show=new&amp;before=\d+)"', text) or [""])[0]
        where = f"{address}{on[1].replace('&amp;', '&')}" if on else ""
    assert seen == [f"T-{number:03}" for number in range(120)]
    assert "T-050" in page(client, f"{address}{back.replace('&amp;', '&')}")


def test_the_progress_is_a_fragment_until_the_reading_ends(as_role: Caller) -> None:
    client = as_role(Role.ENGINEER)
    file = SimpleUploadedFile("titik.csv", GOOD.encode())
    address = client.post("/imports/new/", {"kind": "sites", "file": file})["Location"]
    waiting = client.get(address, headers={"X-Fragment": "1"}).content.decode()
    assert f'data-follow="{address}"' in waiting
    assert "<html" not in waiting
    run_jobs()
    assert f'data-then="{address}"' in client.get(address, headers={"X-Fragment": "1"}).content.decode()


@pytest.mark.parametrize("kind", ["sites", "contracts", "areas"])
@pytest.mark.parametrize("language", ["id", "en"])
def test_a_template_is_understood_when_it_is_handed_in(as_role: Caller, kind: str, language: str) -> None:
    client = as_role(Role.ADMINISTRATOR)
    client.cookies["django_language"] = language
    for suffix in ("csv", "xlsx"):
        content = client.get(f"/imports/template/{kind}.{suffix}").content
        response = client.post("/imports/new/", {"kind": kind, "file": SimpleUploadedFile(f"t.{suffix}", content)})
        run_jobs()
        batch = ImportBatch.objects.get(pk=int(response["Location"].split("/")[-2]))
        assert (batch.state, batch.total) == ("staged", 1), batch.problem
        assert [heading for heading, name in batch.columns if name is None] == []
        assert [row.problems for row in batch.rows.all()] == [[]]


def test_the_example_row_speaks_as_people_do_and_names_an_organisation_that_is_there(as_role: Caller) -> None:
    line = as_role(Role.ENGINEER).get("/imports/template/sites.csv").content.decode("utf-8-sig").splitlines()[1]
    assert "kantor OPD" in line
    assert "serat optik sendiri" in line
    assert "own_fibre" not in line
    assert Organisation.objects.filter(code=line.split(";")[3], kind="agency").exists(), line


def test_the_workbook_explains_its_columns(as_role: Caller) -> None:
    content = as_role(Role.ENGINEER).get("/imports/template/sites.xlsx").content
    book: Any = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    assert [sheet.title for sheet in book.worksheets] == ["Titik", "Penjelasan"]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AGENCY, Role.PROVIDER, Role.HEAD, Role.AUDITOR, Role.CREW])
def test_who_may_not_import_is_refused_everywhere(as_role: Caller, role: Role) -> None:
    address = hand_in(as_role(Role.ENGINEER), GOOD)
    client = as_role(role)
    assert client.get("/imports/").status_code == 403
    assert client.get(address).status_code == 403
    assert client.post(f"{address}apply/").status_code == 403
    assert client.get("/imports/template/sites.csv").status_code == 403


def test_an_import_that_does_not_exist_is_not_found(regency: Regency, as_role: Caller) -> None:
    assert as_role(Role.ENGINEER).get("/imports/999/").status_code == 404
    assert as_role(Role.ENGINEER).get("/imports/template/people.csv").status_code == 404


def test_all_that_would_be_written_is_seen_first_and_what_there_is_none_of_has_no_tab(as_role: Caller) -> None:
    client = as_role(Role.ENGINEER)
    text = page(client, hand_in(client, GOOD))
    assert re.findall(r'href="\?show=(\w+)"', text) == ["written", "changed", "new"]
    assert re.findall(r'<td class="mono wide-only">(.*?)</td>', text) == ["OPD-2", "OPD-9"]
    only_new = page(client, hand_in(client, HEAD + "OPD-9;Gudang Obat;opd;DINKES;radio;-0,96;114,90\n"))
    assert heading(only_new) == "1 new row: ready to apply"


def test_new_and_changed_rows_are_turned_over_together(as_role: Caller) -> None:
    client = as_role(Role.ENGINEER)
    rows = [f"T-{number:03};Titik {number};opd;DINKES;radio;;\n" for number in range(60)]
    rows.insert(55, "OPD-2;Klinik Baru;opd;DINKES;radio;-0,95;114,89\n")
    address = hand_in(client, HEAD + "".join(rows))
    assert "Klinik Baru" not in page(client, address)
    second = page(client, f"{address}?show=written&from=51")
    assert "<ins>Klinik Baru</ins>" in second
    assert 'rel="prev" href="?show=written&amp;before=51"' in second
    assert "T-000" in page(client, f"{address}?show=written&before=51")


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_the_wrong_rows_can_be_taken_away_and_handed_in_again(as_role: Caller, suffix: str) -> None:
    client = as_role(Role.ENGINEER)
    address = hand_in(client, WRONG + "OPD-10;Gudang Dua;opd;DINKES;radio;-0,96;114,90\n")
    response = client.get(f"{address}wrong.{suffix}")
    assert "titik-baris-salah" in response["Content-Disposition"]
    batch = ImportBatch.objects.get(
        pk=int(
            client.post(
                "/imports/new/", {"kind": "sites", "file": SimpleUploadedFile(f"lagi.{suffix}", response.content)}
            )["Location"].split("/")[-2]
        )
    )
    run_jobs()
    batch.refresh_from_db()
    assert (batch.total, batch.wrong) == (1, 1), batch.problem
    first, second = (each.rows.get(verdict="wrong") for each in ImportBatch.objects.order_by("pk"))
    assert (first.key, first.problems, first.values) == (second.key, second.problems, second.values)
    assert [heading for heading, name in batch.columns if name is None] == [
        "Baris di berkas",
        "Apa yang salah, dan cara memperbaikinya",
    ]


def test_an_import_without_a_wrong_row_has_no_file_of_them(as_role: Caller) -> None:
    client = as_role(Role.ENGINEER)
    assert client.get(f"{hand_in(client, GOOD)}wrong.csv").status_code == 404


def test_the_list_says_what_waits_and_can_be_narrowed_and_taken_away(as_role: Caller) -> None:
    client = as_role(Role.ENGINEER)
    hand_in(client, WRONG, name="salah.csv")
    assert heading(page(client, "/imports/")) == "1 file has wrong rows to mend"
    hand_in(client, GOOD, name="benar.csv")
    assert heading(page(client, "/imports/")) == "1 import waits for your decision; 1 file has wrong rows to mend"
    waiting = page(client, "/imports/?state=waiting")
    assert "benar.csv" in waiting
    assert "salah.csv" not in waiting
    lines = client.get("/imports/?format=csv&sort=file").content.decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines[-2:]] == ["benar.csv", "salah.csv"]


def test_undoing_is_called_the_same_everywhere(as_role: Caller) -> None:
    client = as_role(Role.ENGINEER)
    address = hand_in(client, GOOD)
    client.post(f"{address}apply/")
    run_jobs()
    assert "Tarik kembali" in client.get(address).content.decode()
    client.post(f"{address}undo/")
    run_jobs()
    assert "Ditarik kembali; data induk seperti semula" in client.get(address).content.decode()
    listed = client.get("/imports/").content.decode()
    assert "ditarik kembali" in listed
    assert "dibatalkan" not in listed


@pytest.mark.parametrize("lost", [8, 30, 60, 200])
def test_an_upload_that_breaks_off_starts_no_import_of_half_a_file(as_role: Caller, lost: int) -> None:
    client = as_role(Role.ENGINEER)
    rows = "".join(f"OPD-{n},Kantor,opd,DINKES,radio,,\n" for n in range(100, 200))
    body = (
        f'--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\nsites\r\n--b\r\n'
        f'Content-Disposition: form-data; name="file"; filename="titik.csv"\r\n\r\n{HEAD}{rows}\r\n--b--\r\n'
    ).encode()
    whole, half = (
        client.post("/imports/new/", sent, content_type="multipart/form-data; boundary=b")
        for sent in (body, body[:-lost])
    )
    assert whole.status_code == 302
    assert half.status_code in (400, 422)
    assert ImportBatch.objects.count() == 1
