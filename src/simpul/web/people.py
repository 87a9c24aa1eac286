"""People: who there is, who may do what, new ones, and the door for those who leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from simpul.people.errors import Refusal
from simpul.people.logic.rights import Permission, Role
from simpul.people.models import ApiToken, Membership, Organisation, User
from simpul.people.service import (
    IssuedInvitation,
    create_user,
    deactivate,
    end_membership,
    end_sessions,
    grant,
    invite,
    reactivate,
    revoke_token,
    update_user,
)
from simpul.web import cells, figures
from simpul.web.filters import Related, Rule, Search
from simpul.web.lists import Column, Listing, answer
from simpul.web.middleware import ViewerRequest
from simpul.web.people_forms import GrantForm, InviteForm, PersonForm, reporting

STATES = [
    ("active", gettext_lazy("may sign in")),
    ("waiting", gettext_lazy("has not signed in yet")),
    ("inactive", gettext_lazy("deactivated")),
]

PURPOSES = [
    (Membership.Roles.ADMINISTRATOR.label, gettext_lazy("everything, people included")),
    (Membership.Roles.OPERATOR.label, gettext_lazy("sees all, records what happens on the network")),
    (Membership.Roles.ENGINEER.label, gettext_lazy("sees all, changes the register and contracts, imports")),
    (Membership.Roles.CREW.label, gettext_lazy("sees the network without contracts, records work done and evidence")),
    (Membership.Roles.AGENCY.label, gettext_lazy("sees the sites of the own agency")),
    (Membership.Roles.PROVIDER.label, gettext_lazy("sees the own circuits and contracts")),
    (Membership.Roles.HEAD.label, gettext_lazy("sees all, changes nothing")),
    (Membership.Roles.AUDITOR.label, gettext_lazy("sees all, the log included, changes nothing")),
]


@dataclass(frozen=True, slots=True)
class Line:
    """One person in the list."""

    user: User
    roles: Sequence[Membership]
    two_steps: bool

    @property
    def state(self) -> str:
        """A key of STATES."""
        if not self.user.is_active:
            return "inactive"
        return "active" if self.user.last_login else "waiting"


def people(request: ViewerRequest) -> HttpResponse:
    """The list."""
    request.actor.require(Permission.SEE_PEOPLE)
    rows = User.objects.within(request.scope)
    count = rows.filter(is_active=True).count()
    title = ngettext("%(count)s person may sign in", "%(count)s people may sign in", count) % {
        "count": figures.number(count)
    }
    manages = request.actor.may(Permission.MANAGE_PEOPLE)
    return answer(request, _listing(request), rows, "people/people.html", title=title, manages=manages)


def person(request: ViewerRequest, username: str) -> HttpResponse:
    """One person: roles, how they sign in, and what administrators can do about it."""
    request.actor.require(Permission.SEE_PEOPLE)
    return _page(request, _find(request, username))


def new(request: ViewerRequest) -> HttpResponse:
    """Add a person with a first role, and show the link to hand over."""
    request.actor.require(Permission.MANAGE_PEOPLE)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        with reporting(form), transaction.atomic():
            user = create_user(request.actor, username=given["username"], name=given["name"], email=given["email"])
            grant(request.actor, user, given["organisation"], Role(given["role"]))
            return _link(request, invite(request.actor, user))
    return render(request, "people/new.html", {"form": form, "roles": PURPOSES}, status=_status(form))


@require_POST
def edit(request: ViewerRequest, username: str) -> HttpResponse:
    """Change name and e-mail."""
    request.actor.require(Permission.MANAGE_PEOPLE)
    user = _find(request, username)
    form = PersonForm(request.POST)
    if form.is_valid():
        with reporting(form):
            update_user(request.actor, user, **form.cleaned_data)
            return _back(request, user, _("Saved."))
    return _page(request, user, edit_form=form)


@require_POST
def give_role(request: ViewerRequest, username: str) -> HttpResponse:
    """One more role from now on."""
    request.actor.require(Permission.MANAGE_PEOPLE)
    user = _find(request, username)
    form = GrantForm(request.POST)
    if form.is_valid():
        with reporting(form):
            grant(request.actor, user, form.cleaned_data["organisation"], Role(form.cleaned_data["role"]))
            return _back(request, user, _("The role is in force from now on."))
    return _page(request, user, grant_form=form)


@require_POST
def end_role(request: ViewerRequest, username: str, pk: int) -> HttpResponse:
    """Take a role back from now on."""
    request.actor.require(Permission.MANAGE_PEOPLE)
    user = _find(request, username)
    membership = get_object_or_404(user.memberships, pk=pk)
    try:
        end_membership(request.actor, membership)
    except Refusal as refusal:
        messages.error(request, refusal.shown())
        return redirect("person", username=user.username)
    return _back(request, user, _("The role has ended."))


@require_POST
@never_cache
def make_link(request: ViewerRequest, username: str) -> HttpResponse:
    """A new link for somebody who has not come yet, or has lost the password."""
    request.actor.require(Permission.MANAGE_PEOPLE)
    user = _find(request, username)
    try:
        return _link(request, invite(request.actor, user))
    except Refusal as refusal:
        messages.error(request, refusal.shown())
        return redirect("person", username=user.username)


@require_POST
def switch(request: ViewerRequest, username: str) -> HttpResponse:
    """Deactivate (`active=0`) or activate (`active=1`) the account."""
    request.actor.require(Permission.MANAGE_PEOPLE)
    user = _find(request, username)
    try:
        if request.POST.get("active") == "1":
            reactivate(request.actor, user)
            return _back(request, user, _("The account is active again."))
        deactivate(request.actor, user)
    except Refusal as refusal:
        messages.error(request, refusal.shown())
        return redirect("person", username=user.username)
    return _back(request, user, _("The account is deactivated; all its sessions have ended."))


@require_POST
def sign_out(request: ViewerRequest, username: str) -> HttpResponse:
    """End all sessions of the person."""
    request.actor.require(Permission.MANAGE_PEOPLE)
    user = _find(request, username)
    end_sessions(request.actor, user)
    return _back(request, user, _("All sessions have ended."))


@require_POST
def stop_token(request: ViewerRequest, username: str, pk: int) -> HttpResponse:
    """Revoke one of the person's tokens."""
    request.actor.require(Permission.MANAGE_PEOPLE)
    user = _find(request, username)
    revoke_token(request.actor, get_object_or_404(user.tokens, pk=pk))
    return _back(request, user, _("The token does not work any more."))


