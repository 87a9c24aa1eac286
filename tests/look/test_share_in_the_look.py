"""The share editor as people see it: on a phone and a desk, in both languages, with and without scripts.

No gateway stands here; its part (taking a plan up, telling that it is in force) is played by a small process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from look.demonstration import SOURCES, Demonstration
from look.visitor import DESK, DESK_LIGHT, PHONE, PHONE_DARK, WITHOUT_SCRIPT, Setup, Visitor, visitor

PATIENCE_MS = 30_000
BEGIN = """
import django
django.setup()
from simpul.traffic import carrying
from simpul.traffic.models import PlanVersion
"""
FIRST = "version = carrying.first_plan('GW-INTI')\nassert version, 'no plan'\ncarrying.confirmed(version)\n"
NEWEST = "version = PlanVersion.objects.order_by('-number')[0]\n"
BACK = "carrying.reverted(version, 'nobody confirmed it in time; order 1 is in force')\n"


def played(site: Demonstration, script: str) -> None:
    """What the gateway does."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SIMPUL_", "DJANGO_"))}
    environment |= {
        "PYTHONPATH": str(SOURCES),
        "SIMPUL_DATA_FOLDER": str(site.folder),
        "SIMPUL_DEMO_ON": "true",
        "DJANGO_SETTINGS_MODULE": "simpul.settings",
    }
    line = [sys.executable, "-c", BEGIN + script]
    done = subprocess.run(line, cwd=site.folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.fixture(scope="module", autouse=True)
def first_plan(demonstration: Demonstration) -> None:
    """The gateway goes by the first plan."""
    played(demonstration, FIRST)


def filled(who: Visitor, weight: str = "9") -> Page:
    """The editor of a site, with other values, and the preview of them."""
    page = who.open("/sites/DINKES/#share")
    page.set_default_timeout(PATIENCE_MS)
    page.locator(".share-edit > summary").click()
    page.locator("#id_weight").fill(weight)
    page.locator("#share-preview [name=do]").wait_for()
    return page


def quiet(who: Visitor) -> None:
    """Nothing is wrong with the page as it stands."""
    assert not who.accessibility_faults()
    assert who.sideways() <= 0
    assert not who.clipped_without_a_sign()
    assert not who.complaints


@pytest.mark.parametrize("setup", [DESK, DESK_LIGHT, PHONE, PHONE_DARK], ids=lambda setup: setup.name)
def test_a_share_is_seen_before_tried_out_and_taken_back_by_itself(
    chromium: Browser, demonstration: Demonstration, pictures: Path, setup: Setup
) -> None:
    with visitor(chromium, demonstration, setup, "teknisi") as who:
        page = filled(who)
        expect(page.locator("[data-side=more] tr[data-code=DINKES]")).to_be_visible()
        page.screenshot(path=pictures / f"share-preview {setup.name}.png", full_page=True)
        quiet(who)
        page.select_option("#id_confirm_s", "300")
        page.locator("#share-preview [name=do]").click()
        trial = page.locator("#trial")
        expect(trial).to_have_attribute("data-tone", "info")
        played(demonstration, NEWEST + "carrying.applied(version)\n")
        count = page.locator("#trial [data-until]")
        count.wait_for(timeout=PATIENCE_MS)
        page.wait_for_load_state()
        before = count.inner_text()
        page.wait_for_timeout(2500)
        assert count.inner_text() != before
        page.screenshot(path=pictures / f"share-trial {setup.name}.png", full_page=True)
        quiet(who)
        played(demonstration, NEWEST + BACK)
        expect(page.locator("#trial[data-tone=warn]")).to_be_visible(timeout=PATIENCE_MS)
        expect(page.locator(".share-edit")).to_be_visible(timeout=PATIENCE_MS)


def test_a_value_that_starves_others_has_no_button(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        page = filled(who)
        page.locator("#id_ceiling_down_bps").fill("900")
        page.locator("#id_guarantee_down_bps").fill("590")
        expect(page.locator("#share-preview .notice[data-tone=bad]")).to_contain_text("Turunkan jaminan")
        expect(page.locator("#share-preview [name=do]")).to_have_count(0)
        who.complaints.clear()
        page.locator("#id_guarantee_down_bps").fill("dua puluh")
        expect(page.locator("#share-preview .notice[data-tone=bad]")).to_contain_text("bukan kecepatan")
        assert page.evaluate("document.activeElement.id") == "id_guarantee_down_bps"


def test_without_scripts_the_same_is_done_by_forms(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, WITHOUT_SCRIPT, "teknisi") as who:
        page = who.open("/sites/DINKES/share/")
        page.locator("#id_weight").fill("5")
        page.get_by_role("button", name="Lihat apa yang akan berubah").click()
        expect(page.locator("[data-side=more] tr[data-code=DINKES]")).to_be_visible()
        page.select_option("#id_confirm_s", "300")
        page.get_by_role("button", name="Coba").click()
        expect(page.locator("#trial")).to_contain_text("dalam perjalanan ke gateway")
        played(demonstration, NEWEST + "carrying.applied(version)\n")
        page.get_by_role("link", name="Muat ulang").click()
        page.get_by_role("button", name="Pertahankan").click()
        expect(page.locator("#trial")).to_contain_text("dipertahankan oleh Teknisi")
        played(demonstration, NEWEST + "carrying.confirmed(version)\n")
        page.reload()
        expect(page.locator("#trial")).to_contain_text("berlaku")
        page.get_by_role("button", name="Batalkan: kembali ke rencana").click()
        expect(page.locator("#trial")).to_contain_text("dalam perjalanan ke gateway")
        played(demonstration, NEWEST + "carrying.confirmed(version)\n")


def test_the_emergency_is_asked_for_twice(chromium: Browser, demonstration: Demonstration, pictures: Path) -> None:
    with visitor(chromium, demonstration, PHONE, "teknisi") as who:
        page = who.open("/traffic/emergency/")
        page.get_by_label("Jatah sama untuk semua").check()
        page.get_by_role("button", name="Alihkan").click()
        expect(page.locator(".notice")).to_contain_text("Sungguh?")
        page.screenshot(path=pictures / "emergency.png", full_page=True)
        quiet(who)
        page.get_by_role("link", name="Tidak, biarkan").click()
        expect(page.get_by_text("Perintah sejauh ini")).to_have_count(0)
