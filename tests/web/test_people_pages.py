"""The pages about people: find somebody, invite, give and end roles, shut the door; and the own account."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from api.regency import SYSTEM, Regency, build
from simpul.people.logic.rights import Role
from simpul.people.models import ApiToken, User
from simpul.people.service import deactivate, end_membership, issue_token, set_password, user_for_api_token
from simpul.web.browsers import browser_of

PASSWORD = "gajah makan kacang"


@pytest.fixture(autouse=True)
def fresh(settings: Settings) -> None:
    """Quick hashes, no counters, and one language."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.LANGUAGE_CODE = "en"
    cache.clear()


@pytest.fixture
def regency(db: None) -> Regency:
    """People with every role."""
    return build()


@pytest.fixture
def boss(regency: Regency) -> Client:
    """The administrator's browser."""
    return enter(regency, Role.ADMINISTRATOR)


def enter(regency: Regency, role: Role) -> Client:
    """A browser of somebody with that role, who has just given the password."""
    user = regency.users[role]
    set_password(SYSTEM, user, PASSWORD)
    client = Client()
    client.post("/account/login/", {"login": user.username, "password": PASSWORD})
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    return client


def listed(client: Client, query: str) -> list[str]:
    """User names in the list, in its order."""
    page = client.get(f"/people/?{query}").content.decode()
    return re.findall(r'href="/people/([^/"+]+)/"', page)


def test_the_list_is_narrowed_by_name_role_organisation_and_state(boss: Client, regency: Regency) -> None:
    assert listed(boss, "q=crew") == ["u-crew"]
    assert listed(boss, "role=provider") == ["u-provider"]
    assert listed(boss, "organisation=DINKES") == ["u-agency"]
    assert listed(boss, "state=active") == ["u-administrator"]
    deactivate(SYSTEM, regency.users[Role.CREW])
    assert listed(boss, "state=inactive") == ["u-crew"]
    assert "u-crew" not in listed(boss, "state=waiting")


def test_a_role_that_has_ended_finds_nobody(boss: Client, regency: Regency) -> None:
    end_membership(SYSTEM, regency.users[Role.CREW].memberships.get())
    assert listed(boss, "role=crew") == []


def test_the_list_asks_the_database_few_questions(boss: Client, django_assert_max_num_queries: object) -> None:
    boss.get("/people/")
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        boss.get("/people/")


def test_an_invitation_shows_its_link_once_and_makes_person_and_role(boss: Client, regency: Regency) -> None:
    form = {"name": "Budi", "username": "Budi.S", "organisation": regency.health.pk, "role": "agency"}
    page = boss.post("/people/+new/", form).content.decode()
    found = re.search(r'value="http://testserver(/invitation/[^"]+)"', page)
    assert found
    budi = User.objects.get(username="budi.s")
    assert [each.role for each in budi.memberships.all()] == ["agency"]
    assert found.group(1) not in boss.get("/people/budi.s/").content.decode()
    assert Client().get(found.group(1)).status_code == 200


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"username": "u-crew"}, "User with this User name already exists."),
        ({"username": "Bu di"}, "Small letters, digits"),
        ({"role": "provider"}, "does not fit"),
        ({"organisation": "0"}, "Select a valid choice"),
        ({"name": ""}, "This field is required."),
    ],
)
def test_a_wrong_invitation_says_why_and_makes_nothing(
    boss: Client, regency: Regency, changed: dict[str, str], said: str
) -> None:
    before = User.objects.count()
    form = {"name": "Budi", "username": "budi", "organisation": str(regency.health.pk), "role": "agency"} | changed
    answer = boss.post("/people/+new/", form)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert User.objects.count() == before


def test_roles_are_given_and_ended_on_the_page_of_the_person(boss: Client, regency: Regency) -> None:
    crew = regency.users[Role.CREW]
    boss.post("/people/u-crew/roles/", {"organisation": regency.health.pk, "role": "agency"})
    given = crew.memberships.get(role="agency")
    assert given.until is None
    assert boss.post("/people/u-crew/roles/", {"organisation": regency.health.pk, "role": "agency"}).status_code == 422
    answer = boss.post(f"/people/u-crew/roles/{given.pk}/end/", follow=True)
    assert "The role has ended." in answer.content.decode()
    given.refresh_from_db()
    assert given.until is not None


def test_a_role_of_somebody_else_cannot_be_ended_through_a_person(boss: Client, regency: Regency) -> None:
    foreign = regency.users[Role.AGENCY].memberships.get()
    assert boss.post(f"/people/u-crew/roles/{foreign.pk}/end/").status_code == 404


