"""Every address, API operation and live topic, filled with somebody's objects and asked for by everybody."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.cache import cache as counters
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern
from django.utils import timezone

from api.regency import SYSTEM, Regency, day
from people.town import build_town
from simpul.asgi import application
from simpul.people.logic.rights import Role
from simpul.people.models import User
from simpul.people.service import actor_for, create_user, invite, issue_token
from simpul.record.evidence import keep
from simpul.record.jobs import enqueue
from simpul.register.models import Circuit, Device, ImportBatch, NetworkEvent, Site, Stall, Uplink
from simpul.register.service import change_internet, start_import
from simpul.traffic import carrying
from simpul.traffic.service import apply as order_plan
from simpul.traffic.service import draft, set_group, set_share
from simpul.watch.models import Alarm, Silence
from simpul.web.api import api
from simpul.web.live.topics import TOPICS
from web.feed_stand import answered

STAFF = [role.value for role in Role]
# Who asks, and whose object is asked for: everybody for that of the first agency or provider, two for a foreign one.
COLUMNS = ["anonymous", *STAFF, "agency_other", "provider_other"]
API = "api"
# Addresses that are answered before Django: their names begin so, whoever asks for them.
BARE = "bare"
FEED = "feed"
# An operation looks at its body first, so a refusal only shows with a good one.
BODIES: dict[str, dict[str, str]] = {
    "api:record_network_step": {"state": "lit", "at": "2024-06-01T08:00:00+07:00"},
    "api:record_internet_step": {"state": "cut_off", "at": "2024-06-01T08:00:00+07:00"},
    "api:record_stall": {"track": "network", "at": "2024-06-01T08:00:00+07:00", "reason": "tunggu izin"},
    "api:record_handover": {"contract": "027/118/SPK/2023", "document_number": "BAST-9", "at": "2024-06-01T08:00:00Z"},
}


@dataclass(frozen=True)
class Row:
    """One address with one method; `path` still holds {names}."""

    route: str
    method: str
    path: str


@cache
def rows() -> tuple[Row, ...]:
    """GET and POST of every address, every operation of the API under its own name, and every topic of the live feed.

    A name counts once: where two addresses share one, the first is the one that answers.
    """
    found: dict[tuple[str, str], Row] = {}
    for route, path in _addresses(get_resolver(), "/", ()):
        if not route.startswith(f"{API}:"):
            for method in ("GET", "POST"):
                found.setdefault((route, method), Row(route, method, path))
    if API in get_resolver().namespace_dict:
        for path, operations in api.get_openapi_schema()["paths"].items():
            for method, operation in operations.items():
                row = Row(f"{API}:{operation['operationId']}", method.upper(), path)
                found[row.route, row.method] = row
        found[f"{API}:openapi-json", "GET"] = Row(f"{API}:openapi-json", "GET", f"/{API}{api.openapi_url}")
    for path in application.bare:
        for method in ("GET", "POST"):
            row = Row(f"{BARE}:{path}", method, path)
            found[row.route, row.method] = row
    for topic in TOPICS:
        row = Row(f"{FEED}:{topic}", "GET", f"/feed?topics={topic}")
        found[row.route, row.method] = row
    return tuple(found.values())


def _addresses(resolver: URLResolver, before: str, spaces: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for one in resolver.url_patterns:
        path = before + _readable(one)
        if isinstance(one, URLResolver):
            yield from _addresses(one, path, (*spaces, one.namespace) if one.namespace else spaces)
        else:
            # An address without name is known by itself.
            yield ":".join((*spaces, one.name)) if one.name else path, path


def _readable(pattern: URLPattern | URLResolver) -> str:
    """`sites/<str:code>/` and `(?P<code>[^/]+)/` -> `sites/{code}/`."""
    text = str(pattern.pattern)
    if isinstance(pattern.pattern, RegexPattern):
        text = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"{\1}", text).strip("^$").replace(".*", "anything")
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", text)


@dataclass
class World:
    """A town, somebody for each column, and an object for every name in a path."""

    town: Regency
    users: dict[str, User]
    cookies: dict[str, str]
    objects: dict[str, dict[str, Any]]

    def path(self, row: Row, column: str) -> str:
        """The address with the objects of the side that the column asks for."""
        side = self.objects[_side(column)]
        missing = [name for name in re.findall(r"{(\w+)}", row.path) if self._value(row, name, side, column) is None]
        assert not missing, f"{row.route}: say in tests/web/rights_walk.py, objects(), what {missing} stands for"
        return re.sub(r"{(\w+)}", lambda name: str(self._value(row, name.group(1), side, column)), row.path)

    def _value(self, row: Row, name: str, side: dict[str, Any], column: str) -> Any:
        if row.route == "account_stop_token" and name == "pk" and not column.endswith("_other"):
            user = self.users.get(column)
            return user.tokens.get(label="own").pk if user else 0
        room = row.route.removeprefix(f"{API}:")
        return side.get(f"{room}.{name}", side.get(_subject(room, name), side.get(name)))

    def ask(self, row: Row, column: str) -> str:
        """What the column gets: a status, `login` for the way to the sign-in page. All effects are taken back."""
        if row.route.startswith((f"{BARE}:", f"{FEED}:")):
            return async_to_sync(answered)(application, row.method, row.path, self.cookies.get(column, ""))
        client = Client(raise_request_exception=False)
        if column in self.cookies:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.cookies[column]
        counters.clear()
        sent: dict[str, Any] = {}
        if row.route.startswith(f"{API}:"):
            sent = {"data": json.dumps(BODIES.get(row.route, {})), "content_type": "application/json"}
        elif row.method != "GET":
            sent = {"content_type": "application/x-www-form-urlencoded"}
        with transaction.atomic():
            answer = client.generic(row.method, self.path(row, column), **sent)
            if answer.streaming:
                list(answer)
            transaction.set_rollback(True)
        if answer.status_code == 302 and answer.headers["Location"].startswith("/account/login/"):
            return "login"
        return str(answer.status_code)


def _side(column: str) -> str:
    if column.startswith("provider"):
        return "rival" if column.endswith("_other") else "provider"
    return "school" if column.endswith("_other") else "health"


def _subject(room: str, name: str) -> str:
    """`site_edit`, `get_site`, `list_site_story`, `record_stall` with `code` -> `site.code`: whose code it is."""
    words = {
        "site": "site|stall|handover|network_step|internet_step",
        "organisation": "organisation",
        "contract": "contract",
        "circuit": "circuit",
        "device": "device",
        "link": "link",
        "uplink": "uplink",
        "camera": "camera",
        "application": "application",
    }
    found = [subject for subject, pattern in words.items() if re.search(rf"(^|_)({pattern})s?(_|$)", room)]
    return f"{found[0]}.{name}" if found else name


def build_world() -> World:
    """Call it inside a transaction that is taken back."""
    town = build_town()
    change_internet(SYSTEM, town.clinic, "on", day(2024, 5, 1))
    users = {role.value: town.users[role] for role in Role}
    users |= {"agency_other": town.users[Role.AGENCY], "provider_other": town.users[Role.PROVIDER]}
    # Who has a password is asked for it again before a change of the account.
    User.objects.update(password=make_password("gajah makan kacang"))
    cookies = {}
    for column, user in users.items():
        user.refresh_from_db()
        client = Client()
        client.force_login(user)
        cookies[column] = client.cookies[settings.SESSION_COOKIE_NAME].value
    for role in Role:
        issue_token(SYSTEM, town.users[role], label="own", days=1)
    return World(town, users, cookies, objects(town))


def objects(town: Regency) -> dict[str, dict[str, Any]]:
    """side -> name in a path (`code`), or `subject.name`, or `route.name` -> value."""
    guest = create_user(SYSTEM, username="tamu", name="Tamu")
    crew = town.users[Role.CREW]
    batch = start_import(SYSTEM, "sites", "titik.csv", io.BytesIO(b"kode,nama\nOPD-9,Kantor\n"))
    ImportBatch.objects.filter(pk=batch.pk).update(wrong=1)
    ImportBatch.objects.filter(pk=batch.pk).update(state=ImportBatch.State.STAGED, new=1)
    shared = {
        "username": crew.username,
        "person_end_role.pk": crew.memberships.get().pk,
        "person_stop_token.pk": issue_token(SYSTEM, crew, label="x", days=1).token.pk,
        "account_stop_token.pk": issue_token(SYSTEM, guest, label="x", days=1).token.pk,
        "secret": invite(SYSTEM, guest).secret,
        "seq": 1,
        "track": "network",
        "slug": "people",
        "name": "no-such-picture.png",
        "provider_id": "oidc",
        "uidb36": "1",
        "key": "abc-def",
        **{
            f"{route}.pk": batch.pk
            for route in ("import", "import-apply", "import-undo", "import-discard", "import-wrong")
        },
        "import-wrong.suffix": "csv",
        "import-template.kind": "sites",
        "import-template.suffix": "csv",
        "mfa_remove_webauthn.pk": 1,
        "mfa_edit_webauthn.pk": 1,
        **_of_sharing(town),
    }
    clinic, library = _of_site(town.clinic), _of_site(town.library)
    return {
        "health": {**shared, **clinic, "organisation.code": town.health.code, **_of_contract(town, rival=False)},
        "school": {**shared, **library, "organisation.code": town.school.code, **_of_contract(town, rival=True)},
        "provider": {**shared, **clinic, "organisation.code": town.provider.code, **_of_contract(town, rival=False)},
        "rival": {**shared, **library, "organisation.code": town.rival.code, **_of_contract(town, rival=True)},
    }


def _of_sharing(town: Regency) -> dict[str, Any]:
    """A group below the way out, a share of the clinic, a plan in force and one on trial."""
    group = set_group(SYSTEM, "KANTOR", name="Kantor", uplink=Uplink.objects.get(code="U-1"))
    set_share(SYSTEM, town.clinic, group=group)
    gateway = Device.objects.get(code="R-1")
    carrying.confirmed(order_plan(SYSTEM, draft(SYSTEM, gateway)))
    set_share(SYSTEM, town.clinic, weight=2)
    trial = order_plan(SYSTEM, draft(SYSTEM, gateway))
    carrying.applied(trial)
    return {
        "gateway": gateway.code,
        "number": trial.number,
        "traffic-return.number": 1,
        "traffic-group.code": group.code,
    }


def _of_site(site: Site) -> dict[str, Any]:
    proof = keep(SYSTEM, f"{site.code}.txt", "text/plain", io.BytesIO(f"bukti {site.code}".encode()))
    lit = NetworkEvent.objects.filter(site=site).first() or _lit(site)
    NetworkEvent.objects.filter(pk=lit.pk).update(evidence=proof)
    owner = "clinic" if site.code == "OPD-2" else "library"
    agency = User.objects.get(username="u-agency")
    job = enqueue(actor_for(agency) if owner == "clinic" else SYSTEM, "register.stage", {})
    number = {"clinic": "1", "library": "2"}[owner]
    alarm, window = _alarm_of(site, number)
    return {
        "alarm.pk": alarm.pk,
        "alarm-acknowledge.pk": alarm.pk,
        "alarm-comment.pk": alarm.pk,
        "silence-end.pk": window.pk,
        "site.code": site.code,
        "site-now.code": site.code,
        "site-rates.code": site.code,
        "site-rates.suffix": "json",
        "site_resume.pk": Stall.objects.filter(site=site).latest("pk").pk,
        "site_withdraw.pk": lit.pk,
        "circuit.code": f"C-{number}",
        "device.code": f"SW-{number}",
        "link.code": f"L-{number}",
        "uplink.code": f"U-{number}",
        "camera.code": f"K-{number}",
        "application.code": f"A-{int(number) + 1}",
        "cidr": {"1": "192.0.2.0/25", "2": "192.0.2.128/25"}[number],
        "sha256": proof.sha256,
        "job.pk": job.pk,
        "job-cancel.pk": job.pk,
    }


def _alarm_of(site: Site, number: str) -> tuple[Alarm, Silence]:
    """An open alarm that hits the site and that its circuit's provider has to mend; a window that has not ended."""
    at = timezone.now()
    party = Circuit.objects.get(code=f"C-{number}").provider
    alarm = Alarm.objects.create(
        key=f"C-{number}", kind="circuit_down", severity="major", refs=[f"C-{number}"], sites=[site.code],
        party=party, opened_at=at, updated_at=at,
    )  # fmt: skip
    alarm.affected.add(site)
    window = Silence.objects.create(
        ref=f"C-{number}", starts_at=at, ends_at=at + timedelta(hours=1), reason="x", made_by="test", made_at=at
    )
    return alarm, window


def _lit(site: Site) -> NetworkEvent:
    at = day(2024, 1, 1)
    return NetworkEvent.objects.create(site=site, state="lit", at=at, recorded_by="test", recorded_at=at)


def _of_contract(town: Regency, *, rival: bool) -> dict[str, Any]:
    contract = town.foreign_contract if rival else town.contract
    return {"contract.pk": contract.pk, "contract.code": contract.code}
