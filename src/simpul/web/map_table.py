"""`/map/table/`: everything the map shows, in words and numbers. Reads without scripts, from the last known values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, ngettext

from simpul.people.logic.rights import Permission
from simpul.web import figures
from simpul.web.home_live import words
from simpul.web.last_values import last_rows
from simpul.web.map_elements import elements
from simpul.web.middleware import ViewerRequest

# So many rows stay readable and quick; of a larger network the lists of sites and circuits tell the rest.
MOST = 1000
UP, DOWN, UNKNOWN = "up", "down", "unknown"
STATES: dict[str, tuple[str, str, str | Promise]] = {
    UP: ("ok", "circle-check", gettext_lazy("up")),
    DOWN: ("bad", "alert-circle", gettext_lazy("down")),
    UNKNOWN: ("idle", "help", gettext_lazy("unknown")),
    "planned": ("idle", "clock", gettext_lazy("planned")),
    "not_joined": ("idle", "clock", gettext_lazy("not joined yet")),
    "none": ("idle", "clock", gettext_lazy("none")),
}


@dataclass(frozen=True, slots=True)
class State:
    """A word with its shape and tone."""

    key: str

    @property
    def tone(self) -> str:
        """A value of `data-tone`."""
        return STATES[self.key][0]

    @property
    def icon(self) -> str:
        """A symbol of icons.svg."""
        return STATES[self.key][1]

    @property
    def word(self) -> str:
        """In the reader's language."""
        return str(STATES[self.key][2])


@login_required
def table(request: HttpRequest) -> HttpResponse:
    """Links and sites of the visitor."""
    viewer: ViewerRequest = request  # type: ignore[assignment]  # the middleware has made it one
    viewer.actor.require(Permission.SEE_NETWORK)
    drawn = elements(viewer.scope)
    links, sites = drawn["links"], drawn["sites"]
    names = {site["code"]: site["name"] for site in sites}
    link_values, site_values = last_rows(viewer, "links"), last_rows(viewer, "sites")
    known = [link for link in links if not link["planned"]]
    lost = sum(link_values.get(link["code"], {}).get("state") == DOWN for link in known)
    context = {
        "title": headline(len(known), lost, known=bool(link_values)),
        "links": [link_row(link, names, link_values.get(link["code"], {})) for link in links[:MOST]],
        "sites": [site_row(site, site_values.get(site["code"], {})) for site in sites[:MOST]],
        "shortened": max(len(links), len(sites)) > MOST,
        "words": {**words(), "states": {key: State(key).word for key in STATES}},
        "most": MOST,
    }
    return render(request, "home/map_table.html", context)


def headline(count: int, lost: int, *, known: bool) -> str:
    """`57 links carry the network`, `2 of 57 links are cut`, or that nothing is known of them."""
    numbers = {"count": figures.number(count), "lost": figures.number(lost)}
    if not known:
        return ngettext("%(count)s link is registered", "%(count)s links are registered", count) % numbers
    if lost:
        return ngettext("%(lost)s of %(count)s link is cut", "%(lost)s of %(count)s links are cut", count) % numbers
    return ngettext("%(count)s link carries the network", "%(count)s links carry the network", count) % numbers


def link_row(link: Mapping[str, Any], names: Mapping[str, str], value: Mapping[str, Any]) -> dict[str, Any]:
    """One link: its ends, its state, and both directions with their use of the capacity."""
    state = "planned" if link["planned"] else _state(value.get("state"))
    return {
        "code": link["code"],
        "a": (link["a"], names[link["a"]]),
        "b": (link["b"], names[link["b"]]),
        "state": State(state),
        "leased": link["leased"],
        "capacity": link["bps"],
        "ab": _direction(value.get("ab"), link["bps"]),
        "ba": _direction(value.get("ba"), link["bps"]),
    }


def site_row(site: Mapping[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
    """One site: its two lamps and its rates."""
    joined = _state(value.get("network")) if site["lit"] else "not_joined"
    internet = _state(value.get("internet")) if site["on"] else "none"
    return {
        "code": site["code"],
        "name": site["name"],
        "network": State(joined),
        "internet": State(internet),
        "down": figures.rate_brief(value.get("down")),
        "up": figures.rate_brief(value.get("up")),
        "guarantee": site["guarantee"],
    }


def _direction(rate: float | None, capacity: int | None) -> dict[str, str]:
    use = f"{figures.number(round(100 * rate / capacity))} %" if rate is not None and capacity else ""
    return {"rate": figures.rate_brief(rate), "use": use}


def _state(said: object) -> str:
    return str(said) if said in (UP, DOWN) else UNKNOWN


urlpatterns = [path("map/table/", table, name="map-table")]
