"""Breaking things on purpose: only in a demonstration, only for administrators, said beforehand and put right again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from simpul.kit.actor import Actor
from simpul.people.logic.rights import Role
from simpul.people.models import Organisation, User
from simpul.people.service import create_user, grant
from simpul.register.models import Link
from told import told_regency
from web.lab_stand import LabStand, Wired

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
UPLINKS = ["UP-SERAT", "UP-JALUR"]


@pytest.fixture(scope="module", autouse=True)
def story(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The invented regency, told once; taken back after the last test of the file."""
    with told_regency(django_db_blocker):
        yield


@pytest.fixture
def lab() -> LabStand:
    """The network of the story, whole."""
    built = Link.objects.filter(is_planned=False).values_list(
        "code", "interface_a__device__code", "interface_b__device__code"
    )
    return LabStand(list(built), UPLINKS)


@pytest.fixture(autouse=True)
def demo(settings: LazySettings, lab: LabStand) -> Iterator[None]:
    """A demonstration whose pages reach the lab."""
    given = settings.CONFIGURATION
    settings.CONFIGURATION = replace(given, demo=replace(given.demo, on=True))
    settings.MIDDLEWARE = ["web.lab_stand.Wired", *settings.MIDDLEWARE]
    Wired.lab = lab
    yield
    Wired.lab = None


def browser_of(role: Role) -> Client:
    """Somebody with that role, signed in; reads English."""
    homes = {Role.AGENCY: "DINKES", Role.PROVIDER: "SERAT"}
    user: User = create_user(SYSTEM, username=f"x-{role.value}", name=role.value, password_hash="!")
    if role is not Role.PUBLIC:
        grant(SYSTEM, user, Organisation.objects.get(code=homes.get(role, "DISKOMINFOSANDI")), role)
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def admin() -> Client:
    """An administrator."""
    return browser_of(Role.ADMINISTRATOR)


def words(client: Client, path: str = "/drills/", **more: Any) -> str:
    """What a page says, without its tags."""
    answer = client.get(path, **more)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def started(client: Client, drill: str, target: str) -> str:
    """What the page says after a drill was begun."""
    answer = client.post("/drills/start/", {"drill": drill, "target": target})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/drills/")
    return words(client)


ADDRESSES = [
    ("get", "/drills/"),
    ("get", "/drills/effect/?drill=cut-span&target=L-BPKAD"),
    ("post", "/drills/start/"),
    ("post", "/drills/restore/"),
]


@pytest.mark.parametrize(("method", "path"), ADDRESSES, ids=lambda part: part)
def test_the_page_exists_for_administrators_alone(method: str, path: str) -> None:
    for role in Role:
        client = browser_of(role)
        expected = {"get": 200, "post": 302}[method] if role is Role.ADMINISTRATOR else 404
        assert getattr(client, method)(path).status_code == expected, role
    stranger = getattr(Client(), method)(path)
    assert stranger.headers["Location"].startswith("/account/login/")


@pytest.mark.parametrize(("method", "path"), ADDRESSES, ids=lambda part: part)
def test_there_are_no_drills_outside_of_a_demonstration(
    method: str, path: str, admin: Client, lab: LabStand, settings: LazySettings
) -> None:
    settings.CONFIGURATION = replace(settings.CONFIGURATION, demo=replace(settings.CONFIGURATION.demo, on=False))
    assert getattr(admin, method)(path, {"drill": "cut-span", "target": "L-BPKAD"}).status_code == 404
    assert lab.asked == []
    assert "/drills/" not in admin.get("/").content.decode()


def test_the_rail_leads_there(admin: Client) -> None:
    assert 'href="/drills/"' in admin.get("/").content.decode()
    assert 'href="/drills/"' not in browser_of(Role.ENGINEER).get("/").content.decode()


def test_every_cable_says_beforehand_whom_it_takes(admin: Client) -> None:
    said = words(admin)
    assert "Nothing is broken on purpose" in said
    assert "Bappedalitbang – BPKAD (L-BPKAD): 2 sites cut off" in said
    assert "POP Inti – POP Lanjas (RING-1): no site cut off" in said
    assert "(L-DLH)" not in said  # planned
    assert "(L-UP-SERAT)" not in said  # a way out, not a cable