def _find(request: ViewerRequest, username: str) -> User:
    return get_object_or_404(User.objects.within(request.scope), username=username)


def _back(request: ViewerRequest, user: User, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("person", username=user.username)


def _status(*forms: Any) -> int:
    """A page with errors says so to programs too."""
    return 422 if any(form.errors for form in forms) else 200


def _page(
    request: ViewerRequest,
    user: User,
    *,
    edit_form: PersonForm | None = None,
    grant_form: GrantForm | None = None,
) -> HttpResponse:
    now = timezone.now()
    memberships = list(user.memberships.select_related("organisation").order_by("-since"))
    edit_form = edit_form or PersonForm(initial={"name": user.name, "email": user.email})
    grant_form = grant_form or GrantForm()
    words = {
        "person": user,
        "manages": request.actor.may(Permission.MANAGE_PEOPLE),
        "sees_log": request.actor.may(Permission.SEE_AUDIT),
        "roles_open": [each for each in memberships if each.until is None or each.until > now],
        "roles_ended": [each for each in memberships if each.until is not None and each.until <= now],
        "factors": _factors(user),
        "sessions": UserSession.objects.filter(user=user).count(),
        "invitation": user.invitations.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=now).first(),
        "tokens": ApiToken.objects.filter(user=user, revoked_at=None, expires_at__gt=now),
        "edit_form": edit_form,
        "grant_form": grant_form,
    }
    return render(request, "people/person.html", words, status=_status(edit_form, grant_form))


def _link(request: ViewerRequest, issued: IssuedInvitation) -> HttpResponse:
    """The only time the link is shown; nothing but its fingerprint is kept."""
    address = request.build_absolute_uri(reverse("invitation", args=[issued.secret]))
    return render(request, "people/link.html", {"invitation": issued.invitation, "address": address})


