"""Coordinates in the form of a site: as people type them, and never silently another number."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.test import Client
from pytest_django import Settings

from api.conftest import Caller
from simpul.people.logic.rights import Role
from simpul.register.models import Site

EDIT = "/sites/OPD-2/edit/"


@pytest.fixture
def engineer(as_role: Caller) -> Client:
    """May see and change."""
    return as_role(Role.ENGINEER)


def filled(client: Client, **changes: str) -> dict[str, str]:
    """What the form sends when only these fields are typed over."""
    form = client.get(EDIT).context["form"]
    values = {name: form[name].value() for name in form.fields if name != "code"}
    plain = {name: "" if value is None else str(value) for name, value in values.items() if value is not False}
    return plain | changes


@pytest.mark.parametrize("typed", ["-0,9", "-0.9", "0°54' LS", "0,9 S", " −0,90 "])
def test_a_latitude_is_kept_as_it_was_meant_with_comma_or_point(engineer: Client, typed: str) -> None:
    answer = engineer.post(EDIT, filled(engineer, latitude=typed, longitude="114,9", position="surveyed"))
    assert answer.status_code == 302, answer.context["form"].errors
    site = Site.objects.get(code="OPD-2")
    assert site.latitude == pytest.approx(-0.9)
    assert site.longitude == 114.9


def test_what_is_no_coordinate_is_refused_once_and_quoted(engineer: Client) -> None:
    answer = engineer.post(EDIT, filled(engineer, latitude="nol", longitude="114,9", position="surveyed"))
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert list(errors) == ["latitude"]
    assert len(errors["latitude"]) == 1
    assert '"nol"' in errors["latitude"][0]


def test_a_point_outside_the_area_of_the_instance_is_refused_with_its_bounds(
    engineer: Client, settings: Settings
) -> None:
    given = settings.CONFIGURATION
    settings.CONFIGURATION = replace(given, instance=replace(given.instance, bounds=(-1.5, 113.5, 0.5, 115.0)))
    before = Site.objects.values_list("latitude", "longitude").get(code="OPD-2")
    answer = engineer.post(EDIT, filled(engineer, latitude="-9,00", longitude="114,9", position="surveyed"))
    errors = answer.context["form"].errors
    assert list(errors) == ["latitude"]
    assert len(errors["latitude"]) == 1
    assert '"-9,00"' in errors["latitude"][0]
    assert "-1,5..0,5" in errors["latitude"][0]
    assert Site.objects.values_list("latitude", "longitude").get(code="OPD-2") == before


def test_the_field_takes_a_comma_shows_one_and_leaves_the_number_alone(engineer: Client) -> None:
    Site.objects.filter(code="OPD-2").update(latitude=-0.94734123, longitude=114.9, position="surveyed")
    field = re.search(r'<input[^>]*name="latitude"[^>]*>', engineer.get(EDIT).content.decode())
    assert field
    assert 'type="text"' in field[0]
    assert 'inputmode="decimal"' in field[0]
    assert 'value="-0,94734123"' in field[0]
    assert engineer.post(EDIT, filled(engineer, note="baru")).status_code == 302
    site = Site.objects.get(code="OPD-2")
    assert (site.latitude, site.note) == (-0.94734123, "baru")
