"""The share editor of a site, a group, or of all that the policy has changed: preview first, then a trial.

One form with two buttons. What is ordered is what the preview showed: its mark travels with the form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from simpul.people.errors import Refusal
from simpul.people.logic.rights import Permission
from simpul.register.models import Device, Site
from simpul.traffic import service as traffic
from simpul.traffic.errors import Starves
from simpul.traffic.models import ShareGroup, SiteShare
from simpul.traffic.service.reading import gateway_of, gateways, read_policy
from simpul.web.middleware import ViewerRequest
from simpul.web.share_forms import JoinForm, OrderForm, ShareForm
from simpul.web.share_preview import Shown, of_preview
from simpul.web.share_trial import Trial, trial_at
from simpul.web.share_words import starved
from simpul.web.site_now import visible_site

Changes = Mapping[str, Mapping[str, Any]]


@dataclass
class Editor:
    """What the templates of the editor need. `url` takes the form, `back` is the page it stands on."""

    url: str
    back: str
    gateway: Device | None
    form: ShareForm | None = None
    order: OrderForm = field(default_factory=OrderForm)
    join: JoinForm | None = None
    trial: Trial | None = None
    preview: Shown | None = None
    problems: list[str] = field(default_factory=list)
    status: int = 200

    @property
    def busy(self) -> bool:
        """Whether a plan is on its way or on trial, so that nothing else can be tried out."""
        return self.trial is not None and self.trial.open

    def look(self, request: ViewerRequest, changes: Changes | None) -> None:
        """Make the preview of these changes."""
        if self.gateway is None:
            return
        try:
            self.preview = of_preview(traffic.preview(request.actor, self.gateway, changes))
        except Refusal as refusal:
            self.refuse(refusal)

    def refuse(self, refusal: Refusal) -> None:
        """Say why nothing was ordered."""
        self.problems += starved(refusal) if isinstance(refusal, Starves) else [refusal.shown()]
        self.status = 409


def site_share(request: ViewerRequest, code: str) -> HttpResponse:
    """`/sites/<code>/share/`: the form, its preview, and the order."""
    request.actor.require(Permission.SHARE_INTERNET)
    site = visible_site(request, code)
    share = SiteShare.objects.within(request.scope).select_related("group", "site").filter(site=site).first()
    if share is None:
        return _join(request, site)
    editor = editor_of_site(request, share, request.POST or None)
    title = _("Internet share of %(name)s") % {"name": site.name}

    def write(terms: dict[str, Any]) -> object:
        return traffic.set_share(request.actor, site, **terms)

    return _answered(request, editor, title, site.code, write)


def group_share(request: ViewerRequest, code: str) -> HttpResponse:
    """`/traffic/groups/<code>/`: the same for a group."""
    request.actor.require(Permission.SEE_NETWORK)
    group = get_object_or_404(ShareGroup.objects.within(request.scope), code=code)
    request.actor.require(Permission.SHARE_INTERNET)
    gateway = gateway_of(group)
    url = reverse("traffic-group", args=[code])
    editor = _editor(request, url, reverse("traffic"), gateway, ShareForm(request.POST or None, row=group))
    title = _("Internet share of %(name)s") % {"name": group.name}

    def write(terms: dict[str, Any]) -> object:
        return traffic.set_group(request.actor, code, **terms)

    return _answered(request, editor, title, code, write)


def policy(request: ViewerRequest, gateway: str) -> HttpResponse:
    """`/traffic/policy/<gateway>/`: what a plan made now would change, and the button to try it out."""
    request.actor.require(Permission.SEE_NETWORK)
    if not request.scope.whole_network:
        raise Http404
    found = get_object_or_404(gateways(), code=gateway)
    request.actor.require(Permission.SHARE_INTERNET)
    url = reverse("traffic-policy", args=[gateway])
    editor = _editor(request, url, reverse("traffic"), found, None)
    return _answered(request, editor, _("What was decided and is not in force yet"), "", lambda _terms: None)


def editor_of_site(request: ViewerRequest, share: SiteShare, data: Any = None) -> Editor:
    """The editor of a site's share, as its page and the editor's own page have it."""
    code = share.site.code
    form = ShareForm(data, row=share)
    return _editor(
        request,
        reverse("site_share", args=[code]),
        f"{reverse('site', args=[code])}#share",
        gateway_of(share.group),
        form,
    )


def _editor(request: ViewerRequest, url: str, back: str, gateway: Device | None, form: ShareForm | None) -> Editor:
    trial = trial_at(request, gateway) if gateway else None
    order = OrderForm(request.POST) if "confirm_s" in request.POST or request.POST.get("do") == "order" else OrderForm()
    return Editor(url, back, gateway, form, order, trial=trial)


def _answered(
    request: ViewerRequest, editor: Editor, title: str, code: str, write: Callable[[dict[str, Any]], object]
) -> HttpResponse:
    """Preview or order, as the button says; a GET shows the form, and what the policy has open already."""
    form = editor.form
    if request.method == "POST" and request.POST.get("do") == "order" and _ordered(request, editor, code, write):
        return redirect(editor.back)
    valid = form is None or (form.is_bound and form.is_valid())
    if form is not None and form.is_bound and not valid:
        editor.status = 422
    elif valid:
        editor.look(request, {code: form.changes} if form is not None and _takes_part(editor, code) else None)
    only_preview = request.headers.get("HX-Target", "").endswith("#share-preview")
    template = "share/preview.html" if only_preview else "share/editor.html"
    response = render(request, template, {"editor": editor, "title": title}, status=editor.status)
    response["Vary"] = "HX-Target"
    return response


def _ordered(request: ViewerRequest, editor: Editor, code: str, write: Callable[[dict[str, Any]], object]) -> bool:
    """Try it out; False with the problems noted where it was refused."""
    form, order = editor.form, editor.order
    if (form is not None and not form.is_valid()) or not order.is_valid():
        editor.status = 422
        return False
    terms = form.terms if form is not None else {}
    given = order.cleaned_data
    try:
        if editor.gateway is None or not _takes_part(editor, code):
            write(terms)
            messages.success(request, _("Noted. It takes effect with the first plan after its internet is on."))
        else:
            traffic.try_out(
                request.actor,
                editor.gateway,
                lambda: write(terms),
                seen=given["seen"],
                confirm_s=given["confirm_s"],
                note=given["note"],
            )
    except Refusal as refusal:
        editor.refuse(refusal)
    except ValidationError as error:
        editor.problems += error.messages
        editor.status = 422
    return not editor.problems


def _takes_part(editor: Editor, code: str) -> bool:
    """Whether a plan made now names it: a site does while its internet is on, a group while a site does."""
    if editor.form is None:
        return True
    policy = read_policy(editor.gateway).policy if editor.gateway else None
    if policy is None:
        return False
    return code in {site.code for site in policy.sites} | {group.code for group in policy.groups}


def _join(request: ViewerRequest, site: Site) -> HttpResponse:
    """A site without a share gets one: its group first, the terms with the next step."""
    form = JoinForm(request.POST or None)
    here = reverse("site_share", args=[site.code])
    if request.method == "POST" and form.is_valid():
        traffic.set_share(request.actor, site, group=form.cleaned_data["group"])
        return redirect(here)
    editor = Editor(here, f"{reverse('site', args=[site.code])}#share", None, join=form)
    title = _("%(name)s has no internet share yet") % {"name": site.name}
    status = 422 if form.is_bound else 200
    return render(request, "share/editor.html", {"editor": editor, "title": title}, status=status)


urlpatterns = [
    path("sites/<code:code>/share/", site_share, name="site_share"),
    path("traffic/groups/<code:code>/", group_share, name="traffic-group"),
    path("traffic/policy/<code:gateway>/", policy, name="traffic-policy"),
]
