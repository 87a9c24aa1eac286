"""The board, the table, the history and the emergency switch: for who sees the whole network, changed by who may."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from simpul.register.service import advance_network, change_internet, create_site
from simpul.register.service import snapshot as read_snapshot
from simpul.traffic import carrying, reports
from simpul.traffic.models import PanicOrder, PlanVersion
from simpul.traffic.service import apply, confirm, draft, set_share
from simpul.traffic.service.reading import trial_left_s
from simpul.watch.keeping import Found, Verdict, write
from simpul.watch.logic.facts import Cause
from simpul.watch.models import Alarm
from traffic.small_town import CLERK, JOINED
from web.share_town import Sharing, build_sharing, words

# The file in which the controller keeps what gateway GW said is one for all workers.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("reports of GW")]


@pytest.fixture
def sharing(db: None) -> Sharing:
    """The town with a plan in force."""
    made = build_sharing()
    made.in_force()
    return made


def test_the_board_shows_ways_out_groups_and_sites_in_the_order_of_the_tree(sharing: Sharing) -> None:
    answer = sharing.head.get("/traffic/")
    text = words(answer)
    assert "4 sites share 150 Mbps of internet" in text
    body = text[text.index("Way out, group, site") :]
    places = [body.index(name) for name in ("UP-1", "Offices", "Clinic", "Hall", "School", "UP-2", "Public", "Park")]
    assert places == sorted(places)
    assert "47.5 Mbps" in body


def test_a_search_leaves_others_out_but_keeps_the_way_to_what_is_found(sharing: Sharing) -> None:
    text = words(sharing.head.get("/traffic/?q=clin"))
    assert "Clinic" in text
    assert "Offices" in text
    assert "School" not in text
    assert "Public" not in text
    assert "4 sites share 150 Mbps" in text
    assert "No site is called that" in words(sharing.head.get("/traffic/?q=zzz"))


def test_who_sees_only_some_sites_does_not_see_the_board_nor_a_way_to_it(sharing: Sharing) -> None:
    for client in (sharing.agency, sharing.provider):
        for path in ("", "table/", "plans/", "plans/GW/1/", "trial/GW/", "emergency/", "groups/OFFICES/", "policy/GW/"):
            assert client.get(f"/traffic/{path}").status_code == 404, path
        assert 'href="/traffic/"' not in client.get("/").content.decode()
    assert 'href="/traffic/"' in sharing.head.get("/").content.decode()


def test_what_was_decided_and_is_not_in_force_is_said_and_can_be_tried_out(sharing: Sharing) -> None:
    assert "Something was decided" not in words(sharing.operator.get("/traffic/"))
    set_share(CLERK, sharing.town.sites["HALL"], weight=4)
    assert "Something was decided that is not in force yet" in words(sharing.operator.get("/traffic/"))
    page = words(sharing.operator.get("/traffic/policy/GW/"))
    assert "2 sites get less, 1 gets more" in page
    answer = sharing.operator.post("/traffic/policy/GW/", {"do": "order", "confirm_s": "60"})
    assert answer.status_code == 302
    assert PlanVersion.objects.get(number=2).author == "Siti"


def test_a_new_site_with_internet_is_named_until_it_has_a_share(sharing: Sharing) -> None:
    owner = sharing.town.agencies["HALL"]
    site = create_site(
        CLERK, code="NEXT", name="New", kind="opd", medium="radio", organisation=owner, owner=owner, operator=owner
    )
    advance_network(CLERK, site, "lit", JOINED)
    change_internet(CLERK, site, "on", JOINED)
    assert "New has internet, but no share" in words(sharing.operator.get("/traffic/"))


def test_the_table_can_be_filtered_and_taken_away(sharing: Sharing) -> None:
    assert "4 sites have a share" in words(sharing.head.get("/traffic/table/"))
    filtered = words(sharing.head.get("/traffic/table/?group=PUBLIC"))
    assert "Park" in filtered
    assert "Clinic" not in filtered
    file = sharing.head.get("/traffic/table/?format=csv&capped=1")
    text = b"".join(file).decode("utf-8-sig") if file.streaming else file.content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert [row[0] for row in rows[1:]] == ["Park"]
    assert "20000000" in rows[1]
    assert sharing.crew.get("/traffic/table/?format=csv").status_code == 403


def test_the_history_names_who_made_and_who_kept_each_plan(sharing: Sharing) -> None:
    set_share(CLERK, sharing.town.sites["HALL"], weight=4)
    second = apply(CLERK, draft(CLERK, sharing.town.gateway, "for the exams"))
    carrying.reverted(second, "nobody confirmed it in time; order 1 is in force")
    text = words(sharing.head.get("/traffic/plans/"))
    assert "Plan 2" in text
    assert "for the exams · nobody kept it in time; plan 1 is in force again" in text
    only = words(sharing.head.get("/traffic/plans/?state=confirmed"))
    assert "Plan 1" in only
    assert "for the exams" not in only


def test_a_plans_page_says_what_it_changed_and_leads_back_to_it(sharing: Sharing) -> None:
    set_share(CLERK, sharing.town.sites["HALL"], weight=4)
    sharing.in_force()
    page = words(sharing.operator.get("/traffic/plans/GW/2/"))
    assert "Plan 2 is in force" in page
    assert "weight 1 → 4" in page
    assert "2 sites get less, 1 gets more, 1 stays as it is" in page
    assert "Go back to this plan" not in page
    assert "Go back to this plan" in words(sharing.operator.get("/traffic/plans/GW/1/"))
    assert "Go back to this plan" not in words(sharing.head.get("/traffic/plans/GW/1/"))
    assert sharing.operator.get("/traffic/plans/GW/9/").status_code == 404


def test_the_emergency_switch_asks_twice(sharing: Sharing) -> None:
    asked = {"gateway": "GW", "mode": "equal", "note": "storm"}
    first = sharing.operator.post("/traffic/emergency/", asked)
    assert "Really? Equal shares for all, at Gateway" in words(first)
    assert not PanicOrder.objects.exists()
    answer = sharing.operator.post("/traffic/emergency/", asked | {"sure": "1"}, follow=True)
    order = PanicOrder.objects.get()
    assert (order.mode, order.asked_by, order.note) == ("equal", "Siti", "storm")
    assert "waits for the gateway" in words(answer)
    assert sharing.operator.post("/traffic/emergency/", asked | {"mode": "nonsense", "sure": "1"}).status_code == 422
    assert sharing.head.get("/traffic/emergency/").status_code == 403


def said_by(gateway: str, **more: Any) -> None:
    """The gateway's last report, a moment ago."""
    report = {"number": 0, "pending": None, "panic": "normal", "state": "shaping", "uplinks": {}, "nodes": {}} | more
    reports.keep(settings.CONFIGURATION.data.run, gateway, report, datetime.now(UTC))


