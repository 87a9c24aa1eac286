"""`simpul import`, `simpul export` and `simpul rollout status`."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from register.moments import day
from simpul import cli
from simpul.kit.actor import Actor
from simpul.kit.problem import Problem
from simpul.people.models import Organisation
from simpul.record.models import LogEntry
from simpul.register.cli_file import opened_file
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


def test_what_is_no_ordinary_file_is_one_line(
    tmp_path: Path, office: Organisation, capsys: Out, settings: Settings
) -> None:
    settings.EVIDENCE_MAX_BYTES = 1 << 20
    os.mkfifo(tmp_path / "fifo.csv")
    (tmp_path / "large.csv").write_bytes(b"kode,nama\n" + b"x" * (1 << 20))
    (tmp_path / "empty.csv").touch()
    (tmp_path / "leads-to-zero.csv").symlink_to("/dev/zero")
    (tmp_path / "round.csv").symlink_to(tmp_path / "round.csv")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(tmp_path / "door.csv"))
        for path, said in (
            ("/dev/zero", "not a regular file"),
            ("/dev/stdin/x", "Check the path"),
            ("/proc/self/mem", "empty"),
            ("/proc/kmsg", "empty"),
            ("/proc/kcore", "larger than 1 MB"),
            (f"{tmp_path}/fifo.csv", "not a regular file"),
            (f"{tmp_path}/door.csv", "not a regular file"),
            (f"{tmp_path}/leads-to-zero.csv", "not a regular file"),
            (f"{tmp_path}/round.csv", "Check the path"),
            (f"{tmp_path}/large.csv", "larger than 1 MB"),
            (f"{tmp_path}/empty.csv", "empty"),
            (str(tmp_path), "not a regular file"),
            (f"{tmp_path}/a\0b.csv", "no path"),
        ):
            if path == "/proc/kcore" and not Path(path).exists():
                continue
            assert cli.main(["import", path, "--kind", "sites"]) == 2, path
            captured = capsys.readouterr()
            assert (captured.out, captured.err.count("\n")) == ("", 1), path
            assert said in captured.err, (path, captured.err)
    assert not ImportBatch.objects.exists()


def test_a_file_that_grows_while_it_is_read_is_not_imported(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(GOOD, encoding="utf-8")
    with opened_file(path, 1 << 20) as file:
        assert file.read() == GOOD.encode()
        with path.open("a", encoding="utf-8") as more:
            more.write("A-3,Kantor,OPD,DISKOMINFO\n")
        with pytest.raises(Problem, match="changed while it was read"):
            list(iter(file.read, b""))


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


def test_an_export_follows_a_link_and_spares_what_is_no_file(db: None, capsys: Out, tmp_path: Path) -> None:
    target, link, ring, pipe = (tmp_path / name for name in ("there.csv", "link.csv", "ring.csv", "pipe.csv"))
    for present in (False, True):
        link.unlink(missing_ok=True)
        link.symlink_to(target.name)
        assert target.exists() is present
        assert cli.main(["export", "sites", "--out", str(link)]) == 0
        assert (link.is_symlink(), target.is_symlink()) == (True, False)
        assert target.read_bytes().startswith(b"\xef\xbb\xbfkode;")
    ring.symlink_to(ring.name)
    os.mkfifo(pipe)
    through = tmp_path / "through.csv"
    through.symlink_to(pipe.name)
    before = sorted(tmp_path.iterdir())
    capsys.readouterr()
    for refused in (pipe, ring, through, tmp_path, target / "a.csv"):
        assert cli.main(["export", "sites", "--format", "csv", "--out", str(refused)]) == 2
        captured = capsys.readouterr()
        assert (captured.out, captured.err.count("\n")) == ("", 1)
    assert pipe.is_fifo()
    assert through.is_symlink()
    assert sorted(tmp_path.iterdir()) == before


def test_a_pipe_is_not_waited_for(db: None, capsys: Out, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    assert cli.main(["import", str(pipe), "--kind", "sites"]) == 2
    assert "not a regular file" in capsys.readouterr().err


def test_a_heading_that_is_written_wrongly_is_named_with_what_was_meant(
    file: Path, office: Organisation, capsys: Out
) -> None:
    file.write_text("kode,nama,jenis,opd,lintng\nA-1,Kantor,OPD,DISKOMINFO,-0.9\n", encoding="utf-8")
    assert cli.main(["import", str(file), "--kind", "sites"]) == 0
    assert capsys.readouterr().err == 'titik.csv: columns that are not used: lintng (did you mean "lintang"?).\n'


def test_a_number_that_no_import_has_is_answered_with_one_that_there_is(
    file: Path, office: Organisation, capsys: Out
) -> None:
    assert cli.main(["import", "--undo", "7"]) == 2
    assert "import 7 cannot be taken back: no import has that number. None is applied" in capsys.readouterr().err
    cli.main(["import", str(file), "--kind", "sites"])
    number = ImportBatch.objects.get().pk
    assert cli.main(["import", "--undo", str(number + 1)]) == 2
    assert f"The last one applied is number {number} (titik.csv)" in capsys.readouterr().err


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
