"""The places of the product, in the order of the rail, each with the permission that opens it."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from simpul.kit.actor import Actor
from simpul.people.logic.rights import Permission, Scope


@dataclass(frozen=True, slots=True)
class Place:
    """One entry. `route` is the name of its address, which starts the addresses of all that belongs to it."""

    route: str
    label: Promise
    icon: str
    permission: Permission | None = None
    needs_sites: bool = False
    whole_network: bool = False
    demo_only: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A place as it stands in the page at hand."""

    url: str
    label: Promise
    icon: str
    current: bool


PLACES = (
    Place("home", _("Home"), "layout-dashboard"),
    Place("alarms", _("Alarms"), "bell", Permission.SEE_NETWORK),
    Place("sites", _("Sites"), "map-pin", Permission.SEE_NETWORK, needs_sites=True),
    Place("rollout", _("Roll-out"), "list-check", Permission.SEE_NETWORK, needs_sites=True),
    Place("network", _("Network"), "network", Permission.SEE_NETWORK),
    Place("traffic", _("Sharing"), "chart-bar", Permission.SEE_NETWORK, whole_network=True),
    Place("contracts", _("Contracts"), "file-certificate", Permission.SEE_CONTRACTS),
    Place("organisations", _("Organisations"), "building-community", Permission.SEE_ORGANISATIONS),
    Place("imports", _("Import"), "file-import", Permission.IMPORT),
    Place("people", _("People"), "users", Permission.SEE_PEOPLE),
    Place("audit", _("Log"), "history", Permission.SEE_AUDIT),
    Place("drills", _("Drills"), "fire-extinguisher", Permission.RUN_DRILLS, demo_only=True),
    Place("help", _("Help"), "help"),
)


def entries(actor: Actor, scope: Scope, path: str) -> list[Entry]:
    """The places that `actor` may open and that hold anything to see; the one that holds `path` is current."""
    shown: list[Entry] = []
    sees_sites = scope.whole_network or bool(scope.agencies)
    for place in PLACES:
        if place.permission is not None and not actor.may(place.permission):
            continue
        if place.demo_only and not settings.CONFIGURATION.demo.on:
            continue
        if place.whole_network and not scope.whole_network:
            continue
        if place.needs_sites and not sees_sites:  # a provider's world is its circuits
            continue
        url = reverse(place.route)
        current = path == url if url == "/" else path.startswith(url)
        shown.append(Entry(url, place.label, place.icon, current))
    return shown
