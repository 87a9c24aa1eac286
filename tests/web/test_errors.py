"""What went wrong, in the product's own look and the reader's language, and never more than that."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from api.conftest import Caller
from simpul.people.logic.rights import Role

handler500 = "simpul.web.errors.broken"


def breaks(_: HttpRequest) -> HttpResponse:
    """A page with a fault in it."""
    raise ZeroDivisionError("the secret is 42")


urlpatterns = [path("breaks/", breaks), path("api/breaks/", breaks), path("", include("simpul.urls"))]


@pytest.fixture
def visitor(as_role: Caller) -> Client:
    """Somebody signed in whose client shows the 500 page, as a browser would."""
    client = as_role(Role.OPERATOR)
    client.raise_request_exception = False
    return client


def test_an_unknown_address_says_what_to_do_next(visitor: Client) -> None:
    answer = visitor.get("/no/such/page/")
    assert answer.status_code == 404
    assert "Halaman ini tidak ada" in answer.content.decode()
    assert 'href="/"' in answer.content.decode()


@pytest.mark.urls("web.test_errors")
def test_a_fault_of_ours_shows_no_detail(visitor: Client) -> None:
    answer = visitor.get("/breaks/")
    assert answer.status_code == 500
    assert "Ada yang rusak di sisi kami" in answer.content.decode()
    assert "secret" not in answer.content.decode()
    assert "Traceback" not in answer.content.decode()


@pytest.mark.urls("web.test_errors")
def test_programs_get_their_error_as_json(visitor: Client) -> None:
    answer = visitor.get("/api/breaks/")
    assert answer.status_code == 500
    assert answer.json() == {"detail": "Ada yang rusak di sisi kami"}


def test_htmx_gets_a_notice_to_put_in_the_place_of_the_rows(visitor: Client) -> None:
    answer = visitor.get("/no/such/page/", headers={"HX-Request": "true"})
    assert answer.status_code == 404
    assert "<html" not in answer.content.decode()
    assert 'role="alert"' in answer.content.decode()


def test_a_form_without_its_token_is_refused_and_says_why(as_role: Caller) -> None:
    signed_in = as_role(Role.ENGINEER)
    client = Client(enforce_csrf_checks=True)
    client.cookies = signed_in.cookies
    answer = client.post("/sites/new/", {})
    assert answer.status_code == 403
    assert "Formulir ini sudah kedaluwarsa" in answer.content.decode()
