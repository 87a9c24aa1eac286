"""The page of one site: its lamps and story, what stands there, who owns and pays; and the form to change it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from simpul.people.logic.rights import Permission
from simpul.register.models import Application, Camera, Circuit, ContractLine, Device, Prefix, Site
from simpul.register.service.sites import create_site, update_site
from simpul.register.service.writing import Stale
from simpul.web.middleware import ViewerRequest
from simpul.web.site_forms import SiteForm
from simpul.web.site_story import StoryRow, standing, story_rows


def visible_site(request: ViewerRequest, code: str) -> Site:
    """The site, or 404 for one that the visitor may not see."""
    sites = Site.objects.within(request.scope).select_related("organisation", "owner", "operator", "area")
    return get_object_or_404(sites, code=code)


def site(request: ViewerRequest, code: str) -> HttpResponse:
    """`/sites/<code>/`."""
    request.actor.require(Permission.SEE_NETWORK)
    found = visible_site(request, code)
    story = story_rows(found)
    things: dict[str, list[Any]] = {
        "devices": list(Device.objects.within(request.scope).filter(site=found).select_related("operator")),
        "circuits": list(circuits_at(request, found)),
        "cameras": list(Camera.objects.within(request.scope).filter(site=found)),
        "applications": list(Application.objects.within(request.scope).filter(site=found)),
    }
    context = {
        "site": found,
        "standing": standing(story, timezone.now()),
        "story": story,
        "prefixes": list(Prefix.objects.within(request.scope).filter(site=found)),
        "today": timezone.localdate(),
        "paid": paid_by(request, found, story, things),
        "may_edit": request.actor.may(Permission.EDIT_REGISTER),
        "may_record": request.actor.may(Permission.RECORD_ROLLOUT),
        "may_see_log": request.actor.may(Permission.SEE_AUDIT),
    }
    return render(request, "sites/site.html", context | things)


def circuits_at(request: ViewerRequest, found: Site) -> Iterable[Circuit]:
    """Circuits that end here, with the other end and the provider."""
    ends_here = Circuit.objects.within(request.scope).filter(Q(site_a=found) | Q(site_b=found))
    return ends_here.select_related("site_a", "site_b", "provider").order_by("code")


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
    """Change what the register says of a site."""
    request.actor.require(Permission.EDIT_REGISTER)
    found = visible_site(request, code)
    form = SiteForm(request.POST or None, instance=found, scope=request.scope)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in form.changed_data if name not in ("code", "version")}
        try:
            update_site(request.actor, found, **values, version=form.cleaned_data["version"])
        except Stale:
            form.add_error(None, _("Somebody else changed this site meanwhile. Open it again and repeat your change."))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("site", code)
    return render(request, "sites/edit.html", {"site": found, "form": form}, status=form_status(form))


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
    path("sites/<str:code>/", site, name="site"),
    path("sites/<str:code>/edit/", edit, name="site_edit"),
]
