"""`simpul user`: one line for people, one JSON object for programs, one line and status 2 for what cannot be done."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from simpul.cli import main
from simpul.people.models import User
from simpul.people.service import ANONYMOUS, accept_invitation, user_for_api_token
from simpul.record.models import LogEntry

pytestmark = pytest.mark.django_db
AGENCY = ["--organisation", "DISKOMINFO", "--organisation-name", "Dinas Kominfo"]


@pytest.fixture
def simpul(capsys: pytest.CaptureFixture[str]) -> Any:
    """Calls the command; returns (status, JSON or text of standard output, standard error)."""

    def call(*words: str, as_json: bool = True) -> tuple[int, Any, str]:
        status = main(["user", *words, *(["--json"] if as_json else [])])
        written = capsys.readouterr()
        return status, json.loads(written.out) if as_json and written.out else written.out, written.err

    return call


@pytest.fixture
def siti(simpul: Any) -> dict[str, Any]:
    """The first administrator, made as an installation makes her."""
    answer: dict[str, Any] = simpul("add", "siti", "--name", "Siti Rahma", "--role", "administrator", *AGENCY)[1]
    return answer


def test_a_person_is_added_with_role_and_a_link_that_works(siti: dict[str, Any]) -> None:
    assert siti["roles"] == ["administrator@DISKOMINFO"]
    secret = siti["link"].rstrip("/").rpartition("/")[2]
    assert siti["link"] == f"http://localhost:8000/invitation/{secret}/"
    assert accept_invitation(ANONYMOUS, secret, "gajah makan kacang").username == "siti"


def test_the_list_shows_people_and_roles(siti: dict[str, Any], simpul: Any) -> None:
    assert simpul("list")[1]["people"] == [
        {"username": "siti", "name": "Siti Rahma", "may_sign_in": True, "roles": ["administrator@DISKOMINFO"]}
    ]
    status, text, _ = simpul("list", as_json=False)
    assert (status, text.split()[:2]) == (0, ["siti", "Siti"])


def test_a_password_comes_from_standard_input(
    siti: dict[str, Any], simpul: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("sungai barito tenang\n"))
    assert simpul("password", "siti", "--stdin")[0] == 0
    assert User.objects.get(username="siti").check_password("sungai barito tenang")


def test_a_token_for_a_program(siti: dict[str, Any], simpul: Any) -> None:
    status, answer, _ = simpul("token", "siti", "--label", "laporan", "--days", "7")
    assert (status, answer["may_write"]) == (0, False)
    assert user_for_api_token(answer["token"]) == User.objects.get(username="siti")


def test_roles_are_given_and_ended(siti: dict[str, Any], simpul: Any) -> None:
    simpul("add", "budi", "--name", "Budi")
    assert simpul("role", "give", "budi", "crew", "DISKOMINFO")[1]["roles"] == ["crew@DISKOMINFO"]
    assert simpul("role", "end", "budi", "crew", "DISKOMINFO")[1]["roles"] == []


def test_a_person_is_locked_out_and_let_in_again(siti: dict[str, Any], simpul: Any) -> None:
    simpul("add", "budi", "--name", "Budi")
    assert simpul("deactivate", "budi")[1]["may_sign_in"] is False
    assert simpul("activate", "budi")[1]["may_sign_in"] is True


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["invite", "nobody"], "There is no user nobody. simpul user list shows all."),
        (["role", "give", "siti", "crew", "NONE"], "There is no organisation with the code NONE. Create it first."),
        (["role", "give", "siti", "provider", "DISKOMINFO"], "The role provider staff does not fit Dinas Kominfo."),
        (["role", "end", "siti", "crew", "DISKOMINFO"], "siti has no role crew at DISKOMINFO. See: simpul user list"),
        (["deactivate", "siti"], "Siti Rahma is the last administrator who may sign in."),
        (["add", "siti", "--name", "Again"], "username: User with this User name already exists."),
        (["add", "ani", "--name", "Ani", "--role", "crew"], "--role and --organisation belong together."),
        (["invite", "siti", "--hours", "0"], "An invitation works for 1 to 720 hours, not for 0."),
        (["invite", "siti", "--hours", "-3"], "An invitation works for 1 to 720 hours, not for -3."),
        (["invite", "siti", "--hours", "99999999999"], "An invitation works for 1 to 720 hours, not for 99999999999."),
        (["token", "siti", "--label", "x", "--days", "0"], "A token works for 1 to 366 days, not for 0."),
        (["token", "siti", "--label", "x", "--days", "-5"], "A token works for 1 to 366 days, not for -5."),
        (["token", "siti", "--label", "x", "--days", "367"], "A token works for 1 to 366 days, not for 367."),
        (["password", "siti"], "there is no terminal to ask for the password. Use --stdin"),
    ],
)
def test_what_cannot_be_done_is_one_english_line(
    siti: dict[str, Any], simpul: Any, words: list[str], said: str
) -> None:
    status, out, err = simpul(*words)
    assert (status, out) == (2, "")
    assert err.startswith(f"simpul user: {said}")
    assert err.count("\n") == 1


def test_a_refused_invitation_leaves_the_earlier_link_working(siti: dict[str, Any], simpul: Any) -> None:
    assert simpul("invite", "siti", "--hours", "0")[0] == 2
    secret = siti["link"].rstrip("/").rpartition("/")[2]
    assert accept_invitation(ANONYMOUS, secret, "gajah makan kacang").username == "siti"


def test_a_refused_role_leaves_no_half_made_person(simpul: Any) -> None:
    status, _, _ = simpul("add", "ani", "--name", "Ani", "--role", "crew", "--organisation", "NONE")
    assert status == 2
    assert not User.objects.filter(username="ani").exists()


def test_the_log_names_the_command_line(siti: dict[str, Any]) -> None:
    assert set(LogEntry.objects.values_list("actor_key", flat=True)) == {"system:cli"}
