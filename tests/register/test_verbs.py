"""Adding and changing elements: validated, logged, told, and never over somebody else's change."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from pytest_django import Settings

from simpul.kit.actor import Actor, Forbidden
from simpul.people.models import Organisation
from simpul.record.models import LogEntry, OutboxEvent
from simpul.register import service
from simpul.register.models import Contract, ContractLine, Device, Interface, Site
from simpul.register.service import (
    InUse,
    Stale,
    create_application,
    create_area,
    create_camera,
    create_circuit,
    create_device,
    create_interface,
    create_link,
    create_site,
    create_uplink,
    remove_device,
    remove_link,
    remove_site,
    update_contract,
    update_site,
)


def test_a_new_site_is_logged_and_told(clerk: Actor, site: Site, office: Organisation) -> None:
    entry = LogEntry.objects.get(kind="register.site", verb="created")
    assert (entry.ref, json.loads(entry.after)["organisation_id"]) == ("OPD-01", office.pk)
    event = OutboxEvent.objects.get(name="register.ElementAdded")
    assert json.loads(event.payload) == {"kind": "site", "code": "OPD-01"}


def test_a_change_names_the_columns_that_changed(clerk: Actor, site: Site) -> None:
    update_site(clerk, site, note="baru", name=site.name)
    entry = LogEntry.objects.get(kind="register.site", verb="changed")
    assert json.loads(entry.after) == {"note": "baru", "version": 2}
    event = OutboxEvent.objects.get(name="register.ElementChanged")
    assert json.loads(event.payload) == {"kind": "site", "code": "OPD-01", "fields": ["note"]}


def test_a_change_that_changes_nothing_leaves_no_trace(clerk: Actor, site: Site) -> None:
    before = LogEntry.objects.count()
    update_site(clerk, site, name=site.name)
    assert (LogEntry.objects.count(), site.version) == (before, 1)


def test_a_form_that_was_opened_before_another_was_saved_is_refused(clerk: Actor, site: Site) -> None:
    opened = site.version
    update_site(clerk, Site.objects.get(pk=site.pk), name="Lain")
    with pytest.raises(Stale):
        update_site(clerk, site, note="x", version=opened)
    assert Site.objects.get(pk=site.pk).note == ""


def test_only_named_columns_are_written_over_the_row_as_it_stands(clerk: Actor, site: Site) -> None:
    stale = Site.objects.get(pk=site.pk)
    update_site(clerk, site, name="Nama baru")
    stale.name = "diubah di memori saja"
    update_site(clerk, stale, note="catatan")
    assert Site.objects.values_list("name", "note").get(pk=site.pk) == ("Nama baru", "catatan")


@pytest.mark.parametrize(
    ("fields", "column"),
    [
        ({"latitude": -0.9}, "longitude"),
        ({"latitude": 91.0, "longitude": 0.0, "position": "surveyed"}, "latitude"),
        ({"latitude": -0.9, "longitude": 114.9}, "position"),
        ({"position": "surveyed"}, "position"),
        ({"kind": "gudang"}, "kind"),
        ({"planned_year": 24}, "planned_year"),
        ({"code": ""}, "code"),
    ],
)
def test_what_cannot_be_is_refused_by_column(clerk: Actor, site: Site, fields: dict[str, Any], column: str) -> None:
    with pytest.raises(ValidationError) as refused:
        update_site(clerk, site, **fields)
    assert column in refused.value.message_dict
    assert Site.objects.get(pk=site.pk).version == 1


def test_a_position_outside_the_instance_is_refused(clerk: Actor, site: Site, settings: Settings) -> None:
    given = settings.CONFIGURATION
    settings.CONFIGURATION = replace(given, instance=replace(given.instance, bounds=(-2.0, 114.0, 0.0, 116.0)))
    update_site(clerk, site, latitude=-0.9, longitude=114.9, position="surveyed")
    with pytest.raises(ValidationError) as refused:
        update_site(clerk, site, latitude=-6.2, longitude=106.8)
    assert "latitude" in refused.value.message_dict


def test_a_contract_does_not_end_before_it_starts(clerk: Actor, contract: Contract) -> None:
    with pytest.raises(ValidationError) as refused:
        update_contract(clerk, contract, ends_on=contract.signed_on)
    assert "ends_on" in refused.value.message_dict


def test_a_column_that_does_not_exist_is_a_mistake_of_the_caller(clerk: Actor, site: Site) -> None:
    with pytest.raises(TypeError, match="has no column colour"):
        update_site(clerk, site, colour="red")


def test_what_others_stand_on_stays(clerk: Actor, site: Site, office: Organisation) -> None:
    create_device(clerk, code="R-1", name="R", kind="router", site=site, owner=office, operator=office)
    with pytest.raises(InUse) as refused:
        remove_site(clerk, site)
    assert [str(user) for user in refused.value.users] == ["R"]
    assert not LogEntry.objects.filter(verb="deleted").exists()


def test_a_device_goes_with_its_ports_unless_a_link_ends_there(clerk: Actor, site: Site, office: Organisation) -> None:
    ports = network_of(clerk, site, office)
    link = ports[0].link_a
    with pytest.raises(InUse):
        remove_device(clerk, ports[0].device)
    remove_link(clerk, link)
    remove_device(clerk, ports[0].device)
    assert Device.objects.count() == 1
    gone = LogEntry.objects.filter(verb="deleted").values_list("kind", "ref")
    assert set(gone) == {("register.link", "L-1"), ("register.device", "R-1"), ("register.interface", "R-1:ether1")}


def test_every_kind_of_element_can_be_added(
    clerk: Actor, site: Site, office: Organisation, provider: Organisation, line: ContractLine
) -> None:
    ports = network_of(clerk, site, office)
    owned: dict[str, Any] = {"owner": office, "operator": provider, "contract_line": line}
    circuit = create_circuit(clerk, code="S-1", kind="leased", provider=provider, site_a=site, site_b=site, **owned)
    assert circuit.links.count() == 0
    wan = create_interface(clerk, device=ports[0].device, name="wan")
    create_uplink(
        clerk, code="U-1", name="Utama", provider=provider, interface=wan, down_bps=10**9, up_bps=10**9, **owned
    )
    create_camera(clerk, code="K-1", name="Simpang", site=site, **owned)
    create_application(clerk, code="WEB", name="Laman", organisation=office, url="https://contoh.go.id", **owned)
    create_area(clerk, code="62.05", name="Barito Utara", level="regency")
    with pytest.raises(ValidationError):
        create_circuit(clerk, code="S-2", kind="leased", site_a=site, site_b=site, **owned)


def test_many_can_be_added_in_one_transaction_or_none(clerk: Actor, office: Organisation) -> None:
    def several(*codes: str) -> None:
        with transaction.atomic():
            for code in codes:
                create_site(clerk, code=code, name=code, kind="opd", organisation=office, owner=office, operator=office)

    several("A", "B")
    with pytest.raises(ValidationError):
        several("C", "A")
    assert set(Site.objects.values_list("code", flat=True)) == {"A", "B"}
    assert LogEntry.objects.filter(kind="register.site").count() == 2


@pytest.mark.parametrize(
    "verb", [name for name in service.__all__ if name.startswith(("create_", "update_", "remove_"))]
)
def test_no_verb_writes_for_somebody_without_the_right(verb: str, db: None) -> None:
    nobody = Actor("user", "user:1", "Siapa")
    subject: tuple[Any, ...] = () if verb.startswith("create_") else (Site(),)
    fields = {"cidr": "10.0.0.0/8"} if verb == "create_prefix" else {}
    with pytest.raises(Forbidden):
        getattr(service, verb)(nobody, *subject, **fields)


def network_of(clerk: Actor, site: Site, office: Organisation) -> list[Interface]:
    """Two devices with a port each, and a link between them."""
    ports = []
    for number in (1, 2):
        device = create_device(
            clerk, code=f"R-{number}", name="R", kind="router", site=site, owner=office, operator=office
        )
        ports.append(create_interface(clerk, device=device, name="ether1"))
    create_link(clerk, code="L-1", interface_a=ports[0], interface_b=ports[1], owner=office, operator=office)
    return ports
