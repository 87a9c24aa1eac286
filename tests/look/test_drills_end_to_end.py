"""The command center's first proof: something breaks in the real network, and the screen says what and whom it hits.

The whole tree runs as `simpul demo` starts it: real packets, real probes, real alarms; the drills are begun and ended
on their page by an administrator. How soon after a missed probe an alarm is found is measured in tests/network/watch;
here waiting times are generous, for the machine may be busy, and order and number are exact.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from look.test_home_live import red
from look.visitor import Setup, Visitor, visitor
from look.whole_demonstration import Moment, WholeDemonstration, record, seen, until, whole_demonstration

# A small window: the software renderer draws both maps again each second.
pytestmark = pytest.mark.xdist_group("whole demonstration")
SMALL = Setup("small-light-en", 1024, 720, "light", "en")
PATIENCE_MS = 120_000
PATIENCE_SECONDS = PATIENCE_MS / 1000
# So long an alarm is watched for another one beside it.
HOLD_MS = 4000
NOT_UP = "[data-state=unknown], [data-state=down]"
SPUR = "L-BAPPEDALITBANG"
BEHIND = ("Bappedalitbang", "BKPSDM", "BPKAD")


@pytest.fixture(scope="module")
def demo() -> Iterator[WholeDemonstration]:
    """One for all that happens here, one thing after the other."""
    with whole_demonstration() as demo:
        yield demo


@pytest.fixture(scope="module")
def admin(chromium: Browser, demo: WholeDemonstration) -> Iterator[Visitor]:
    """An administrator at the home, with the map drawn and every link known to be up."""
    with visitor(chromium, demo, SMALL, "admin", PATIENCE_MS) as who:
        table = who.open("/map/table/")
        expect(table.locator("tr[data-link] [data-state='up']").first).to_be_visible()
        expect(table.locator("tr[data-link]").locator(NOT_UP)).to_have_count(0, timeout=PATIENCE_MS)
        who.open("/").locator("#map-card[data-ready]").wait_for(timeout=PATIENCE_MS)
        record(who.page)
        yield who


@pytest.fixture
def drills(admin: Visitor) -> Iterator[Page]:
    """The drills in a second window of the same browser; nothing stays broken."""
    page = admin.page.context.new_page()
    yield page
    page.goto(f"{admin.site.url}/drills/")
    everything = page.get_by_role("button", name="Restore everything")
    if everything.count():
        everything.click()
    page.close()


def begin(drills: Page, site: WholeDemonstration, kind: str, target: str) -> None:
    """As an administrator does: choose, read what it will hit, do it."""
    drills.goto(f"{site.url}/drills/?target={target}")
    form = drills.locator(f"form:has(#target-{kind})")
    expect(form.locator(".drill-effect .notice")).to_be_visible()
    form.locator("button.danger").click()
    expect(drills.locator("#drill-state")).to_contain_text(target, timeout=PATIENCE_MS)


def one_alarm(home: Page, since: int) -> Moment:
    """Wait for an alarm, then some seconds more: what was shown when the first came, having seen never two."""
    found = until(home, "now.alarms.length > 0", PATIENCE_SECONDS)
    home.wait_for_timeout(HOLD_MS)
    assert max(len(moment.alarms) for moment in seen(home)[since:]) == 1
    return found


def put_right(home: Page, drills: Page, target: str) -> None:
    """Restore it; the alarm goes, and no link is said to be cut."""
    drills.locator(f"#drill-state button[value='{target}']").click()
    until(home, "now.alarms.length === 0 && now.cut === ''", PATIENCE_SECONDS)


def test_a_cut_spur_is_one_alarm_that_names_cable_and_sites_and_the_edge_turns_red(
    admin: Visitor, demo: WholeDemonstration, drills: Page
) -> None:
    home, whole, before = admin.page, red(admin.page), len(seen(admin.page))
    begin(drills, demo, "cut-span", SPUR)
    alarm = one_alarm(home, before)
    (text,) = alarm.alarms
    assert "Cable cut between POP Lanjas and Bappedalitbang" in text
    assert f"3 sites without network: {', '.join(BEHIND)}" in text
    turned = next(moment for moment in seen(home)[before:] if "POP Lanjas – Bappedalitbang" in moment.cut)
    assert turned.at - alarm.at < 2
    home.bring_to_front()
    assert red(home) > whole + 50
    put_right(home, drills, SPUR)


def test_a_cut_of_the_ring_is_one_alarm_without_a_site(admin: Visitor, demo: WholeDemonstration, drills: Page) -> None:
    before = len(seen(admin.page))
    begin(drills, demo, "cut-span", "RING-1")
    (text,) = one_alarm(admin.page, before).alarms
    assert "Ring broken between POP Inti and POP Lanjas" in text
    assert "All sites stay joined" in text
    assert not [moment for moment in seen(admin.page)[before:] if "without network" in " ".join(moment.alarms)]
    put_right(admin.page, drills, "RING-1")


def test_a_lost_way_out_is_one_alarm(admin: Visitor, demo: WholeDemonstration, drills: Page) -> None:
    before = len(seen(admin.page))
    begin(drills, demo, "lose-uplink", "UP-SERAT")
    (text,) = one_alarm(admin.page, before).alarms
    assert "Internet utama (Serat Contoh) gives no internet" in text
    assert "To be mended by: Serat Contoh, service number SCN-CTH-0001" in text
    put_right(admin.page, drills, "UP-SERAT")


def test_in_the_end_the_list_of_alarms_holds_these_three_and_no_other(admin: Visitor) -> None:
    page = admin.open("/alarms/")
    expect(page.locator("#list tbody tr")).to_have_count(3)
    assert not admin.complaints
