"""Theme and language: chosen by the visitor, remembered, and never a way out to a foreign site."""

from __future__ import annotations

import pytest
from django.test import Client

from api.conftest import Caller
from api.regency import Regency
from simpul.people.logic.rights import Role
from simpul.people.models import User


def test_the_product_opens_in_indonesian_whatever_the_browser_says(client: Client, db: None) -> None:
    answer = client.get("/account/login/", headers={"Accept-Language": "en-US,en;q=0.9"})
    assert '<html lang="id"' in answer.content.decode()
    assert answer["Content-Language"] == "id"


def test_a_chosen_language_is_kept_in_the_browser(client: Client, db: None) -> None:
    answer = client.post("/preferences/language/", {"language": "en", "next": "/account/login/?next=/sites/"})
    assert answer["Location"] == "/account/login/?next=/sites/"
    assert '<html lang="en"' in client.get("/account/login/").content.decode()


def test_a_chosen_language_follows_the_person_to_another_browser(as_role: Caller, regency: Regency) -> None:
    as_role(Role.OPERATOR).post("/preferences/language/", {"language": "en"})
    assert User.objects.get(pk=regency.users[Role.OPERATOR].pk).language == "en"
    regency.users[Role.OPERATOR].refresh_from_db()
    assert '<html lang="en"' in as_role(Role.OPERATOR).get("/").content.decode()


def test_the_chosen_theme_is_in_the_first_answer_so_that_nothing_flashes(client: Client, db: None) -> None:
    assert "data-theme=" not in client.get("/account/login/").content.decode().split(">")[1]
    client.post("/preferences/theme/", {"theme": "dark"})
    assert '<html lang="id" data-theme="dark">' in client.get("/account/login/").content.decode()


@pytest.mark.parametrize("given", [{"theme": "pink"}, {}])
def test_an_unknown_theme_is_refused(client: Client, db: None, given: dict[str, str]) -> None:
    assert client.post("/preferences/theme/", given).status_code == 400


@pytest.mark.parametrize("given", [{"language": "fr"}, {}])
def test_an_unknown_language_is_refused(client: Client, db: None, given: dict[str, str]) -> None:
    assert client.post("/preferences/language/", given).status_code == 400


@pytest.mark.parametrize("away", ["https://example.org/", "//example.org/", "javascript:alert(1)", ""])
def test_nobody_is_sent_to_a_foreign_site(client: Client, db: None, away: str) -> None:
    assert client.post("/preferences/theme/", {"theme": "dark", "next": away})["Location"] == "/"


def test_reading_changes_nothing(client: Client, db: None) -> None:
    assert client.get("/preferences/theme/").status_code == 405
    assert client.get("/preferences/language/").status_code == 405
