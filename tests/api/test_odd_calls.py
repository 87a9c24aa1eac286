"""Whatever a program sends, the answer is one of ours: never a 500, never a page."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from api.conftest import Caller
from api.regency import Regency
from simpul.people.logic.rights import Role
from simpul.web.api import api

NASTY = ["", "\x00", "0", "-1", "9" * 25, "2023-02-30", "0001-01-01", "9999-12-31", "null", "%", "' OR 1=1", "\ud800"]
NASTY += ["𝟛", "2023-01-13T00:00:00", "nan", "1e400", "a" * 5000, "lit\n", "../..", "٣", "true"]


def readable() -> list[tuple[str, list[str]]]:
    """(path, names of query parameters) of every GET operation."""
    schema: dict[str, Any] = api.get_openapi_schema()
    return [
        (path, [each["name"] for each in item["get"].get("parameters", []) if each["in"] == "query"])
        for path, item in schema["paths"].items()
        if "get" in item
    ]


def filled(path: str, value: str) -> str:
    """The path with its placeholders filled."""
    for name in ("{code}", "{cidr}", "{seq}"):
        path = path.replace(name, quote(value.encode("utf-8", "replace"), safe="") or "x")
    return path


texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=40), st.integers().map(str), st.datetimes().map(str))


@settings(max_examples=200, database=None)
@given(data=st.data())
def test_no_query_breaks_a_reading_operation(as_role: Caller, data: st.DataObject) -> None:
    path, names = data.draw(st.sampled_from(readable()))
    wanted = [*names, "surprise"] if names else ["surprise"]
    query = data.draw(st.dictionaries(st.sampled_from(wanted), texts, max_size=4))
    address = filled(path, data.draw(st.one_of(st.sampled_from(["OPD-1", "1", "192.0.2.0/25"]), texts)))
    sent = {name: value.encode("utf-8", "replace") for name, value in query.items()}
    answer = as_role(Role.ADMINISTRATOR).get(address, sent)
    assert answer.status_code in (200, 404, 422), (address, query)
    if answer.status_code == 422:
        error = answer.json()["error"]
        assert error["message"]
        assert error["place"]
        assert error["remedy"]


def test_an_unknown_parameter_is_refused_by_every_list(as_role: Caller) -> None:
    client = as_role(Role.ADMINISTRATOR)
    for path, names in readable():
        if names:
            answer = client.get(filled(path, "OPD-1"), {"limitt": "5"})
            assert answer.status_code == 422, path
            assert answer.json()["error"]["place"] == "query.limitt"


def test_a_misspelt_filter_is_answered_with_the_right_one(as_role: Caller) -> None:
    answer = as_role(Role.ADMINISTRATOR).get("/api/v1/sites", {"organization": "DINKES"})
    assert answer.json()["error"]["remedy"] == "Did you mean organisation?"


def test_a_wrong_value_names_its_place_and_what_is_allowed(as_role: Caller) -> None:
    error = as_role(Role.ADMINISTRATOR).get("/api/v1/sites", {"kind": "office"}).json()["error"]
    assert error["place"] == "query.kind"
    assert "'district_office'" in error["remedy"]


def test_an_unknown_address_below_the_interface_is_not_found(regency: Regency, client: Client) -> None:
    assert client.get("/api/v1/nothing").status_code == 404
