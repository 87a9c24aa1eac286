"""Codes from before the rule stand in the database: every page survives them, and each leads to its own page."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from api.conftest import Caller
from api.regency import Regency
from simpul.kit.actor import Actor
from simpul.kit.codes import RESERVED
from simpul.people.logic.rights import Role
from simpul.people.models import Organisation
from simpul.people.service.in_use import InUse, require_free
from simpul.record.models import LogEntry, OutboxEvent
from simpul.register.models import Circuit, Device, Link, Site, Uplink
from simpul.traffic.models import ShareGroup
from simpul.traffic.service.shares import set_group
from web.list_pages import LISTS

ODD = ["OPD/28", "..", ".", "new", "\u202eSETDA", "\u200b", "50%", "a b?c#d", "ŠKOLA"]


@pytest.fixture
def odd(regency: Regency) -> dict[str, str]:
    """Each odd code, and the name of the site and the organisation that have it; cables and boxes have some too."""
    names = {code: f"Kantor {number}" for number, code in enumerate(ODD)}
    for code, name in names.items():
        body = Organisation.objects.create(code=code, name=name, kind="agency")
        Site.objects.create(
            code=code,
            name=name,
            kind="opd",
            organisation=body,
            owner=body,
            operator=body,
            latitude=-0.95,
            longitude=114.9,
        )
    Site.objects.filter(code="OPD-1").update(code="OPD/1")
    for model in (Device, Circuit, Link):
        for code, row in zip(ODD, model.objects.order_by("pk"), strict=False):
            model.objects.filter(pk=row.pk).update(code=code)
    return names


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AGENCY])
def test_every_list_opens_beside_odd_codes(as_role: Caller, odd: dict[str, str], role: Role) -> None:
    client = as_role(role)
    known = (200,) if role is Role.ADMINISTRATOR else (200, 403, 404)
    assert [path for path in LISTS if client.get(path).status_code not in known] == []


def test_the_lists_lead_to_the_pages_of_odd_codes(as_role: Caller, odd: dict[str, str]) -> None:
    client = as_role(Role.ENGINEER)
    for path in ("/sites/", "/organisations/"):
        for name in odd.values():
            address = followed(client, path, name)
            for part in ("", "edit/"):
                page = client.get(address + part)
                assert page.status_code == 200, address
                assert name in page.content.decode()
    assert client.get(followed(client, "/sites/", "Klinik Dinas Kesehatan")).status_code == 200


def followed(client: Client, path: str, name: str) -> str:
    """Where the link with that text leads."""
    text = client.get(path).content.decode()
    links = {unescape(said): unescape(target) for target, said in re.findall(r'<a href="([^"]+)">([^<]+)</a>', text)}
    return links[name]


def lonely(**fields: Any) -> Site:
    """A site that nothing hangs on."""
    owner = Organisation.objects.get(code="DINKES")
    return Site.objects.create(name="Gudang", kind="opd", organisation=owner, owner=owner, operator=owner, **fields)


def test_an_odd_code_can_be_mended_where_nothing_hangs_on_it(as_role: Caller) -> None:
    lonely(code="OPD/28")
    client = as_role(Role.ENGINEER)
    address = followed(client, "/sites/", "Gudang")
    fields = {"name": "Gudang", "kind": "opd", "medium": "own_fibre", "position": "unknown", "version": "1"}
    owner = Organisation.objects.get(code="DINKES").pk
    fields |= {"organisation": str(owner), "owner": str(owner), "operator": str(owner)}
    refused = client.post(f"{address}edit/", fields | {"code": "OPD/29"})
    assert refused.status_code == 422
    assert Site.objects.filter(code="OPD/28").exists()
    assert client.post(f"{address}edit/", fields | {"code": "OPD-28"}).headers["Location"] == "/sites/OPD-28/"
    assert LogEntry.objects.filter(kind="register.site", verb="changed").exists()
    last = OutboxEvent.objects.order_by("-pk")[:2]
    told = {row.name: json.loads(row.payload)["code"] for row in last}
    assert told == {"register.ElementRemoved": "OPD/28", "register.ElementAdded": "OPD-28"}


def test_a_site_in_use_that_has_an_odd_code_is_edited_on_its_page(as_role: Caller) -> None:
    client = as_role(Role.ENGINEER)
    for code in ODD:
        Site.objects.filter(name="Klinik Dinas Kesehatan").update(code=code)
        row = Site.objects.get(code=code)
        with pytest.raises(InUse):
            require_free(row)
        address = followed(client, "/sites/", row.name)
        owners = {name: str(row.owner_id) for name in ("owner", "operator")}
        place = {"latitude": str(row.latitude), "longitude": str(row.longitude), "position": row.position}
        fields = {"name": "Klinik Baru", "kind": row.kind, "medium": row.medium, "version": str(row.version)}
        fields |= {"organisation": str(row.organisation_id), **owners, **place}
        assert client.post(f"{address}edit/", fields).status_code == 302, code
        row.refresh_from_db()
        assert (row.code, row.name) == (code, "Klinik Baru")
        Site.objects.filter(pk=row.pk).update(name="Klinik Dinas Kesehatan")


def test_an_organisation_in_use_that_has_an_odd_code_is_edited_on_its_page(as_role: Caller) -> None:
    client = as_role(Role.ENGINEER)
    Organisation.objects.filter(code="DINKES").update(code="..")
    address = followed(client, "/organisations/", "Dinas Kesehatan")
    assert client.post(f"{address}edit/", {"name": "Dinas Sehat", "kind": "agency"}).status_code == 302
    assert Organisation.objects.get(code="..").name == "Dinas Sehat"


def test_a_group_of_shares_that_has_an_odd_code_is_changed(regency: Regency) -> None:
    ShareGroup.objects.create(code="OPD/28", name="Dinas", uplink=Uplink.objects.get())
    assert set_group(Actor.system("test"), "OPD/28", name="Kantor").name == "Kantor"
    with pytest.raises(ValidationError):
        set_group(Actor.system("test"), "OPD/29", name="Kantor", uplink=Uplink.objects.get())


def test_a_site_that_nothing_hangs_on_is_removed(as_role: Caller) -> None:
    lonely(code="GUDANG")
    client = as_role(Role.ENGINEER)
    assert client.post("/sites/GUDANG/remove/").headers["Location"] == "/sites/"
    assert not Site.objects.filter(code="GUDANG").exists()
    assert LogEntry.objects.filter(kind="register.site", ref="GUDANG", verb="deleted").exists()


def test_a_site_in_use_stays_and_the_page_names_what_hangs_on_it(as_role: Caller) -> None:
    client = as_role(Role.ENGINEER)
    answer = client.post("/sites/OPD-1/remove/", follow=True)
    assert Site.objects.filter(code="OPD-1").exists()
    text = unescape(answer.content.decode())
    assert "OPD-1" in text
    assert "masih dipakai" in text or "still used" in text


def test_an_organisation_is_renamed_and_removed_only_while_nothing_hangs_on_it(as_role: Caller) -> None:
    client = as_role(Role.ENGINEER)
    Organisation.objects.create(code="ORG/1", name="Dinas Lama", kind="agency")
    address = followed(client, "/organisations/", "Dinas Lama")
    given = {"code": "DINAS-LAMA", "name": "Dinas Lama", "kind": "agency"}
    assert client.post(f"{address}edit/", given).headers["Location"] == "/organisations/DINAS-LAMA/"
    assert client.post("/organisations/DINAS-LAMA/remove/").headers["Location"] == "/organisations/"
    assert not Organisation.objects.filter(name="Dinas Lama").exists()
    names = set(OutboxEvent.objects.values_list("name", flat=True))
    assert {"people.OrganisationRenamed", "people.OrganisationRemoved"} <= names
    assert client.post("/organisations/DINKES/remove/").headers["Location"] == "/organisations/DINKES/edit/"
    assert Organisation.objects.filter(code="DINKES").exists()


def test_the_organisation_that_the_settings_name_stays(as_role: Caller, settings: Any) -> None:
    client = as_role(Role.ENGINEER)
    operator = str(settings.CONFIGURATION.instance.operator) or "X"
    row = Organisation.objects.filter(Organisation.runs_the_network()).first()
    if row is None:
        row = Organisation.objects.create(code="OPERATOR", name=operator, kind="agency")
    client.post(f"/organisations/{row.code}/remove/")
    assert Organisation.objects.filter(pk=row.pk).exists()


def test_no_form_takes_an_odd_code(as_role: Caller) -> None:
    client = as_role(Role.ENGINEER)
    count = Organisation.objects.count(), Site.objects.count()
    owner = str(Organisation.objects.get(code="DINKES").pk)
    place = {"name": "Gudang", "kind": "opd", "medium": "own_fibre", "position": "unknown"}
    place |= {"organisation": owner, "owner": owner, "operator": owner}
    for code in [*ODD, "a\nb", "", " ", "NEW", "A" * 41]:
        given = {"code": code, "name": "Dinas Baru", "kind": "agency"}
        assert client.post("/organisations/new/", given).status_code == 422, code
        assert client.post("/sites/new/", place | {"code": code}).status_code == 422, code
    assert (Organisation.objects.count(), Site.objects.count()) == count


def test_every_word_that_stands_beside_a_code_in_an_address_is_reserved() -> None:
    paths = [path.split("/") for path in addresses(get_resolver(), "")]
    siblings = {
        other[place]
        for path in paths
        for place, part in enumerate(path)
        if part.startswith("<code:")
        for other in paths
        if len(other) > place and other[:place] == path[:place] and not other[place].startswith("<")
    } - {""}
    assert siblings <= RESERVED


def addresses(resolver: URLResolver, before: str) -> list[str]:
    """Every path as it is written in the modules."""
    found = []
    for one in resolver.url_patterns:
        path = before + str(one.pattern)
        found += [path] if isinstance(one, URLPattern) else addresses(one, path)
    return found
