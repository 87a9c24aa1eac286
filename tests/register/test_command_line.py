"""`simpul import`, `simpul export` and `simpul rollout status`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.utils import timezone

from register.moments import day
from simpul import cli
from simpul.kit.actor import Actor
from simpul.people.models import Organisation
from simpul.record.models import LogEntry
from simpul.register.models import Contract, ImportBatch, ImportRow, Site
from simpul.register.service import advance_network, change_internet, create_site

GOOD = "kode,nama,jenis,opd\nA-1,Kantor,OPD,DISKOMINFO\nA-2,Camat,kecamatan,DISKOMINFO\n"
Out = pytest.CaptureFixture[str]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two sites."""
    path = tmp_path / "titik.csv"
    path.write_text(GOOD, encoding="utf-8")
    return path


@pytest.fixture
def joined(clerk: Actor, office: Organisation) -> None:
    """A lit office with internet since 2023, an office that waits, a point of presence."""
    for code, kind in (("A", "opd"), ("B", "opd"), ("P", "pop")):
        site = create_site(clerk, code=code, name=code, kind=kind, organisation=office, owner=office, operator=office)
        if code != "B":
            advance_network(clerk, site, "lit", day("2018-05-01"), reason="sebelum pencatatan")
        if code == "A":
            change_internet(clerk, site, "on", day("2023-01-13"))


def test_a_good_file_is_imported_and_a_second_time_changes_nothing(
    file: Path, office: Organisation, capsys: Out
) -> None:
    assert cli.main(["import", str(file), "--kind", "sites"]) == 0
    number = ImportBatch.objects.get().pk
    assert capsys.readouterr().out == (f"titik.csv: 2 new, 0 changed, 0 unchanged. Imported as number {number}.\n")
    assert LogEntry.objects.get(verb="imported").actor_key == "system:cli"
    assert cli.main(["import", str(file), "--kind", "sites", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["new"], answer["changed"], answer["same"], answer["wrong"]) == (0, 0, 2, 0)
    assert Site.objects.count() == 2


def test_a_dry_run_says_what_would_change_and_changes_nothing(file: Path, office: Organisation, capsys: Out) -> None:
    assert cli.main(["import", str(file), "--kind", "sites", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["new"] == 2
    assert not Site.objects.exists()
    assert not ImportRow.objects.exists()


def test_a_wrong_file_is_named_line_by_line_and_nothing_is_imported(
    file: Path, office: Organisation, capsys: Out
) -> None:
    file.write_text(GOOD.replace("kecamatan", "gudang").replace("A-1", ""), encoding="utf-8")
    assert cli.main(["import", str(file), "--kind", "sites"]) == 2
    captured = capsys.readouterr()
    lines = captured.err.splitlines()
    assert captured.out == ""
    assert lines[0].startswith('titik.csv, row 2, column "kode": ')
    assert lines[1].startswith('titik.csv, row 3, column "jenis": "gudang" is not one of the choices.')
    assert lines[2] == "titik.csv: 2 of 2 rows are wrong. Nothing was imported."
    assert cli.main(["import", str(file), "--kind", "sites", "--json"]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert [(each["row"], each["column"]) for each in answer["problems"]] == [(2, "code"), (3, "kind")]


def test_what_cannot_be_read_is_one_line(file: Path, office: Organisation, capsys: Out, tmp_path: Path) -> None:
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    for arguments in ([str(file), "--kind", "sites"], [str(tmp_path / "x.csv"), "--kind", "sites"], [], [str(file)]):
        assert cli.main(["import", *arguments]) == 2
        captured = capsys.readouterr()
        assert (captured.out, captured.err.count("\n")) == ("", 1)


def test_an_import_is_taken_back_by_its_number(file: Path, office: Organisation, capsys: Out) -> None:
    cli.main(["import", str(file), "--kind", "sites"])
    number = str(ImportBatch.objects.get().pk)
    Site.objects.filter(code="A-2").update(version=2)
    assert cli.main(["import", "--undo", number]) == 1
    assert "A-2 was changed" in capsys.readouterr().err
    Site.objects.filter(code="A-2").update(version=1)
    assert cli.main(["import", "--undo", number]) == 0
    assert not Site.objects.exists()
    assert cli.main(["import", "--undo", "999"]) == 2


def test_an_export_goes_to_a_file_in_one_piece(file: Path, office: Organisation, capsys: Out, tmp_path: Path) -> None:
    cli.main(["import", str(file), "--kind", "sites"])
    capsys.readouterr()
    out = tmp_path / "titik.geojson"
    assert cli.main(["export", "sites", "--out", str(out), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["format"], answer["bytes"]) == ("geojson", out.stat().st_size)
    assert cli.main(["import", str(out), "--kind", "sites", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["same"] == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["titik.csv", "titik.geojson"]
    assert cli.main(["export", "sites", "--out", str(tmp_path / "a.pdf")]) == 2
    assert cli.main(["export", "contracts", "--format", "geojson"]) == 2
    assert cli.main(["export", "sites", "--out", str(tmp_path / "none" / "a.csv")]) == 2


def test_headings_are_in_the_language_that_is_asked_for(
    office: Organisation, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert cli.main(["export", "sites", "--language", "en"]) == 0
    assert capsysbinary.readouterr().out.startswith(b"\xef\xbb\xbfcode,name,kind,organisation,")
    assert cli.main(["export", "sites"]) == 0
    assert capsysbinary.readouterr().out.startswith(b"\xef\xbb\xbfkode;nama;jenis;organisasi;")


def test_the_status_of_a_past_day_counts_what_was_so_at_its_end(joined: None, capsys: Out) -> None:
    assert cli.main(["rollout", "status", "--at", "2023-01-12", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "at": "2023-01-12",
        "sites": 2,
        "network_lit": 1,
        "internet_on": 0,
        "not_joined": 1,
        "by_kind": {"opd": {"sites": 2, "network_lit": 1, "internet_on": 0, "not_joined": 1}},
    }
    assert cli.main(["rollout", "status", "--at", "2023-01-13"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split() == ["all", "2", "1", "1", "1"]


def test_a_day_that_has_not_come_or_is_none_is_refused(db: None, capsys: Out) -> None:
    for written in ("2999-01-01", "13/01/2023", "2023-02-30"):
        assert cli.main(["rollout", "status", "--at", written]) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_without_a_day_the_status_is_that_of_today(joined: None, capsys: Out) -> None:
    assert cli.main(["rollout", "status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["at"] == timezone.localdate().isoformat()
    assert not Contract.objects.exists()
