"""Groups and shares are made, changed and taken away by verbs that check, log and tell."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from simpul.people.logic.rights import Role
from simpul.people.service import create_user, grant
from simpul.record.models import LogEntry, OutboxEvent
from simpul.register.models import Uplink
from simpul.register.service import InUse, remove_site
from simpul.traffic.errors import GroupInUse, NoShare
from simpul.traffic.models import PlanVersion, ShareGroup, SiteShare
from simpul.traffic.service import draft, remove_group, remove_share, set_group, set_share
from traffic.small_town import CLERK, MBIT, Town


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """The words that these tests look for."""
    with translation.override("en"):
        yield


def test_a_share_is_made_once_and_then_changed(town: Town) -> None:
    share = set_share(CLERK, town.sites["CLINIC"], weight=Decimal("2.5"))
    assert SiteShare.objects.filter(site=town.sites["CLINIC"]).count() == 1
    assert share.guarantee_down_bps == 5 * MBIT
    entry = LogEntry.objects.order_by("-seq")[0]
    assert (entry.verb, entry.kind, entry.ref, entry.about_ref) == ("changed", "traffic.siteshare", "CLINIC", "CLINIC")
    assert OutboxEvent.objects.order_by("-pk")[0].name == "traffic.SharesChanged"


@pytest.mark.parametrize(
    ("wrong", "column"),
    [
        ({"weight": 0}, "weight"),
        ({"ceiling_down_bps": MBIT}, "ceiling_up_bps"),
        ({"ceiling_down_bps": MBIT, "ceiling_up_bps": MBIT}, "guarantee_down_bps"),
        ({"tier": 8}, "tier"),
    ],
)
def test_a_share_that_cannot_be_meant_is_refused_by_column(town: Town, wrong: dict[str, int], column: str) -> None:
    with pytest.raises(ValidationError) as refused:
        set_share(CLERK, town.sites["CLINIC"], **wrong)
    assert column in refused.value.message_dict


def test_a_column_that_does_not_exist_is_an_error_of_the_caller(town: Town) -> None:
    with pytest.raises(TypeError, match="no column wieght"):
        set_share(CLERK, town.sites["CLINIC"], wieght=2)


def test_a_group_stands_in_one_place_and_never_inside_itself(town: Town) -> None:
    inner = set_group(CLERK, "INNER", name="Inner", parent=town.offices)
    with pytest.raises(ValidationError, match="inside itself"):
        set_group(CLERK, "OFFICES", uplink=None, parent=inner, fallbacks=[])
    with pytest.raises(ValidationError, match="choose one"):
        set_group(CLERK, "INNER", uplink=town.public.uplink)
    with pytest.raises(ValidationError, match="choose one"):
        set_group(CLERK, "NOWHERE", name="Nowhere")


def test_a_group_takes_no_name_of_a_site_or_a_way_out(town: Town) -> None:
    for code in ("CLINIC", "UP-1"):
        with pytest.raises(ValidationError, match="has this code"):
            set_group(CLERK, code, name="x", uplink=Uplink.objects.get(code="UP-1"))


def test_a_group_falls_back_to_ways_out_that_exist(town: Town) -> None:
    with pytest.raises(ValidationError, match="UP-9"):
        set_group(CLERK, "OFFICES", fallbacks=["UP-9"])


def test_what_is_used_stays(town: Town) -> None:
    with pytest.raises(GroupInUse, match="CLINIC, HALL, SCHOOL"):
        remove_group(CLERK, town.offices)
    with pytest.raises(InUse):
        remove_site(CLERK, town.sites["CLINIC"])
    remove_share(CLERK, town.sites["PARK"])
    with pytest.raises(NoShare):
        remove_share(CLERK, town.sites["PARK"])
    remove_group(CLERK, town.public)
    assert not ShareGroup.objects.filter(code="PUBLIC").exists()


def test_an_agency_sees_its_own_share_and_a_provider_none(town: Town) -> None:
    draft(CLERK, town.gateway)
    clerk = create_user(CLERK, username="clinic", name="Staf")
    grant(CLERK, clerk, town.agencies["CLINIC"], Role.AGENCY)
    seller = create_user(CLERK, username="seller", name="Penjual")
    grant(CLERK, seller, town.provider, Role.PROVIDER)
    boss = create_user(CLERK, username="boss", name="Kepala")
    grant(CLERK, boss, town.agencies["HALL"], Role.HEAD)
    assert [share.code for share in SiteShare.objects.visible_to(clerk)] == ["CLINIC"]
    assert not SiteShare.objects.visible_to(seller).exists()
    for user in (clerk, seller):
        assert not ShareGroup.objects.visible_to(user).exists()
        assert not PlanVersion.objects.visible_to(user).exists()
    assert SiteShare.objects.visible_to(boss).count() == 4
    assert PlanVersion.objects.visible_to(boss).count() == 1