def _factors(user: User) -> dict[str, int]:
    kinds = list(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    return {"totp": kinds.count("totp"), "passkeys": kinds.count("webauthn")}


def _open(now: Any, prefix: str = "") -> Q:
    return (Q(**{f"{prefix}until": None}) | Q(**{f"{prefix}until__gt": now})) & Q(**{f"{prefix}since__lte": now})


def _load(rows: QuerySet[User]) -> list[Line]:
    in_force = Membership.objects.filter(_open(timezone.now())).select_related("organisation")
    users = list(rows.prefetch_related(Prefetch("memberships", queryset=in_force, to_attr="roles_open")))
    secured = set(
        Authenticator.objects.filter(user__in=users, type__in=["totp", "webauthn"]).values_list("user_id", flat=True)
    )
    return [Line(user, getattr(user, "roles_open", []), user.pk in secured) for user in users]


def _listing(request: ViewerRequest) -> Listing[Line]:
    return Listing(
        name="people",
        columns=[
            Column("name", _("Name"), lambda line: line.user.name, _name, order=["name"], head=True),
            Column("username", _("User name"), lambda line: line.user.username, shown=False),
            Column("roles", _("Roles"), lambda line: "; ".join(map(" · ".join, _pairs(line))), _roles),
            Column("state", _("Account"), lambda line: str(dict(STATES)[line.state]), _state, wide=True),
            Column("two", _("Two-step sign-in"), lambda line: line.two_steps, _two_steps, wide=True),
            Column(
                "seen",
                _("Last sign-in"),
                lambda line: line.user.last_login,
                lambda line: cells.moment(line.user.last_login),
                order=["last_login"],
                wide=True,
            ),
        ],
        load=_load,
        filters=[
            Search(_("Name or user name"), ["name", "username"]),
            Rule("role", _("Role"), Membership.Roles.choices, _with_role),
            Related(
                "organisation",
                _("Organisation"),
                Organisation.objects.within(request.scope),
                "memberships__organisation",
            ),
            Rule("state", _("Account"), STATES, _in_state),
        ],
        sort="name",
        empty=_("Nobody has been invited yet."),
        caption=_("People"),
    )


def _with_role(rows: QuerySet[Any], role: str) -> QuerySet[Any]:
    return rows.filter(pk__in=Membership.objects.filter(_open(timezone.now()), role=role).values("user"))


def _in_state(rows: QuerySet[Any], state: str) -> QuerySet[Any]:
    if state == "inactive":
        return rows.filter(is_active=False)
    return rows.filter(is_active=True, last_login__isnull=state == "waiting")


def _name(line: Line) -> SafeString:
    link = cells.link(line.user.name, reverse("person", args=[line.user.username]))
    return format_html("{}{}", link, cells.sub(line.user.username))


def _roles(line: Line) -> SafeString | str:
    return format_html_join(SafeString("<br>"), "{} · {}", _pairs(line)) or "–"


def _pairs(line: Line) -> list[tuple[str, str]]:
    """Role and where it is held, in the reader's words."""
    return [(str(membership.get_role_display()), str(membership.organisation)) for membership in line.roles]


def _state(line: Line) -> SafeString:
    tones = {"active": "ok", "waiting": "info", "inactive": ""}
    return cells.chip(dict(STATES)[line.state], tones[line.state])


def _two_steps(line: Line) -> str:
    return _("switched on") if line.two_steps else _("switched off")


# "+new" is nobody's user name: those start with a letter or digit.
urlpatterns = [
    path("people/", people, name="people"),
    path("people/+new/", new, name="person_new"),
    path("people/<str:username>/", person, name="person"),
    path("people/<str:username>/edit/", edit, name="person_edit"),
    path("people/<str:username>/roles/", give_role, name="person_grant"),
    path("people/<str:username>/roles/<int:pk>/end/", end_role, name="person_end_role"),
    path("people/<str:username>/link/", make_link, name="person_link"),
    path("people/<str:username>/switch/", switch, name="person_switch"),
    path("people/<str:username>/sign-out/", sign_out, name="person_sign_out"),
    path("people/<str:username>/tokens/<int:pk>/stop/", stop_token, name="person_stop_token"),
]
