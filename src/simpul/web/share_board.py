"""`/traffic/`: who shares the internet with whom, and how much of it everybody uses now: ways out, groups, sites.

Whoever sees only some sites sees the share of these on their pages; this board names everybody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from simpul.people.errors import Refusal
from simpul.people.logic.rights import Permission
from simpul.register.models import Device, Uplink
from simpul.traffic import reports
from simpul.traffic import service as traffic
from simpul.traffic.logic.plan import Rates
from simpul.traffic.models import PanicOrder, PlanVersion, ShareGroup, SiteShare
from simpul.traffic.service.reading import gateways, plan_in_force, read_policy
from simpul.web import figures
from simpul.web.last_values import last_rows
from simpul.web.middleware import ViewerRequest
from simpul.web.share_panel import Bar, bar_of, due_of
from simpul.web.share_standing import Doings, doings_of
from simpul.web.share_trial import Trial, trial_at
from simpul.web.share_words import names_of

Values = Mapping[str, Mapping[str, Any]]
DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One way out, group or site. `above` are the codes of its groups and way out; `scale` the length of its bar."""

    kind: str
    code: str
    name: str
    url: str
    depth: int
    above: tuple[str, ...]
    guarantee: Rates
    ceiling: Rates | None
    weight: str
    due: Rates | None
    used: Rates | None
    bar: Bar
    scale: int
    alive: bool = True
    fits: bool = True

    @property
    def now(self) -> tuple[int | None, int | None]:
        """Download and upload of this moment."""
        return (self.used.down, self.used.up) if self.used else (None, None)

    @property
    def due_down(self) -> int | None:
        """Download of the busiest hour."""
        return self.due.down if self.due else None

    @property
    def most_down(self) -> int | None:
        """Its own ceiling."""
        return self.ceiling.down if self.ceiling else None


@dataclass
class Board:
    """One gateway with its lines, and what is going on there: `plan` by the rows, `does` by the gateway's own word."""

    gateway: Device
    lines: list[Line]
    plan: PlanVersion | None
    trial: Trial | None
    panic: str
    heard_at: datetime | None
    does: Doings
    differs: bool = False
    without_share: Sequence[str] = ()
    problem: str = ""
    bought: int = 0
    used: int | None = None
    sites: int = 0


@dataclass
class Tree:
    """The rows a board is made of, read once for all gateways; `due` are those of one."""

    uplinks: list[Uplink]
    groups: list[ShareGroup]
    shares: list[SiteShare]
    now: Values
    out: Values
    due: dict[str, Rates] = field(default_factory=dict)
    wanted: str = ""

    @cached_property
    def longest(self) -> int:
        """All bars of sites share one length, so that they can be compared."""
        rates = [share.guarantee_down_bps for share in self.shares]
        rates += [(self.now.get(share.site.code) or {}).get("down") or 0 for share in self.shares]
        rates += [self.due[share.site.code].down for share in self.shares if share.site.code in self.due]
        return max(rates, default=0)

    @cached_property
    def inside(self) -> Mapping[int | None, list[ShareGroup]]:
        """Groups by the one that they are in."""
        found = defaultdict(list)
        for group in self.groups:
            found[group.parent_id].append(group)
        return found

    @cached_property
    def sites_of(self) -> Mapping[int, list[SiteShare]]:
        """Shares of sites by their group."""
        found = defaultdict(list)
        for share in self.shares:
            found[share.group_id].append(share)
        return found

    @cached_property
    def words(self) -> list[str]:
        """What a site's name or code has to hold."""
        return self.wanted.casefold().split()

    def lines(self, uplink: Uplink) -> Iterator[Line]:
        """The way out and all below it, in the order of the tree."""
        row = self.out.get(uplink.code, {})
        known = row.get("down") is not None
        bought = Rates(uplink.down_bps, uplink.up_bps)
        below = [line for group in self.groups if group.uplink == uplink for line in self._group(group, uplink, ())]
        yield Line(
            "uplink", uplink.code, uplink.name, "", 0, (), Rates(0, 0), bought, "", bought,
            Rates(row["down"], row.get("up") or 0) if known else None,
            bar_of(row.get("down"), None, 0, uplink.down_bps), uplink.down_bps, row.get("alive") is not False,
        )  # fmt: skip
        ways = {code for line in below if line.kind == "site" and line.fits for code in line.above}
        yield from (line for line in below if (line.code in ways if line.kind == "group" else line.fits))

    def _group(self, group: ShareGroup, uplink: Uplink, above: tuple[str, ...]) -> Iterator[Line]:
        here = (*above, group.code)
        inside = [line for each in self.inside.get(group.pk, ()) for line in self._group(each, uplink, here)]
        sites = [self._site(share, here) for share in self.sites_of.get(group.pk, ())]
        used = _sum(line.used for line in (*sites, *inside) if line.kind == "site")
        yield Line(
            "group", group.code, group.name, reverse("traffic-group", args=[group.code]), min(len(here), DEEPEST),
            above, Rates(group.guarantee_down_bps, group.guarantee_up_bps), _ceiling(group), _weight(group),
            self.due.get(group.code), used,
            bar_of(_down(used), _down(self.due.get(group.code)), group.guarantee_down_bps, uplink.down_bps),
            uplink.down_bps,
        )  # fmt: skip
        yield from sites
        yield from inside

    def _site(self, share: SiteShare, above: tuple[str, ...]) -> Line:
        code = share.site.code
        row, due = self.now.get(code) or {}, self.due.get(code)
        used = Rates(row["down"], row.get("up") or 0) if row.get("down") is not None else None
        name = share.site.name
        return Line(
            "site", code, name, f"{reverse('site', args=[code])}#share", min(len(above) + 1, DEEPEST), above,
            Rates(share.guarantee_down_bps, share.guarantee_up_bps), _ceiling(share), _weight(share), due, used,
            bar_of(_down(used), _down(due), share.guarantee_down_bps, self.longest), 0,
            fits=all(word in f"{name} {code}".casefold() for word in self.words),
        )  # fmt: skip


