"""Organisations: the list, one of them with what it uses, owns, repairs and sells, and the form to change it."""

from __future__ import annotations

from copy import copy
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from simpul.people.errors import Refusal
from simpul.people.logic.rights import Permission
from simpul.people.models import Organisation
from simpul.people.service.organisations import (
    create_organisation,
    obstacle,
    remove_organisation,
    update_organisation,
)
from simpul.register.models import Application, Circuit, Contract, Site
from simpul.web import cells, figures
from simpul.web.coded_form import CodedForm
from simpul.web.filters import Choice, Search
from simpul.web.lists import Column, Listing, answer
from simpul.web.middleware import ViewerRequest
from simpul.web.site_page import form_status
from simpul.web.site_rows import with_lamps

MOST_SITES = 200


class OrganisationForm(CodedForm):
    """What is written on a letterhead, and whom to call."""

    class Meta:
        model = Organisation
        fields: ClassVar = ["code", "name", "short_name", "kind", "phone", "email", "address", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].widget.attrs["rows"] = 3


def organisations(request: ViewerRequest) -> HttpResponse:
    """`/organisations/`."""
    request.actor.require(Permission.SEE_ORGANISATIONS)
    visible = Organisation.objects.within(request.scope)
    count = visible.count()
    title = ngettext(
        "%(count)s organisation uses or serves the network", "%(count)s organisations use or serve the network", count
    )
    return answer(
        request,
        LISTING,
        rows(visible, Site.objects.within(request.scope)),
        "organisations/list.html",
        title=title % {"count": figures.number(count)},
        may_edit=request.actor.may(Permission.EDIT_ORGANISATIONS),
    )


def organisation(request: ViewerRequest, code: str) -> HttpResponse:
    """`/organisations/<code>/`."""
    request.actor.require(Permission.SEE_ORGANISATIONS)
    found = get_object_or_404(Organisation.objects.within(request.scope), code=code)
    sites = with_lamps(Site.objects.within(request.scope).filter(organisation=found), timezone.now())
    may_see_contracts = request.actor.may(Permission.SEE_CONTRACTS)
    contracts = Contract.objects.within(request.scope).filter(provider=found) if may_see_contracts else ()
    context = {
        "organisation": found,
        "sites": list(sites[:MOST_SITES]),
        "contracts": list(contracts),
        "circuits": list(
            Circuit.objects.within(request.scope).filter(provider=found).select_related("site_a", "site_b")[:MOST_SITES]
        ),
        "applications": list(Application.objects.within(request.scope).filter(organisation=found)),
        "may_edit": request.actor.may(Permission.EDIT_ORGANISATIONS),
        "may_see_log": request.actor.may(Permission.SEE_AUDIT),
        "today": timezone.localdate(),
    }
    return render(request, "organisations/organisation.html", context)


def edit(request: ViewerRequest, code: str) -> HttpResponse:
    """Change an organisation; its code only while nothing hangs on it."""
    request.actor.require(Permission.EDIT_ORGANISATIONS)
    found = get_object_or_404(Organisation.objects.within(request.scope), code=code)
    in_the_way = obstacle(found)
    # The form writes into its own copy, so that the page goes on naming the organisation as it is.
    form = OrganisationForm(request.POST or None, instance=copy(found), may_rename=in_the_way is None)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in form.changed_data}
        try:
            saved = update_organisation(request.actor, copy(found), **values)
        except Refusal as refusal:
            form.add_error(None, refusal.shown())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("organisation", saved.code)
    context = {"organisation": found, "form": form, "obstacle": in_the_way}
    return render(request, "organisations/edit.html", context, status=form_status(form))


@require_POST
def remove(request: ViewerRequest, code: str) -> HttpResponse:
    """Delete an organisation that nothing hangs on."""
    request.actor.require(Permission.EDIT_ORGANISATIONS)
    found = get_object_or_404(Organisation.objects.within(request.scope), code=code)
    try:
        remove_organisation(request.actor, found)
    except Refusal as refusal:
        messages.error(request, refusal.shown())
        return redirect("organisation_edit", code)
    messages.success(request, _("%(name)s is removed. The log keeps what it was.") % {"name": found.name})
    return redirect("organisations")


def new(request: ViewerRequest) -> HttpResponse:
    """Add an organisation."""
    request.actor.require(Permission.EDIT_ORGANISATIONS)
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = create_organisation(request.actor, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("organisation", added.code)
    return render(request, "organisations/edit.html", {"form": form}, status=form_status(form))


def rows(visible: QuerySet[Organisation], sites: QuerySet[Site]) -> QuerySet[Any]:
    """Organisations with the number of sites they use."""
    used = sites.order_by().filter(organisation=OuterRef("pk")).values("organisation")
    number = Subquery(used.annotate(number=Count("pk", distinct=True)).values("number"), output_field=IntegerField())
    return visible.annotate(site_count=Coalesce(number, Value(0)))


def name_cell(row: Organisation) -> SafeString:
    """Name as a link, the short name below."""
    return cells.link(row.name, reverse("organisation", args=[row.code])) + cells.sub(row.short_name)


COLUMNS: list[Column[Any]] = [
    Column("name", gettext_lazy("Organisation"), lambda row: row.name, name_cell, order=("name",), head=True),
    Column("code", gettext_lazy("Code"), lambda row: row.code, order=("code",), wide=True),
    Column("kind", gettext_lazy("Kind"), lambda row: row.get_kind_display(), order=("kind", "name")),
    Column(
        "sites",
        gettext_lazy("Sites"),
        lambda row: row.site_count,
        lambda row: figures.number(row.site_count) if row.site_count else "–",
        order=("site_count",),
        number=True,
    ),
    Column("phone", gettext_lazy("Telephone"), lambda row: row.phone, wide=True),
    Column("email", gettext_lazy("E-mail"), lambda row: row.email, wide=True),
]

LISTING: Listing[Any] = Listing(
    name="organisations",
    caption=gettext_lazy("Organisations"),
    columns=COLUMNS,
    filters=[
        Search(gettext_lazy("Search"), ("name", "short_name", "code"), gettext_lazy("name or code")),
        Choice("kind", gettext_lazy("Kind"), Organisation.Kind.choices),
    ],
    sort="name",
    load=list,
    empty=gettext_lazy("Add the agencies, district offices and providers first: sites and contracts belong to them."),
)

urlpatterns = [
    path("organisations/", organisations, name="organisations"),
    path("organisations/new/", new, name="organisation_new"),
    path("organisations/<code:code>/", organisation, name="organisation"),
    path("organisations/<code:code>/edit/", edit, name="organisation_edit"),
    path("organisations/<code:code>/remove/", remove, name="organisation_remove"),
]
