"""Recording what happened to a site, from a program."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from api.conftest import Caller
from api.regency import Regency
from simpul.kit.actor import Actor
from simpul.people.logic.rights import Role
from simpul.people.service import issue_token
from simpul.record.models import LogEntry
from simpul.register.models import NetworkEvent

STEP = {"state": "lit", "at": "2023-05-02T09:00:00+07:00"}


def post(client: Client, address: str, body: Any, **more: Any) -> Any:
    """A call with a JSON body."""
    return client.post(f"/api/v1/rollout/sites/{address}", body, content_type="application/json", **more)


def test_a_crew_records_that_a_site_is_lit(as_role: Caller) -> None:
    answer = post(as_role(Role.CREW), "RP-1/network", STEP)
    assert answer.status_code == 201, answer.content
    assert NetworkEvent.objects.get(site__code="RP-1").state == "lit"
    assert LogEntry.objects.order_by("-seq").first().actor_name == "Pegawai crew"  # type: ignore[union-attr]


def test_all_four_kinds_can_be_recorded(as_role: Caller) -> None:
    client = as_role(Role.ADMINISTRATOR)
    at = {"at": "2023-06-01T09:00:00+07:00"}
    bodies = [
        ("RP-1/network", STEP),
        ("RP-1/internet", {"state": "on", **at}),
        ("OPD-2/stalls", {"track": "internet", "reason": "menunggu pembayaran", **at}),
        ("OPD-2/handovers", {"contract": "027/118/SPK/2023", "document_number": "BAST-2/2023", **at}),
    ]
    assert [post(client, address, body).status_code for address, body in bodies] == [201] * 4


def test_an_agency_may_look_but_not_record(as_role: Caller) -> None:
    answer = post(as_role(Role.AGENCY), "OPD-2/internet", {"state": "ordered", "at": "2023-06-01T09:00:00Z"})
    assert answer.status_code == 403
    assert "rollout.record" in answer.json()["error"]["message"]


def test_a_foreign_site_is_not_found(as_role: Caller) -> None:
    assert post(as_role(Role.AGENCY), "OPD-1/network", STEP).status_code == 404


def test_what_does_not_fit_the_story_is_refused_with_its_reason(as_role: Caller) -> None:
    answer = post(as_role(Role.CREW), "OPD-1/network", STEP)
    assert answer.status_code == 409
    assert "it was so already" in answer.json()["error"]["message"]
    assert not NetworkEvent.objects.filter(site__code="OPD-1", at__year=2023).exists()


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"state": "bright", "at": "2023-05-02T09:00:00Z"}, "body.state"),
        ({"state": "lit"}, "body.at"),
        ({"state": "lit", "at": "2023-05-02T09:00:00"}, "body.at"),
        ({"state": "lit", "at": "2023-05-02T09:00:00Z", "reason": "x" * 301}, "body.reason"),
        ({"state": "lit", "at": "2023-05-02T09:00:00Z", "reason": "a\x00b"}, "body.reason"),
    ],
)
def test_a_wrong_body_is_refused_and_the_place_named(as_role: Caller, body: dict[str, str], place: str) -> None:
    answer = post(as_role(Role.CREW), "RP-1/network", body)
    assert answer.status_code == 422
    assert answer.json()["error"]["place"] == place


def test_a_body_that_is_no_json_is_refused(as_role: Caller) -> None:
    answer = post(as_role(Role.CREW), "RP-1/network", "{oops")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid"


def test_a_session_must_carry_the_csrf_token(regency: Regency) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(regency.users[Role.CREW])
    assert post(client, "RP-1/network", STEP).status_code == 403


@pytest.mark.parametrize(("may_write", "status"), [(True, 201), (False, 403)])
def test_a_token_records_only_if_it_may_write(regency: Regency, may_write: bool, status: int) -> None:
    owner = regency.users[Role.CREW]
    issued = issue_token(Actor.system("test"), owner, label="lapangan", days=30, may_write=may_write)
    client = Client(enforce_csrf_checks=True)
    answer = post(client, "RP-1/network", STEP, headers={"authorization": f"Bearer {issued.secret}"})
    assert answer.status_code == status, answer.content
