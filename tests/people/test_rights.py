"""The one table of rights says what the documentation says, and no role gets more than it needs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.people.logic.rights import GRANTS, READING, Permission, Role, fits, permissions_of, scope_of
from simpul.people.models import Membership, Organisation
from simpul.record import permissions as asked_by_record

DOCS = Path(__file__).resolve().parents[2] / "docs"
STAFF = {Role.ADMINISTRATOR, Role.OPERATOR, Role.ENGINEER, Role.HEAD, Role.AUDITOR}
memberships = st.lists(st.tuples(st.sampled_from(list(Role)), st.integers(1, 9)), max_size=6)


def written_grants(page: str) -> dict[Role, set[str]]:
    """The table of the people page: a row a permission, a column a role, a cross where it is held."""
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in (DOCS / page).read_text(encoding="utf-8").splitlines()
        if re.match(r"^\| (permission|izin|`[a-z]+\.[a-z]+`) ", line)
    ]
    roles = [Role(name.strip("`")) for name in rows[0][1:]]
    held: dict[Role, set[str]] = {role: set() for role in roles}
    for permission, *cells in rows[1:]:
        for role, cell in zip(roles, cells, strict=True):
            if cell == "x":
                held[role].add(permission.strip("`"))
    return held


@pytest.mark.parametrize("page", ["24-people.md", "24-people.id.md"])
def test_the_documented_table_is_the_table_in_force(page: str) -> None:
    in_force = {role: {permission.value for permission in GRANTS[role]} for role in Role if role is not Role.PUBLIC}
    assert written_grants(page) == in_force


def test_every_role_can_be_stored_and_every_stored_role_is_known() -> None:
    assert {role.value for role in Role} == set(Membership.Roles.values)
    assert set(GRANTS) == set(Role)


def test_every_permission_that_the_record_asks_for_can_be_held() -> None:
    asked = {value for name, value in vars(asked_by_record).items() if name.isupper()}
    assert asked <= {permission.value for permission in Permission}


def test_who_only_reads_holds_no_permission_to_change_anything() -> None:
    for role in (Role.HEAD, Role.AUDITOR, Role.AGENCY, Role.PROVIDER):
        assert GRANTS[role] <= READING, role


def test_only_administrators_manage_people_and_credentials() -> None:
    for permission in (Permission.MANAGE_PEOPLE, Permission.MANAGE_CREDENTIALS):
        assert [role for role in Role if permission in GRANTS[role]] == [Role.ADMINISTRATOR]


def test_a_crew_holds_no_permission_about_contracts() -> None:
    assert not {Permission.SEE_CONTRACTS, Permission.EDIT_CONTRACTS} & GRANTS[Role.CREW]


@pytest.mark.parametrize("kind", Organisation.Kind.values)
def test_agency_and_provider_roles_fit_only_their_kind(kind: str) -> None:
    assert fits(Role.AGENCY, kind) == (kind in ("agency", "district_office"))
    assert fits(Role.PROVIDER, kind) == (kind in ("provider", "vendor"))
    assert not fits(Role.PUBLIC, kind)


@given(memberships, memberships)
def test_a_further_role_takes_nothing_away(some: list[tuple[Role, int]], more: list[tuple[Role, int]]) -> None:
    narrow, wide = scope_of(some), scope_of(some + more)
    assert narrow.agencies <= wide.agencies
    assert narrow.providers <= wide.providers
    assert wide.everything >= narrow.everything
    assert wide.whole_network >= narrow.whole_network
    assert permissions_of(role for role, _ in some) <= permissions_of(role for role, _ in some + more)


@given(memberships)
def test_a_scope_holds_no_organisation_that_no_membership_names(pairs: list[tuple[Role, int]]) -> None:
    scope = scope_of(pairs)
    assert scope.agencies == {number for role, number in pairs if role is Role.AGENCY}
    assert scope.providers == {number for role, number in pairs if role is Role.PROVIDER}
    assert scope.everything == any(role in STAFF for role, _ in pairs)
