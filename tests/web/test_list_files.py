"""Files of lists: the import reads the list of sites back, days and numbers say what they are, names are words."""

from __future__ import annotations

import io
from dataclasses import replace

import openpyxl
import pytest
from django.test import Client
from django.utils.translation import override
from pytest_django import Settings

from api.conftest import Caller
from api.regency import Regency
from register.importing import counts, problems, staged
from simpul.kit.actor import Actor
from simpul.people.logic.rights import Role
from simpul.people.models import Organisation
from simpul.register.models import Circuit, Site

CLERK = Actor.system("test")


@pytest.fixture
def engineer(as_role: Caller) -> Client:
    """May see and export."""
    return as_role(Role.ENGINEER)


@pytest.mark.parametrize("demo", [False, True], ids=["in life", "in a demonstration"])
@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_the_file_of_the_list_of_sites_is_read_back_without_a_change(
    engineer: Client, settings: Settings, suffix: str, language: str, demo: bool
) -> None:
    given = settings.CONFIGURATION
    settings.CONFIGURATION = replace(given, demo=replace(given.demo, on=demo))
    Site.objects.filter(code="OPD-1").update(is_sample=True, planned_year=2025, area=None)
    # Names alone would not tell these apart.
    Organisation.objects.filter(code="DISDIK").update(name="Dinas Kesehatan")
    engineer.cookies["django_language"] = language
    content = engineer.get(f"/sites/?format={suffix}").content
    with override(language):
        batch = staged(CLERK, "sites", content, f"titik.{suffix}")
        assert counts(batch) == (0, 0, Site.objects.count(), 0), problems(batch)
    read = {name for _, name in batch.columns if name}
    assert {"code", "name", "kind", "organisation", "area", "medium", "latitude", "longitude", "position"} <= read
    assert ("is_sample" in read) == demo


def test_a_change_in_the_file_of_the_list_is_the_only_one_that_is_found(engineer: Client) -> None:
    content = engineer.get("/sites/?format=csv").content.decode("utf-8-sig")
    batch = staged(CLERK, "sites", content.replace("Balai Kominfo", "Balai Kominfo Baru"))
    assert counts(batch)[1] == 1
    assert batch.rows.get(verdict="changed").values == {"name": "Balai Kominfo Baru"}


def test_a_column_called_lokasi_renames_nothing(engineer: Client) -> None:
    batch = staged(CLERK, "sites", "Kode;Lokasi;Jenis\nOPD-1;lokasi contoh;kantor OPD\n")
    assert batch.state == "staged", batch.problem
    assert counts(batch) == (0, 0, 1, 0)
    assert [column for column in batch.columns if column[1] is None] == [["Lokasi", None]]


def test_the_day_of_a_hand_over_is_the_local_one(engineer: Client) -> None:
    lines = engineer.get("/sites/?format=csv").content.decode("utf-8-sig").splitlines()
    place = lines[0].split(";").index("Serah terima")
    days = {line.split(";")[place] for line in lines[1:]}
    assert any(days)
    assert all(day == "" or (len(day) == 10 and day[4] == "-") for day in days), days


def test_a_rate_in_a_file_has_its_unit_in_the_heading(engineer: Client) -> None:
    book = openpyxl.load_workbook(io.BytesIO(engineer.get("/network/?format=xlsx").content))
    heads = [cell.value for cell in book.worksheets[-1][1]]
    assert "CIR (bit/s)" in heads
    assert "CIR</a>" in engineer.get("/network/").content.decode()


@pytest.mark.parametrize(
    ("path", "language", "name"),
    [
        ("/sites/", "id", "titik.csv"),
        ("/sites/", "en", "sites.csv"),
        ("/network/", "id", "sirkuit.csv"),
        ("/organisations/", "id", "organisasi.csv"),
    ],
)
def test_a_file_is_named_in_the_readers_language(engineer: Client, path: str, language: str, name: str) -> None:
    engineer.cookies["django_language"] = language
    assert engineer.get(f"{path}?format=csv")["Content-Disposition"] == f'attachment; filename="{name}"'


@pytest.mark.parametrize("role", [Role.AGENCY, Role.PROVIDER])
def test_an_agency_and_a_provider_take_away_what_they_see_and_no_more(
    as_role: Caller, regency: Regency, role: Role
) -> None:
    client = as_role(role)
    for path in ("/organisations/", "/network/"):
        assert "format=csv" in client.get(path).content.decode()
        shown = client.get(path).context["list"].count
        rows = client.get(f"{path}?format=csv").content.decode("utf-8-sig").splitlines()[1:]
        assert len(rows) == shown
    assert Circuit.objects.count() >= shown


def test_an_auditor_takes_away_the_list_of_people(as_role: Caller) -> None:
    client = as_role(Role.AUDITOR)
    page = client.get("/people/")
    assert "format=csv" in page.content.decode()
    lines = client.get("/people/?format=csv").content.decode("utf-8-sig").splitlines()
    assert len(lines) == page.context["list"].count + 1
    assert "Nama pengguna" in lines[0]
