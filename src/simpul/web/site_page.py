"""The page of one site: its lamps and story, what stands there, who owns and pays; and the form to change it."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import BooleanField, CharField, Q, Value
from django.db.models.functions import Cast
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from simpul.people.logic.rights import Permission
from simpul.people.service.in_use import InUse, in_use
from simpul.register.models import Application, Camera, Circuit, Contract, ContractLine, Device, Prefix, Site
from simpul.register.service.sites import create_site, remove_site, update_site
from simpul.register.service.writing import Stale
from simpul.web import site_now
from simpul.web.middleware import ViewerRequest
from simpul.web.site_forms import SiteForm
from simpul.web.site_now import visible_site
from simpul.web.site_rates import NAMES, range_of
from simpul.web.site_story import HANDOVER, StoryRow, standing, story_rows


def site(request: ViewerRequest, code: str) -> HttpResponse:
    """`/sites/<code>/`."""
    request.actor.require(Permission.SEE_NETWORK)
    found = visible_site(request, code)
    story = readable(request, story_rows(found))
    things: dict[str, list[Any]] = {
        "devices": list(Device.objects.within(request.scope).filter(site=found).select_related("operator")),
        "circuits": list(circuits_at(request, found)),
        **hosted(request, found),
    }
    context = {
        **site_now.about(request, found, standing(story, timezone.now())),
        "words": site_now.words(),
        "range": range_of(request),
        "ranges": list(NAMES.items()),
        "may_export": request.actor.may(Permission.EXPORT),
        "story": story,
        "prefixes": list(Prefix.objects.within(request.scope).filter(site=found)),
        "today": timezone.localdate(),
        "paid": paid_by(request, found, story, things),
        "may_edit": request.actor.may(Permission.EDIT_REGISTER),
        "may_record": request.actor.may(Permission.RECORD_ROLLOUT),
        "may_hand_over": request.actor.may(Permission.SEE_CONTRACTS),
        "may_see_log": request.actor.may(Permission.SEE_AUDIT),
    }
    return render(request, "sites/site.html", context | things)


@dataclass(frozen=True, slots=True)
class Hosted:
    """A camera or an application at a site; `address` is where it answers."""

    kind: str
    code: str
    name: str
    address: str | None
    is_public: bool
    contract_line_id: int | None


def hosted(request: ViewerRequest, found: Site) -> dict[str, list[Any]]:
    """Cameras and applications at the site. One query."""
    camera, application = Value("cameras", CharField()), Value("applications", CharField())
    closed = Value(False, BooleanField())  # noqa: FBT003 (an expression's value)
    cameras = Camera.objects.within(request.scope).filter(site=found).order_by()
    applications = Application.objects.within(request.scope).filter(site=found).order_by()
    parts = (
        cameras.values_list(camera, "code", "name", Cast("address", CharField()), "is_public", "contract_line_id"),
        applications.values_list(application, "code", "name", Cast("url", CharField()), closed, "contract_line_id"),
    )
    things = sorted((Hosted(*row) for row in parts[0].union(parts[1], all=True)), key=lambda thing: thing.code)
    return {kind: [thing for thing in things if thing.kind == kind] for kind in ("cameras", "applications")}


def circuits_at(request: ViewerRequest, found: Site) -> Iterable[Circuit]:
    """Circuits that end here, with the other end and the provider."""
    ends_here = Circuit.objects.within(request.scope).filter(Q(site_a=found) | Q(site_b=found))
    return ends_here.select_related("site_a", "site_b", "provider").order_by("code")


def readable(request: ViewerRequest, story: list[StoryRow]) -> list[StoryRow]:
    """The story without numbers of contracts, certificates and their scans that the visitor may not see."""
    if request.scope.everything or not any(row.what == HANDOVER for row in story):
        return story
    seen: set[str] = set()
    if request.actor.may(Permission.SEE_CONTRACTS):
        codes = {row.contract for row in story}
        seen = set(Contract.objects.within(request.scope).filter(code__in=codes).values_list("code", flat=True))
    return [row if row.what != HANDOVER or row.contract in seen else row.without_contract() for row in story]


def paid_by(
    request: ViewerRequest, found: Site, story: Iterable[StoryRow], things: dict[str, list[Any]]
) -> list[ContractLine]:
    """Contract lines that something here was paid from, as far as the visitor may see contracts."""
    if not request.actor.may(Permission.SEE_CONTRACTS):
        return []
    numbers = {thing.contract_line_id for group in things.values() for thing in group}
    numbers |= {row.contract_line for row in story} | {found.contract_line_id}
    lines = ContractLine.objects.within(request.scope).filter(pk__in=numbers - {None})
    return list(lines.select_related("contract").order_by("-starts_on", "number"))


def edit(request: ViewerRequest, code: str) -> HttpResponse:
    """Change what the register says of a site; its code only while nothing hangs on it."""
    request.actor.require(Permission.EDIT_REGISTER)
    found = visible_site(request, code)
    obstacle = in_use(found)
    # The form writes into its own copy, so that the page goes on naming the site as it is.
    form = SiteForm(request.POST or None, instance=copy(found), scope=request.scope, may_rename=obstacle is None)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in form.changed_data if name != "version"}
        try:
            saved = update_site(request.actor, copy(found), **values, version=form.cleaned_data["version"])
        except Stale:
            form.add_error(None, _("Somebody else changed this site meanwhile. Open it again and repeat your change."))
        except InUse as refusal:
            form.add_error(None, refusal.shown())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("site", saved.code)
    context = {"site": found, "form": form, "obstacle": obstacle}
    return render(request, "sites/edit.html", context, status=form_status(form))


@require_POST
def remove(request: ViewerRequest, code: str) -> HttpResponse:
    """Delete a site that nothing hangs on."""
    request.actor.require(Permission.EDIT_REGISTER)
    found = visible_site(request, code)
    try:
        remove_site(request.actor, found)
    except InUse as refusal:
        messages.error(request, refusal.shown())
        return redirect("site_edit", code)
    messages.success(request, _("%(name)s is removed. The log keeps what it was.") % {"name": found.name})
    return redirect("sites")


def new(request: ViewerRequest) -> HttpResponse:
    """Add a site."""
    request.actor.require(Permission.EDIT_REGISTER)
    form = SiteForm(request.POST or None, scope=request.scope)
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name != "version"}
        try:
            added = create_site(request.actor, **values)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(
                request, _("The site is in the register. Its story begins with the first step you record.")
            )
            return redirect("site", added.code)
    return render(request, "sites/edit.html", {"site": None, "form": form}, status=form_status(form))


def form_status(form: Any) -> int:
    """422 for a form that was sent and not accepted, so that no program takes it for done."""
    return 422 if form.is_bound and form.errors else 200


urlpatterns = [
    path("sites/new/", new, name="site_new"),
    path("sites/<code:code>/", site, name="site"),
    path("sites/<code:code>/edit/", edit, name="site_edit"),
    path("sites/<code:code>/remove/", remove, name="site_remove"),
]