def test_the_last_administrator_is_told_why_the_door_stays_open(boss: Client, regency: Regency) -> None:
    answer = boss.post("/people/u-administrator/switch/", {"active": "0"}, follow=True)
    assert "is the last administrator" in answer.content.decode()
    assert User.objects.get(username="u-administrator").is_active


def test_the_door_is_shut_and_opened(boss: Client) -> None:
    boss.post("/people/u-crew/switch/", {"active": "0"})
    assert not User.objects.get(username="u-crew").is_active
    boss.post("/people/u-crew/switch/", {"active": "1"})
    assert User.objects.get(username="u-crew").is_active


def test_a_new_link_for_a_lost_password_and_the_end_of_all_sessions(boss: Client, regency: Regency) -> None:
    officer = enter(regency, Role.AGENCY)
    assert "/invitation/" in boss.post("/people/u-agency/link/").content.decode()
    boss.post("/people/u-agency/sign-out/")
    assert officer.get("/account/").status_code == 302


def test_an_auditor_looks_and_finds_no_button(regency: Regency) -> None:
    page = enter(regency, Role.AUDITOR).get("/people/u-crew/").content.decode()
    main = page.partition("<main")[2]
    assert "<form" not in main
    assert "field crew" in main


def test_people_change_their_own_name_and_language(regency: Regency) -> None:
    client = enter(regency, Role.CREW)
    answer = client.post("/account/", {"name": "Joko Susilo", "language": "id"})
    assert answer.cookies["django_language"].value == "id"
    assert "Akun Anda" in client.get("/account/").content.decode()
    assert User.objects.get(username="u-crew").name == "Joko Susilo"


def test_a_token_is_shown_once_and_stopped(regency: Regency) -> None:
    client = enter(regency, Role.CREW)
    page = client.post("/account/tokens/new/", {"label": "laporan", "days": "30"}).content.decode()
    found = re.search(r'value="(simpul_[^"]+)"', page)
    assert found
    user = user_for_api_token(found.group(1))
    assert user is not None
    assert user.username == "u-crew"
    assert found.group(1) not in client.get("/account/tokens/").content.decode()
    client.post(f"/account/tokens/{ApiToken.objects.get().pk}/stop/")
    assert user_for_api_token(found.group(1)) is None


def test_a_token_asks_for_the_password_first_and_goes_on_by_itself(regency: Regency) -> None:
    user = regency.users[Role.CREW]
    set_password(SYSTEM, user, PASSWORD)
    client = Client()
    client.post("/account/login/", {"login": user.username, "password": PASSWORD})
    asked = client.post("/account/tokens/new/", {"label": "laporan", "days": "30"})
    assert asked.headers["Location"].startswith("/account/reauthenticate/")
    assert not ApiToken.objects.exists()
    answer = client.post(asked.headers["Location"], {"password": PASSWORD, "next": "/account/tokens/new/"})
    assert answer.status_code == 200
    assert "simpul_" in answer.content.decode()
    assert ApiToken.objects.get().user == user


def test_an_administrator_stops_the_token_of_somebody_who_left_it_lying_about(boss: Client, regency: Regency) -> None:
    token = issue_token(SYSTEM, regency.users[Role.CREW], label="laporan", days=30).token
    assert "laporan" in boss.get("/people/u-crew/").content.decode()
    boss.post(f"/people/u-crew/tokens/{token.pk}/stop/")
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert token.revoked_at <= timezone.now()


@pytest.mark.parametrize(
    ("says", "name"),
    [
        ("(X11; Linux x86_64) {kit} Chrome/156.0.0.0 Safari/537.36", "Chrome 156, Linux"),
        ("(Linux; Android 14; K) {kit} Chrome/150.0.0.0 Mobile Safari/537.36", "Chrome 150, Android"),
        ("(Windows NT 10.0; Win64) {kit} Chrome/149.0.0.0 Safari/537.36 Edg/149.0.0.0", "Edge 149, Windows"),
        ("(Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox 140, Windows"),
        (
            "(iPhone; CPU iPhone OS 18_0 like Mac OS X) {kit} Version/18.1 Mobile/15E148 Safari/604.1",
            "Safari 18, iPhone",
        ),
        ("(Macintosh; Intel Mac OS X 10_15_7) {kit} Version/17.4 Safari/605.1.15", "Safari 17, macOS"),
        ("(Linux; Android 13) {kit} SamsungBrowser/25.0 Chrome/121.0.0.0", "Samsung Internet 25, Android"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
    ],
)
def test_a_browser_is_named_as_people_call_it(says: str, name: str) -> None:
    mozilla = "Mozilla/5.0 " if says.startswith("(") else ""
    assert browser_of(mozilla + says.format(kit="AppleWebKit/537.36 (KHTML, like Gecko)")) == name
