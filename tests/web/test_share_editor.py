"""Changing a share on a site's page: seen before, refused with a reason, tried out, kept, undone; never half done."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from simpul.record.models import LogEntry
from simpul.register.service import create_site
from simpul.traffic import carrying
from simpul.traffic.models import PlanVersion, SiteShare
from simpul.traffic.service import remove_share, return_to, set_share
from traffic.small_town import CLERK, MBIT
from web.share_town import Sharing, build_sharing, words

pytestmark = pytest.mark.django_db
State = PlanVersion.State
HALL = "/sites/HALL/share/"
TERMS = {
    "guarantee_down_bps": "5",
    "guarantee_up_bps": "",
    "ceiling_down_bps": "",
    "ceiling_up_bps": "",
    "weight": "1",
}


@pytest.fixture
def sharing(db: None) -> Sharing:
    """The town with a plan in force."""
    made = build_sharing()
    made.in_force()
    return made


def sent(client: Client, do: str, path: str = HALL, **values: str) -> Any:
    """The form with these values, sent by one of its buttons."""
    return client.post(path, TERMS | values | {"do": do})


def mark(answer: Any) -> str:
    """What the preview was about."""
    found = re.search(r'name="seen" value="([^"]+)"', answer.content.decode())
    assert found
    return found[1]


def tried(sharing: Sharing, **values: str) -> PlanVersion:
    """Previewed and ordered by the operator, and carried to the gateway."""
    seen = mark(sent(sharing.operator, "preview", **values))
    answer = sent(sharing.operator, "order", seen=seen, confirm_s="60", note="exam week", **values)
    assert (answer.status_code, answer["Location"]) == (302, "/sites/HALL/#share")
    version = PlanVersion.objects.order_by("-number")[0]
    carrying.applied(version)
    version.refresh_from_db()
    return version


def hall(sharing: Sharing) -> SiteShare:
    return SiteShare.objects.get(site=sharing.town.sites["HALL"])


def test_a_preview_says_who_wins_and_who_loses_and_writes_nothing(sharing: Sharing) -> None:
    lines = LogEntry.objects.count()
    answer = sent(sharing.operator, "preview", weight="4")
    text = words(answer)
    assert "2 sites get less, 1 gets more, 1 stays as it is" in text
    less, _, more = text.partition("gets more Hall")
    assert less.index("Clinic") < less.index("School")
    assert "47.5 Mbps → 33.3 Mbps −14.2 Mbps" in less
    assert "19.2 Mbps → 42.8 Mbps +23.6 Mbps" in more
    assert "weight 1 → 4" in text
    assert LogEntry.objects.count() == lines
    assert hall(sharing).weight == 1


def test_what_would_starve_a_neighbour_is_refused_by_name_with_the_remedy(sharing: Sharing) -> None:
    set_share(CLERK, sharing.town.sites["SCHOOL"], guarantee_down_bps=0)
    answer = sent(sharing.operator, "preview", guarantee_down_bps="94.9")
    text = words(answer)
    assert "This would be refused" in text
    assert "School would starve: it would get" in text
    assert "Give it a guarantee, or others less." in text
    assert 'value="order"' not in answer.content.decode()
    forced = sent(sharing.operator, "order", guarantee_down_bps="94.9", confirm_s="60")
    assert forced.status_code == 409
    assert "School would starve" in words(forced)
    assert PlanVersion.objects.count() == 1
    assert hall(sharing).guarantee_down_bps == 5 * MBIT


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"guarantee_down_bps": "viel"}, 'Guaranteed download, Mbps: "viel" is no rate. Write a number'),
        ({"guarantee_down_bps": "1.000"}, '"1.000" can be read in two ways. Write 1000 or 1.'),
        ({"ceiling_down_bps": "20"}, "Highest upload, Mbps: Give the highest rate for both directions, or for none."),
        ({"ceiling_down_bps": "4", "ceiling_up_bps": "4"}, "Guaranteed download, Mbps: More is guaranteed than"),
        ({"weight": "0"}, "Weight: Ensure this value is greater than or equal to 0.01"),
        ({"ceiling_down_bps": "0.1", "ceiling_up_bps": "0.1", "guarantee_down_bps": "0"}, "Raise the ceiling."),
    ],
)
def test_a_wrong_value_is_named_with_its_field_and_the_remedy(
    sharing: Sharing, values: dict[str, str], said: str
) -> None:
    assert said in words(sent(sharing.operator, "preview", **values))
    assert sent(sharing.operator, "order", confirm_s="60", **values).status_code in (409, 422)
    assert PlanVersion.objects.count() == 1


@pytest.mark.parametrize(("text", "bps"), [("7", 7 * MBIT), ("7,5", 7_500_000), ("7.5", 7_500_000), ("800K", 800_000)])
def test_rates_are_read_as_people_write_them(sharing: Sharing, text: str, bps: int) -> None:
    tried(sharing, guarantee_down_bps=text)
    assert hall(sharing).guarantee_down_bps == bps


def test_a_trial_is_seen_on_the_sites_page_counts_down_and_is_kept_by_name(sharing: Sharing) -> None:
    version = tried(sharing, weight="4")
    page = sharing.operator.get("/sites/HALL/")
    assert "Plan 2 is on trial · tried out by Siti" in words(page)
    until = re.search(r'data-until="([^"]+)"', page.content.decode())
    assert until is not None
    assert version.confirm_by is not None
    # Whole seconds are left by the gateway's own count.
    assert abs(datetime.fromisoformat(until[1]) - version.confirm_by) <= timedelta(seconds=1)
    answer = sharing.operator.post("/traffic/plans/GW/2/keep/", {"next": "/sites/HALL/#share"})
    assert answer["Location"] == "/sites/HALL/#share"
    carrying.confirmed(version)
    text = words(sharing.operator.get("/sites/HALL/"))
    assert "Plan 2 is in force · kept by Siti" in text
    assert "Undo: back to plan 1" in text


def test_a_trial_that_nobody_keeps_leaves_page_and_policy_as_they_were(sharing: Sharing) -> None:
    version = tried(sharing, weight="4")
    carrying.reverted(version, "nobody confirmed it in time; order 1 is in force")
    assert hall(sharing).weight == 1
    text = words(sharing.operator.get("/sites/HALL/"))
    assert "Plan 2 was taken back · nobody kept it in time; plan 1 is in force again" in text


def test_somebody_elses_trial_is_said_so_and_nothing_is_half_applied(sharing: Sharing) -> None:
    seen = mark(sent(sharing.colleague, "preview", weight="9"))
    tried(sharing, weight="4")
    lines = LogEntry.objects.count()
    answer = sent(sharing.colleague, "order", weight="9", seen=seen, confirm_s="60")
    assert answer.status_code == 409
    assert "Plan 2 of Siti is on its way or on trial at GW. Nothing was changed." in words(answer)
    assert (LogEntry.objects.count(), int(hall(sharing).weight)) == (lines, 4)
    page = sharing.colleague.get("/sites/HALL/").content.decode()
    assert "share-form" not in page
    assert "Keep it" in page


def test_what_was_not_seen_is_not_ordered(sharing: Sharing) -> None:
    seen = mark(sent(sharing.operator, "preview", weight="4"))
    set_share(CLERK, sharing.town.sites["SCHOOL"], weight=3)
    answer = sent(sharing.operator, "order", weight="4", seen=seen, confirm_s="60")
    assert answer.status_code == 409
    assert "Something else was decided since this preview was made" in words(answer)
    assert mark(answer) != seen
    assert hall(sharing).weight == 1


def test_taking_back_ends_the_trial_at_once(sharing: Sharing) -> None:
    tried(sharing, weight="4")
    sharing.colleague.post("/traffic/plans/GW/2/take-back/")
    plans = {plan.number: plan for plan in PlanVersion.objects.all()}
    assert (plans[2].state, plans[3].returned_to, plans[3].unattended) == (State.SUPERSEDED, 1, True)
    assert (plans[3].author, int(hall(sharing).weight)) == ("Budi", 1)


def test_undo_orders_the_plan_before_on_trial(sharing: Sharing) -> None:
    carrying.confirmed(tried(sharing, weight="4"))
    sharing.operator.post("/traffic/plans/GW/1/return/")
    again = PlanVersion.objects.get(number=3)
    assert (again.returned_to, again.state, again.author) == (1, State.APPLYING, "Siti")
    answer = sharing.colleague.post("/traffic/plans/GW/1/return/", follow=True)
    assert "Plan 3 of Siti is on its way" in words(answer)
    assert PlanVersion.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_who_undo_at_once_do_not_replace_each_other(sharing: Sharing, monkeypatch: pytest.MonkeyPatch) -> None:
    carrying.confirmed(tried(sharing, weight="4"))

    def slowly(*given: Any) -> PlanVersion:
        # Time enough for the other one to find the gateway free.
        time.sleep(0.3)
        return return_to(*given)

    def undo(client: Client) -> str:
        try:
            return words(client.post("/traffic/plans/GW/1/return/", follow=True))
        finally:
            connections.close_all()

    monkeypatch.setattr("simpul.traffic.service.return_to", slowly)
    with ThreadPoolExecutor(2) as pool:
        pages = list(pool.map(undo, [sharing.operator, sharing.colleague]))
    again = PlanVersion.objects.get(number=3)
    assert again.state == State.APPLYING
    assert PlanVersion.objects.count() == 3
    assert sum(f"Plan 3 of {again.author} is on its way" in page for page in pages) == 1


def test_a_form_never_leads_to_another_server(sharing: Sharing) -> None:
    tried(sharing, weight="4")
    answer = sharing.operator.post("/traffic/plans/GW/2/keep/", {"next": "https://elsewhere.contoh.go.id/"})
    assert answer["Location"] == "/traffic/plans/GW/2/"


def test_the_panel_alone_is_asked_for_while_a_trial_runs(sharing: Sharing) -> None:
    tried(sharing, weight="4")
    answer = sharing.operator.get("/traffic/trial/GW/?next=/sites/HALL/")
    assert answer.content.decode().strip().startswith("<div")
    assert "no-store" in answer["Cache-Control"]


def test_an_agency_sees_its_own_share_and_no_plan_and_changes_nothing(sharing: Sharing) -> None:
    tried(sharing, weight="4")
    text = words(sharing.agency.get("/sites/CLINIC/"))
    assert "Internet share" in text
    assert "5 Mbps" in text
    assert "on trial" not in text
    assert sharing.agency.get("/sites/HALL/").status_code == 404
    assert sent(sharing.agency, "preview", path="/sites/CLINIC/share/").status_code == 403
    for client in (sharing.head, sharing.crew):
        page = client.get("/sites/HALL/").content.decode()
        assert "on trial" in page
        assert "Keep it" not in page
        assert client.post("/traffic/plans/GW/2/keep/").status_code == 403


def test_a_site_without_a_share_gets_one_and_then_the_plan_that_says_so(sharing: Sharing) -> None:
    remove_share(CLERK, sharing.town.sites["HALL"])
    sharing.in_force()
    assert "has no share" in words(sharing.operator.get("/sites/HALL/"))
    answer = sharing.operator.post(HALL, {"group": str(sharing.town.offices.pk)})
    assert (answer.status_code, answer["Location"]) == (302, HALL)
    text = words(sent(sharing.operator, "preview", guarantee_down_bps="8"))
    assert "Hall site, new" in text
    assert "This site" not in words(sharing.agency.get("/sites/CLINIC/"))


def test_a_site_whose_internet_is_not_on_has_its_share_noted_for_later(sharing: Sharing) -> None:
    town = sharing.town
    owner = town.agencies["HALL"]
    site = create_site(
        CLERK, code="NEWCOMER", name="New", kind="opd", medium="radio", organisation=owner, owner=owner, operator=owner
    )
    set_share(CLERK, site, group=town.offices)
    answer = sent(sharing.operator, "order", path="/sites/NEWCOMER/share/", weight="3", confirm_s="60")
    assert answer.status_code == 302
    assert (int(SiteShare.objects.get(site=site).weight), PlanVersion.objects.count()) == (3, 1)


def test_a_group_is_changed_the_same_way(sharing: Sharing) -> None:
    text = words(sent(sharing.operator, "preview", path="/traffic/groups/OFFICES/", guarantee_down_bps="200"))
    assert "UP-1 carries 100 Mbps download, but 200 Mbps would be guaranteed" in text
    lower = {"ceiling_down_bps": "80", "ceiling_up_bps": "80"}
    answer = sent(sharing.operator, "preview", path="/traffic/groups/OFFICES/", **lower)
    assert "3 sites get less" in words(answer)
