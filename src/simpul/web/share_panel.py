"""What the page of a site says of its internet share: what is promised, what it uses, and the editor for who may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from simpul.people.logic.rights import Permission
from simpul.register.models import Device, Site
from simpul.traffic.logic.plan import Rates
from simpul.traffic.models import PlanVersion, SiteShare
from simpul.traffic.service.reading import gateway_of, open_plan, plan_in_force
from simpul.traffic.standings import planned_of
from simpul.web.last_values import last_rows
from simpul.web.middleware import ViewerRequest
from simpul.web.share_editor import Editor, editor_of_site
from simpul.web.share_standing import Doings, doings_of
from simpul.web.share_trial import Trial, trial_at


@dataclass(frozen=True, slots=True)
class Bar:
    """Use against share, in percent of the longest, as text for SVG. `tick` is the guarantee; empty: there is none."""

    used: str
    due: str
    tick: str


@dataclass(frozen=True, slots=True)
class Panel:
    """`share` is None for a site that has none; then `may_join` says whether the viewer can give it one."""

    site: Site
    share: SiteShare | None = None
    due: Rates | None = None
    down: int | None = None
    up: int | None = None
    bar: Bar | None = None
    editor: Editor | None = None
    trial: Trial | None = None
    does: Doings | None = None
    may_join: bool = False

    @property
    def back(self) -> str:
        """The address of this part of the site's page."""
        return f"{reverse('site', args=[self.site.code])}#share"


def panel_of(request: ViewerRequest, site: Site) -> Panel | None:
    """None where there is nothing to say: no share, and nobody who could give one."""
    share = SiteShare.objects.within(request.scope).select_related("site", *GROUPS).filter(site=site).first()
    if share is None:
        may = request.actor.may(Permission.SHARE_INTERNET) and site.kind != Site.Kind.POP
        return Panel(site, may_join=True) if may else None
    gateway = gateway_of(share.group)
    now_in_force, coming = (plan_in_force(gateway), open_plan(gateway)) if gateway else (None, None)
    due = due_by(working(now_in_force, coming)).get(site.code)
    now = last_rows(request, "sites").get(site.code, {})
    editor = editor_of_site(request, share) if request.actor.may(Permission.SHARE_INTERNET) else None
    trial = editor.trial if editor else trial_at(request, gateway) if gateway else None
    bar = bar_of(now.get("down"), due.down if due else None, share.guarantee_down_bps)
    # Who sees only some sites is told that the share may not be kept; what the gateway says is for the operators.
    does = doings_of(gateway, planned_of(now_in_force, coming)) if gateway else None
    return Panel(site, share, due, now.get("down"), now.get("up"), bar, editor, trial, does)


GROUPS = ("group__uplink__interface__device", "group__parent__uplink__interface__device")


def working(now: PlanVersion | None, coming: PlanVersion | None) -> PlanVersion | None:
    """The plan that the gateway works by: the one on trial, else the one in force."""
    return coming if coming is not None and coming.state == PlanVersion.State.APPLIED else now


def due_of(gateway: Device) -> dict[str, Rates]:
    """What every site and group gets while everybody asks for all they can get, by the plan at work."""
    return due_by(working(plan_in_force(gateway), open_plan(gateway)))


def due_by(plan: PlanVersion | None) -> dict[str, Rates]:
    """The same, of a plan that is read already."""
    return {code: Rates(rates["down"], rates["up"]) for code, rates in plan.predicted.items()} if plan else {}


def bar_of(used: int | None, due: int | None, guarantee: int, longest: int = 0) -> Bar:
    """The bar; its whole length is the longest of what it shows, unless told otherwise."""
    whole = longest or max(used or 0, due or 0, guarantee)
    return Bar(length(used, whole), length(due, whole), length(guarantee, whole) if guarantee else "")


def length(part: Any, whole: int) -> str:
    """`12.50`: text, because a page would write 12,5."""
    return f"{100 * min((part or 0) / whole, 1):.2f}" if whole else "0"
