"""Which role may do what, and whose objects it sees. Pure: the one table of rights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a membership makes of a person in an organisation."""

    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    ENGINEER = "engineer"
    CREW = "crew"
    AGENCY = "agency"
    PROVIDER = "provider"
    HEAD = "head"
    AUDITOR = "auditor"
    PUBLIC = "public"


class Permission(StrEnum):
    """Each is checked by the service verb that does the thing; pages only ask in order to hide a button."""

    SEE_NETWORK = "network.see"
    EDIT_REGISTER = "register.edit"
    RECORD_ROLLOUT = "rollout.record"
    IMPORT = "register.import"
    EXPORT = "register.export"
    SEE_CONTRACTS = "contracts.see"
    EDIT_CONTRACTS = "contracts.edit"
    SEE_ORGANISATIONS = "organisations.see"
    EDIT_ORGANISATIONS = "organisations.edit"
    SEE_PEOPLE = "people.see"
    MANAGE_PEOPLE = "people.manage"
    SEE_AUDIT = "audit.see"
    ADD_EVIDENCE = "evidence.add"
    MANAGE_CREDENTIALS = "credentials.manage"
    MANAGE_JOBS = "jobs.manage"
    SHARE_INTERNET = "traffic.share"
    HANDLE_ALARMS = "alarms.handle"
    RUN_DRILLS = "drills.run"


P = Permission
_READ = {P.SEE_NETWORK, P.SEE_CONTRACTS, P.SEE_ORGANISATIONS, P.EXPORT}
_BUILD = {P.EDIT_REGISTER, P.RECORD_ROLLOUT, P.IMPORT, P.ADD_EVIDENCE}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.OPERATOR: frozenset(_READ | {P.RECORD_ROLLOUT, P.ADD_EVIDENCE, P.SHARE_INTERNET, P.HANDLE_ALARMS}),
    Role.ENGINEER: frozenset(
        _READ | _BUILD | {P.EDIT_CONTRACTS, P.EDIT_ORGANISATIONS, P.SHARE_INTERNET, P.HANDLE_ALARMS}
    ),
    Role.CREW: frozenset({P.SEE_NETWORK, P.RECORD_ROLLOUT, P.ADD_EVIDENCE}),
    Role.AGENCY: frozenset({P.SEE_NETWORK, P.SEE_ORGANISATIONS, P.EXPORT}),
    Role.PROVIDER: frozenset({P.SEE_NETWORK, P.SEE_CONTRACTS, P.SEE_ORGANISATIONS, P.EXPORT}),
    Role.HEAD: frozenset(_READ),
    Role.AUDITOR: frozenset(_READ | {P.SEE_AUDIT, P.SEE_PEOPLE}),
    Role.PUBLIC: frozenset(),
}

# What a token for reading keeps of its owner's permissions.
READING: frozenset[Permission] = frozenset(_READ | {P.SEE_PEOPLE, P.SEE_AUDIT})

_SEES_ALL = frozenset({Role.ADMINISTRATOR, Role.OPERATOR, Role.ENGINEER, Role.HEAD, Role.AUDITOR})


# Kinds of organisation by their stored name; other roles fit every kind (a vendor may send an engineer).
_FITS: dict[Role, frozenset[str]] = {
    Role.AGENCY: frozenset({"agency", "district_office"}),
    Role.PROVIDER: frozenset({"provider", "vendor"}),
    Role.HEAD: frozenset({"agency", "district_office"}),
    Role.AUDITOR: frozenset({"agency", "district_office"}),
    Role.ADMINISTRATOR: frozenset({"agency", "district_office"}),
    Role.PUBLIC: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose objects somebody sees; organisations by primary key."""

    everything: bool = False
    whole_network: bool = False
    agencies: frozenset[int] = frozenset()
    providers: frozenset[int] = frozenset()

    @property
    def organisations(self) -> frozenset[int]:
        """The organisations the person belongs to with a role that shows it."""
        return self.agencies | self.providers


def fits(role: Role, kind: str) -> bool:
    """Whether somebody of an organisation of that kind may have the role. Nobody is made `public`: all are."""
    return role not in _FITS or kind in _FITS[role]


def permissions_of(roles: Iterable[Role]) -> frozenset[str]:
    """Union over all roles, as plain strings for `kit.Actor`."""
    return frozenset(permission.value for role in roles for permission in GRANTS[role])


def scope_of(roles: Iterable[tuple[Role, int]]) -> Scope:
    """The scope of (role, organisation) pairs. A crew sees the whole network, but no contract and no person."""
    pairs = list(roles)
    return Scope(
        everything=any(role in _SEES_ALL for role, _ in pairs),
        whole_network=any(role in _SEES_ALL or role is Role.CREW for role, _ in pairs),
        agencies=frozenset(organisation for role, organisation in pairs if role is Role.AGENCY),
        providers=frozenset(organisation for role, organisation in pairs if role is Role.PROVIDER),
    )
