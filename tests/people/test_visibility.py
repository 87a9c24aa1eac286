"""Nobody sees a row that is not theirs: whatever roles somebody has, each model shows what an independent rule says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from hypothesis import given, settings
from hypothesis import strategies as st

from api.regency import Regency
from simpul.people.logic.rights import Role, scope_of
from simpul.people.models import Organisation
from simpul.people.visibility import VisibleQuerySet
from simpul.register.models import Area, Contract, ContractLine, Site

Owners = Callable[[Any], set[Any]]
EVERYBODY = "everybody"


def of_site(site: Site) -> set[int]:
    """Who uses the site."""
    return {site.organisation_id}


# Which organisations a row belongs to, found by walking from the row; the product filters in SQL instead.
OWNERS: dict[str, Owners] = {
    "people.Organisation": lambda row: {row.pk},
    "people.User": lambda _: set(),
    "people.Membership": lambda _: set(),
    "people.Invitation": lambda _: set(),
    "people.ApiToken": lambda _: set(),
    "register.Area": lambda _: {EVERYBODY},
    "register.Site": of_site,
    "register.Device": lambda row: of_site(row.site),
    "register.Interface": lambda row: of_site(row.device.site),
    "register.Circuit": lambda row: {row.provider_id} | of_site(row.site_a) | of_site(row.site_b),
    "register.Link": lambda row: (
        {row.circuit.provider_id if row.circuit else None}
        | of_site(row.interface_a.device.site)
        | of_site(row.interface_b.device.site)
    ),
    "register.Uplink": lambda row: {row.provider_id},
    "register.Prefix": lambda row: of_site(row.site) if row.site else set(),
    "register.Camera": lambda row: of_site(row.site),
    "register.Application": lambda row: {row.organisation_id},
    "register.Contract": lambda row: {row.provider_id},
    "register.ContractLine": lambda row: {row.contract.provider_id},
    "register.NetworkEvent": lambda row: of_site(row.site),
    "register.InternetEvent": lambda row: of_site(row.site),
    "register.Stall": lambda row: of_site(row.site),
    "register.Handover": lambda row: of_site(row.site),
    "register.ImportBatch": lambda _: set(),
    "register.ImportRow": lambda _: set(),
}
CONFIDENTIAL = {"people.User", "people.Membership", "people.Invitation", "people.ApiToken"}


def guarded_models() -> list[type[models.Model]]:
    """Every table of the rooms whose rows are shown to people."""
    return [model for label in ("people", "register") for model in apps.get_app_config(label).get_models()]


@pytest.mark.parametrize("model", guarded_models(), ids=lambda model: model._meta.label)
def test_every_model_says_who_sees_it(model: type[models.Model]) -> None:
    assert callable(getattr(model, "visibility", None)), "give it a visibility(scope)"
    assert isinstance(model._default_manager.all(), VisibleQuerySet), "use VisibleQuerySet[...].as_manager()"
    assert model._meta.label in OWNERS, "say in OWNERS of this file to whom its rows belong"


def test_no_rule_is_left_of_a_model_that_is_gone() -> None:
    assert set(OWNERS) == {model._meta.label for model in guarded_models()}


def test_a_stranger_sees_public_rows_only(town: Regency) -> None:
    for model in guarded_models():
        shown = set(model._default_manager.all().visible_to(AnonymousUser()))  # type: ignore[attr-defined]
        assert shown == (set(Area.objects.all()) if model is Area else set()), model


def expected(label: str, row: models.Model, pairs: list[tuple[Role, Organisation]]) -> bool:
    """Whether somebody with these memberships should see the row."""
    roles = {role for role, _ in pairs}
    owners = OWNERS[label](row)
    staff = roles & {Role.ADMINISTRATOR, Role.OPERATOR, Role.ENGINEER, Role.HEAD, Role.AUDITOR}
    if staff or EVERYBODY in owners:
        return True
    if (
        Role.CREW in roles
        and label not in CONFIDENTIAL
        and label.split(".")[1]
        not in (
            "Contract",
            "ContractLine",
            "ImportBatch",
            "ImportRow",
        )
    ):
        return True
    if isinstance(row, Organisation) and row.short_name == django_settings.CONFIGURATION.instance.operator and pairs:
        return True  # whom to call
    own = {organisation.pk for role, organisation in pairs if role in (Role.AGENCY, Role.PROVIDER)}
    return bool(own & owners)


@pytest.fixture
def granted(town: Regency) -> list[tuple[Role, Organisation]]:
    """Every membership that the town allows."""
    agencies = [(Role.AGENCY, each) for each in (town.health, town.school)]
    providers = [(Role.PROVIDER, each) for each in (town.provider, town.rival)]
    others = [(role, town.diskominfo) for role in Role if role not in (Role.AGENCY, Role.PROVIDER, Role.PUBLIC)]
    return [*agencies, *providers, *others]


@settings(max_examples=60)
@given(chosen=st.sets(st.integers(0, 9), max_size=4))
def test_rows_shown_are_the_rows_of_the_own_organisations(
    granted: list[tuple[Role, Organisation]], chosen: set[int]
) -> None:
    pairs = [granted[number] for number in chosen]
    scope = scope_of((role, organisation.pk) for role, organisation in pairs)
    for model in guarded_models():
        label = model._meta.label
        rows: list[models.Model] = list(model._default_manager.all())
        shown = list(model._default_manager.all().within(scope))  # type: ignore[attr-defined]
        wanted = {row for row in rows if expected(label, row, pairs)}
        assert set(shown) == wanted, (label, pairs)
        assert len(shown) == len(wanted), f"{label}: a row is shown twice"


def test_the_town_can_tell_right_from_wrong(granted: list[tuple[Role, Organisation]]) -> None:
    # A rule is only tested by rows that one of two organisations may see and the other may not.
    blind = {"register.Area", "register.ImportBatch", "register.ImportRow", *CONFIDENTIAL}
    for model in guarded_models():
        label = model._meta.label
        seen = [
            {row.pk for row in model._default_manager.all() if expected(label, row, [pair])} for pair in granted[:4]
        ]
        if label not in blind:
            assert len({frozenset(one) for one in seen}) > 1, f"{label}: everybody in town sees the same rows"


def test_a_crew_sees_the_network_and_no_contract(town: Regency) -> None:
    crew = town.users[Role.CREW]
    assert Site.objects.visible_to(crew).count() == Site.objects.count()
    assert not Contract.objects.visible_to(crew).exists()
    assert not ContractLine.objects.visible_to(crew).exists()
