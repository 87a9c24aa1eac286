"""The small town of the traffic tests with somebody for each role, and a plan that its gateway keeps or takes back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

from django.conf import settings
from django.test import Client

from simpul.people.logic.rights import Role
from simpul.people.service import create_user, grant
from simpul.traffic import carrying
from simpul.traffic.models import PlanVersion
from simpul.traffic.service import apply, draft
from traffic.small_town import CLERK, Town, build_town


@dataclass
class Sharing:
    """The town and its people's browsers, in English."""

    town: Town
    operator: Client
    colleague: Client
    head: Client
    crew: Client
    agency: Client
    provider: Client

    def in_force(self) -> PlanVersion:
        """A plan of the policy, carried and kept."""
        version = apply(CLERK, draft(CLERK, self.town.gateway))
        carrying.applied(version)
        carrying.confirmed(version)
        version.refresh_from_db()
        return version


def build_sharing() -> Sharing:
    """Everybody belongs to the operator's agency but `agency` (the clinic's) and `provider`."""
    town = build_town()
    home = town.agencies["SCHOOL"]

    def browser(name: str, role: Role, organisation: Any = home) -> Client:
        person = create_user(CLERK, username=name.lower(), name=name)
        grant(CLERK, person, organisation, role)
        person.refresh_from_db()
        client = Client()
        client.force_login(person)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        return client

    return Sharing(
        town,
        operator=browser("Siti", Role.OPERATOR),
        colleague=browser("Budi", Role.ENGINEER),
        head=browser("Kepala", Role.HEAD),
        crew=browser("Lapangan", Role.CREW),
        agency=browser("Klinik", Role.AGENCY, town.agencies["CLINIC"]),
        provider=browser("Penyedia", Role.PROVIDER, town.provider),
    )


def words(answer: Any) -> str:
    """The page's text without its tags, in one line."""
    body = re.sub(r"<(script|style).*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))