@pytest.fixture
def clean() -> Iterator[None]:
    """Forget what the gateway said."""
    yield
    (settings.CONFIGURATION.data.run / "traffic" / "GW.json").unlink(missing_ok=True)


@pytest.mark.usefixtures("clean")
def test_pages_say_what_the_gateway_does_and_not_what_the_row_says(sharing: Sharing) -> None:
    plan = PlanVersion.objects.get()
    page = f"/traffic/plans/GW/{plan.number}/"
    said_by("GW", number=plan.number)
    assert "the gateway does so, heard" in words(sharing.operator.get("/traffic/"))
    assert "once more" not in words(sharing.operator.get(page))
    said_by("GW", state="unshaped", reason="order 1 is not newer than 1")
    board = words(sharing.operator.get("/traffic/"))
    assert "Gateway GW carries out no plan, though plan 1 is in force here: order 1 is not newer than 1." in board
    assert "not at the gateway" in board
    assert "the gateway does so" not in board
    assert "Order this plan once more" in words(sharing.operator.get(page))
    assert "carries out no plan" in words(sharing.operator.get("/traffic/emergency/"))
    assert "carries out no plan" in words(sharing.operator.get("/sites/CLINIC/"))
    assert "this share may not be kept" in words(sharing.agency.get("/sites/CLINIC/"))
    answer = sharing.operator.post(f"/traffic/plans/GW/{plan.number}/return/", {"next": "/traffic/"})
    assert answer.status_code == 302
    assert PlanVersion.objects.order_by("-number").first() != plan


@pytest.mark.usefixtures("clean")
def test_board_site_and_alarm_say_in_words_that_a_gateway_is_not_as_planned_while_its_alarm_is_open(
    sharing: Sharing,
) -> None:
    sentence = "Gateway GW carries out no plan, though plan 1 is in force here: it has not been given any plan."
    cause = "Gateway does not share as the plan in force says"
    snapshot, found = read_snapshot(), Found(Cause("off_plan", ("GW",)))
    said_by("GW", state="unshaped", reason="it has not been given any plan")
    write(Verdict([found]), snapshot, {})
    alarm = Alarm.objects.get(closed_at=None)
    for path in ("/traffic/", "/sites/CLINIC/"):
        assert sentence in words(sharing.operator.get(path)), path
    assert "this share may not be kept" in words(sharing.agency.get("/sites/CLINIC/"))
    page = words(sharing.operator.get(f"/alarms/{alarm.pk}/"))
    assert cause in page
    assert "Guarantees may not be kept." in page
    assert cause in words(sharing.operator.get("/alarms/?state=open"))
    said_by("GW", number=1)
    write(Verdict(gone=[alarm.pk]), snapshot, {})
    for path in ("/traffic/", "/sites/CLINIC/"):
        assert "carries out no plan" not in words(sharing.operator.get(path)), path
    assert cause not in words(sharing.operator.get("/alarms/?state=open"))
    assert "this share may not be kept" not in words(sharing.agency.get("/sites/CLINIC/"))
    assert "over after" in words(sharing.operator.get(f"/alarms/{alarm.pk}/"))


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("days", [-1, 1])
def test_a_wall_clock_that_jumped_makes_no_report_old_and_ends_no_trial(sharing: Sharing, days: int) -> None:
    version = apply(CLERK, draft(CLERK, sharing.town.gateway), 60)
    carrying.applied(version)
    report = {"number": 0, "pending": {"number": version.number, "seconds_left": 40}, "panic": "normal"}
    report |= {"state": "trial", "uplinks": {}, "nodes": {}}
    # As if the clock had been set by a day since.
    moment = datetime.now(UTC) - timedelta(days=days)
    reports.keep(settings.CONFIGURATION.data.run, "GW", report, moment)
    PlanVersion.objects.filter(pk=version.pk).update(confirm_by=moment + timedelta(seconds=60))
    assert "has not been heard" not in words(sharing.operator.get("/traffic/"))
    left = trial_left_s(settings.CONFIGURATION.data.run, PlanVersion.objects.get(pk=version.pk), datetime.now(UTC))
    assert 0 < left <= 40
    assert confirm(CLERK, version).wanted_at is not None
