"""Importing in the browser: a wrong row is named in words, mended, applied and taken back."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from look.demonstration import SOURCES, Demonstration
from look.visitor import DESK, PHONE, WITHOUT_SCRIPT, visitor

HEAD = "kode;nama;jenis;organisasi;sambungan;lintang;bujur\n"
WRONG = HEAD + "UJI-1;Titik Uji;ruang publik;DISHUB;radio;114,896;-0,951\n"
RIGHT = HEAD + "UJI-1;Titik Uji;ruang publik;DISHUB;radio;-0,951;114,896\n"


@pytest.fixture
def worker(demonstration: Demonstration) -> Iterator[None]:
    """The process that runs jobs, beside the one that serves pages. It needs no bus to do so."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SIMPUL_", "DJANGO_"))}
    environment |= {
        "PYTHONPATH": str(SOURCES),
        "SIMPUL_DATA_FOLDER": str(demonstration.folder),
        "SIMPUL_DEMO_ON": "true",
    }
    with (demonstration.folder / "control.log").open("wb") as log:
        command = [sys.executable, "-m", "simpul", "run", "control"]
        process = subprocess.Popen(command, cwd=demonstration.folder, env=environment, stdout=log, stderr=log)
    yield
    process.terminate()
    process.wait(10)


def hand_in(page: Page, path: Path) -> None:
    """Choose the file and send the form."""
    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + "/imports/new/")
    page.set_input_files("#file", path)
    page.get_by_role("button", name=re.compile("Baca dan bandingkan|Read and compare")).click()


def test_a_wrong_row_is_named_mended_applied_and_taken_back(
    chromium: Browser, demonstration: Demonstration, worker: None, tmp_path: Path, pictures: Path
) -> None:
    (tmp_path / "salah.csv").write_text(WRONG)
    (tmp_path / "benar.csv").write_text(RIGHT)
    with visitor(chromium, demonstration, PHONE, "teknisi") as who:
        page = who.page
        hand_in(page, tmp_path / "salah.csv")
        expect(page.locator("h1")).to_have_text(re.compile("1 dari 1 baris salah"))
        expect(page.locator(".faults")).to_contain_text("114,896")
        expect(page.locator(".faults")).to_contain_text("lintang dan bujur")
        expect(page.get_by_role("button", name="Terapkan")).to_be_disabled()
        page.screenshot(path=pictures / "import-wrong.png", full_page=True)
        assert not who.accessibility_faults()
        assert who.sideways() == 0

        hand_in(page, tmp_path / "benar.csv")
        expect(page.locator("h1")).to_have_text(re.compile("1 baris baru"))
        page.get_by_role("button", name="Terapkan").click()
        expect(page.locator("h1")).to_have_text(re.compile("Diterapkan: 1 baris baru"))
        assert who.open("/sites/UJI-1/").locator("h1").count() == 1
        page.go_back()
        page.get_by_role("button", name="Tarik kembali").click()
        expect(page.locator("h1")).to_have_text(re.compile("Ditarik kembali"))
        assert not who.complaints


def test_the_page_of_a_wrong_row_is_accessible_on_a_desk(
    chromium: Browser, demonstration: Demonstration, worker: None, tmp_path: Path, pictures: Path
) -> None:
    (tmp_path / "wrong.csv").write_text(WRONG)
    with visitor(chromium, demonstration, DESK, "teknisi") as who:
        page = who.page
        hand_in(page, tmp_path / "wrong.csv")
        expect(page.locator("h1")).to_have_text(re.compile("1 of 1 rows is wrong"))
        page.screenshot(path=pictures / "import-wrong-desk.png", full_page=True)
        assert not who.accessibility_faults()
        kept = page.request.get(f"{demonstration.url}/evidence/{hashlib.sha256(WRONG.encode()).hexdigest()}/")
        assert (kept.status, kept.body()) == (200, WRONG.encode())
        page.get_by_role("button", name="Give up").click()
        expect(page.locator("h1")).to_have_text("Given up; nothing was written")
        assert not who.complaints


def test_a_file_may_be_dropped_on_the_form(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK, "teknisi") as who:
        page = who.open("/imports/new/")
        page.evaluate(
            """() => {
                const data = new DataTransfer();
                data.items.add(new File(["a;b"], "dropped.csv", { type: "text/csv" }));
                document.querySelector("[data-drop]").dispatchEvent(
                    new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
            }"""
        )
        expect(page.locator("[data-file-name]")).to_contain_text("dropped.csv")
        assert page.evaluate("document.getElementById('file').files.length") == 1
        assert not who.complaints


def test_without_scripts_the_import_is_the_same(
    chromium: Browser, demonstration: Demonstration, worker: None, tmp_path: Path
) -> None:
    (tmp_path / "salah.csv").write_text(WRONG)
    with visitor(chromium, demonstration, WITHOUT_SCRIPT, "teknisi") as who:
        hand_in(who.page, tmp_path / "salah.csv")
        for _ in range(40):
            if "baris salah" in who.page.locator("h1").inner_text():
                break
            who.page.wait_for_timeout(250)
            who.page.reload()
        expect(who.page.locator("h1")).to_have_text(re.compile("1 dari 1 baris salah"))


def test_the_chain_is_checked_from_its_page(chromium: Browser, demonstration: Demonstration, worker: None) -> None:
    with visitor(chromium, demonstration, DESK, "pemeriksa") as who:
        page = who.open("/audit/")
        page.get_by_role("button", name="Check the chain").click()
        expect(page.locator("#job")).to_contain_text("The chain is whole up to no.")
        assert not who.accessibility_faults()
        expect(who.open("/audit/").locator(".head")).to_contain_text("Chain whole up to no.")
        assert not who.complaints