def test_the_effect_names_sites_and_who_mends_it(admin: Client) -> None:
    spur = words(admin, "/drills/effect/?drill=cut-span&target=L-BPKAD")
    assert "2 sites are cut off; one alarm tells it: BKPSDM, BPKAD." in spur
    assert "To be mended by: Diskominfosandi." in spur
    assert "No site is cut off: the ring goes the other way" in words(
        admin, "/drills/effect/?drill=cut-span&target=RING-2"
    )
    leased = words(admin, "/drills/effect/?drill=cut-span&target=L-RSUD")
    assert "To be mended by: Serat Contoh, service number SCN-CTH-0101." in leased
    way = words(admin, "/drills/effect/?drill=lose-uplink&target=UP-SERAT")
    assert "all share what is left: Internet kedua (Jalur Contoh), 400 Mbps" in way
    assert "RSUD download without end" in words(admin, "/drills/effect/?drill=greedy-site&target=RSUD")
    for odd in ("?drill=cut-span&target=NIX", "?drill=cut-span&target=UP-SERAT", "?drill=x&target=RSUD", ""):
        assert "Choose, and here stands" in words(admin, f"/drills/effect/{odd}")


def test_the_effect_counts_what_is_broken_already(admin: Client, lab: LabStand) -> None:
    lab.cut = {"RING-4"}
    second = words(admin, "/drills/effect/?drill=cut-span&target=RING-2")
    assert "11 sites are cut off" in second
    assert "This is broken already" in words(admin, "/drills/effect/?drill=cut-span&target=RING-4")
    lab.cut = {"L-UP-SERAT"}
    assert "36 sites keep the network and lose the internet" in words(
        admin, "/drills/effect/?drill=lose-uplink&target=UP-JALUR"
    )


def test_a_cut_is_asked_of_the_lab_and_shown_until_it_is_put_right(admin: Client, lab: LabStand) -> None:
    said = started(admin, "cut-span", "L-BPKAD")
    assert ("lab.drill", {"name": "cut-span", "target": "L-BPKAD"}) in lab.asked
    assert "The cable Bappedalitbang – BPKAD is cut." in said
    assert "1 drill is running" in said
    assert "Cable cut: Bappedalitbang – BPKAD" in said
    assert "(L-BPKAD):" not in said  # cannot be cut twice
    admin.post("/drills/restore/", {"target": "L-BPKAD"})
    said = words(admin)
    assert "L-BPKAD is as before." in said
    assert "Nothing is broken on purpose" in said


def test_several_drills_run_side_by_side_and_all_end_at_once(admin: Client, lab: LabStand) -> None:
    started(admin, "cut-span", "RING-1")
    started(admin, "lose-uplink", "UP-JALUR")
    said = started(admin, "greedy-site", "RSUD")
    assert "3 drills are running" in said
    for each in ("Cable cut: POP Inti – POP Lanjas", "Way out lost: Internet kedua", "Downloads without end: RSUD"):
        assert each in said
    admin.post("/drills/restore/", {"target": "UP-JALUR"})
    assert "2 drills are running" in words(admin)
    admin.post("/drills/restore/", {"target": ""})
    assert "Everything is as before." in words(admin)
    assert (lab.cut, lab.greedy) == (set(), [])


def test_the_state_alone_is_what_the_page_asks_for_again(admin: Client, lab: LabStand) -> None:
    lab.cut, lab.converged = {"RING-1"}, False
    part = admin.get("/drills/", headers={"X-Fragment": "1"}).content.decode()
    assert "The routers do not know it yet." in part
    assert "<html" not in part
    # It stands in place of itself only when it has changed, so nothing in it may differ from one answer to the next.
    assert part == admin.get("/drills/", headers={"X-Fragment": "1"}).content.decode()


def test_something_is_chosen_already_by_the_address(admin: Client) -> None:
    said = admin.get("/drills/?target=L-BPKAD").content.decode()
    assert '<option value="L-BPKAD" selected>' in said
    assert "2 sites are cut off" in said


def test_without_a_lab_the_page_says_what_to_do(admin: Client, lab: LabStand) -> None:
    lab.running = False
    said = words(admin)
    assert "Drills are not possible now" in said
    assert "The virtual network does not answer." in said
    assert "simpul demo" in said
    assert "Cut a cable" not in said
    assert "Nothing was done. The virtual network does not answer." in started(admin, "cut-span", "L-BPKAD")
    lab.running, lab.up = True, False
    assert "No virtual network stands. Build it on the command line: simpul lab up" in words(admin)
    Wired.lab = None
    assert "The virtual network does not answer." in words(admin)


def test_what_the_lab_refuses_is_said_as_it_is(admin: Client, lab: LabStand) -> None:
    lab.problem = "the kernel says no"
    said = started(admin, "cut-span", "L-BPKAD")
    assert "Nothing was done. The virtual network refused: the kernel says no" in said


@pytest.mark.parametrize(
    ("drill", "target"), [("cut-span", ""), ("cut-span", "UP-SERAT"), ("format-disk", "RSUD"), ("greedy-site", "DLH")]
)
def test_an_odd_wish_reaches_no_lab(admin: Client, lab: LabStand, drill: str, target: str) -> None:
    assert "Nothing was done: choose what it shall happen to." in started(admin, drill, target)
    assert [subject for subject, _ in lab.asked if subject == "lab.drill"] == []