def board(request: ViewerRequest) -> HttpResponse:
    """The tree of every gateway."""
    require_whole_network(request)
    wanted = request.GET.get("q", "").strip()[:100]
    tree = Tree(
        list(Uplink.objects.within(request.scope).select_related("interface__device").order_by("code")),
        list(ShareGroup.objects.within(request.scope).select_related("uplink", "parent").order_by("code")),
        list(SiteShare.objects.within(request.scope).select_related("site", "group").order_by("site__name")),
        last_rows(request, "sites"),
        last_rows(request, "uplinks"),
        wanted=wanted,
    )
    boards = [_board(request, gateway, tree) for gateway in gateways()]
    context = {
        "title": headline(boards, len(tree.shares)),
        "boards": boards,
        "wanted": wanted,
        "found": sum(line.kind == "site" for each in boards for line in each.lines),
        "tabs": tabs("traffic", request),
        "may_share": request.actor.may(Permission.SHARE_INTERNET),
    }
    return render(request, "share/board.html", context)


def _board(request: ViewerRequest, gateway: Device, tree: Tree) -> Board:
    heard = reports.heard(settings.CONFIGURATION.data.run, gateway.code)
    uplinks = [uplink for uplink in tree.uplinks if uplink.interface.device_id == gateway.pk]
    tree = replace(tree, due=due_of(gateway))
    lines = [line for uplink in uplinks for line in tree.lines(uplink)]
    panic = str(heard.report.get("panic") or "") if heard else ""
    made = Board(
        gateway,
        lines,
        plan_in_force(gateway),
        trial_at(request, gateway),
        panic if panic in (PanicOrder.Mode.EQUAL, PanicOrder.Mode.OFF) else "",
        heard.received_at if heard else None,
        doings_of(gateway),
        bought=sum(uplink.down_bps for uplink in uplinks),
        used=_down(_sum(line.used for line in lines if line.kind == "uplink")),
        sites=sum(line.kind == "site" for line in lines),
    )
    if request.actor.may(Permission.SHARE_INTERNET) and not (made.trial and made.trial.open):
        try:
            made.differs = not traffic.preview(request.actor, gateway).difference.is_empty
            made.without_share = names_without_share(gateway)
        except Refusal as refusal:
            made.problem = refusal.shown()
    return made


def names_without_share(gateway: Device) -> list[str]:
    """Sites whose internet is on, but that have no share: their traffic is nobody's."""
    return sorted(names_of(read_policy(gateway).without_share).values())


def headline(boards: list[Board], sites: int) -> str:
    """`38 sites share 1.5 Gbps`, whatever a search leaves on the page."""
    if not boards:
        return _("There is no way out to the internet to share yet")
    said = ngettext("%(sites)s site shares %(rate)s of internet", "%(sites)s sites share %(rate)s of internet", sites)
    return said % {"sites": figures.number(sites), "rate": figures.rate(sum(each.bought for each in boards))}


def tabs(current: str, request: ViewerRequest) -> list[tuple[str, str, bool]]:
    """(address, name, whether it is this one) of the pages about sharing."""
    found = [("traffic", _("Board")), ("traffic-table", _("Table")), ("traffic-plans", _("Plans"))]
    if request.actor.may(Permission.SHARE_INTERNET):
        found.append(("traffic-emergency", _("Emergency")))
    return [(reverse(route), name, route == current) for route, name in found]


def require_whole_network(request: ViewerRequest) -> None:
    """Raise Forbidden, or 404 for who sees only some of the sites."""
    request.actor.require(Permission.SEE_NETWORK)
    if not request.scope.whole_network:
        raise Http404


def _sum(rates: Iterator[Rates | None]) -> Rates | None:
    known = [rate for rate in rates if rate is not None]
    return Rates(sum(rate.down for rate in known), sum(rate.up for rate in known)) if known else None


def _down(rates: Rates | None) -> int | None:
    return rates.down if rates else None


def _ceiling(row: ShareGroup | SiteShare) -> Rates | None:
    if row.ceiling_down_bps is None or row.ceiling_up_bps is None:
        return None
    return Rates(row.ceiling_down_bps, row.ceiling_up_bps)


def _weight(row: ShareGroup | SiteShare) -> str:
    return figures.plain(row.weight)


urlpatterns = [path("traffic/", board, name="traffic")]
