"""No page that is made with the values heard last shows one of an object its visitor may not see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse

from api.regency import Regency
from simpul.kit.actor import Forbidden
from simpul.people.logic.rights import Role
from simpul.register.models import Link, Site, Uplink
from simpul.web.figures import rate_brief
from simpul.web.home import home
from simpul.web.last_values import last_rows
from simpul.web.map_table import table
from web.live_values import request_of

MODELS: dict[str, type[Link] | type[Site] | type[Uplink]] = {"links": Link, "sites": Site, "uplinks": Uplink}
PAGES: dict[str, Callable[[HttpRequest], HttpResponse]] = {"/": home, "/map/table/": table}


def rates() -> dict[str, dict[str, int]]:
    """For each object of each topic a rate that nothing else has, three digits of it on a page: 101, 102 ... Mbps."""
    number = iter(range(101, 999))
    return {
        topic: {
            code: next(number) * 1_000_000 for code in model.objects.order_by("code").values_list("code", flat=True)
        }
        for topic, model in MODELS.items()
    }


def messages() -> dict[str, Any]:
    """What the bus told: every object at its rate."""
    return {
        topic: {
            topic: {code: {"ab": bps, "ba": bps, "down": bps, "up": bps, "state": "up"} for code, bps in rows.items()}
        }
        for topic, rows in rates().items()
    }


def shown_to(regency: Regency, role: Role, topic: str) -> set[str]:
    """Codes of a topic that the role may open, asked of the register itself."""
    return set(MODELS[topic].objects.visible_to(regency.users[role]).values_list("code", flat=True))


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("topic", MODELS)
def test_the_values_heard_last_are_those_of_visible_objects(regency: Regency, role: Role, topic: str) -> None:
    request = request_of(regency.users[role], **messages())
    assert set(last_rows(request, topic)) == shown_to(regency, role, topic)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("path", PAGES)
def test_no_page_tells_the_rate_of_a_foreign_object(regency: Regency, role: Role, path: str) -> None:
    try:
        text = PAGES[path](request_of(regency.users[role], path, **messages())).content.decode()
    except Forbidden:
        text = ""
    said = {bps: rate_brief(bps) in text for rows in rates().values() for bps in rows.values()}
    foreign = {
        bps
        for topic, rows in rates().items()
        for code, bps in rows.items()
        if code not in shown_to(regency, role, topic)
    }
    assert not [bps for bps in foreign if said[bps]]
    # The proof must be able to fail: who sees everything does find values on the page.
    assert any(said.values()) or role is not Role.OPERATOR


def test_somebody_without_a_role_hears_nothing(regency: Regency) -> None:
    user = regency.users[Role.AGENCY]
    user.memberships.all().delete()
    request = request_of(user, **messages())
    assert not any(last_rows(request, topic) for topic in MODELS)
