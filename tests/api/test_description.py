"""The description of the interface is valid, complete, and what the written page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from django.test import Client

from simpul.people.models import Organisation
from simpul.record.models import LogEntry
from simpul.register.models import (
    Circuit,
    ContractLine,
    Device,
    InternetState,
    Medium,
    NetworkState,
    Prefix,
    Site,
    Track,
)
from simpul.web.api import api, words

DOCS = Path(__file__).resolve().parents[2] / "docs"
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


@pytest.fixture
def schema(client: Client, db: None) -> dict[str, Any]:
    """As a program reads it."""
    found: dict[str, Any] = client.get("/api/openapi.json").json()
    return found


def operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """(method, path, operation) of all."""
    return [(method, path, found) for path, item in schema["paths"].items() for method, found in item.items()]


def references(part: Any) -> set[str]:
    """Every `$ref` below a part of the description."""
    if isinstance(part, dict):
        below = set().union(*map(references, part.values())) if part else set()
        return below | ({part["$ref"]} if isinstance(part.get("$ref"), str) else set())
    return set().union(*map(references, part)) if isinstance(part, list) and part else set()


def test_it_is_openapi_3_1_with_title_and_version(schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.1")
    assert schema["info"]["title"] == "Simpul"
    assert schema["info"]["version"]


def test_every_reference_leads_somewhere(schema: dict[str, Any]) -> None:
    known = {f"#/components/schemas/{name}" for name in schema["components"]["schemas"]}
    assert references(schema) - known == set()


def test_every_operation_is_whole(schema: dict[str, Any]) -> None:
    for method, path, operation in operations(schema):
        assert method in METHODS
        assert operation["operationId"], path
        assert operation["description"], path
        assert {"401", "403", "404", "422"} <= set(map(str, operation["responses"])), path
        assert operation["security"], path


def test_every_name_in_a_path_is_a_parameter(schema: dict[str, Any]) -> None:
    for _, path, operation in operations(schema):
        told = {each["name"] for each in operation.get("parameters", []) if each["in"] == "path"}
        assert told == set(re.findall(r"{(\w+)}", path))


def test_operation_names_are_unique(schema: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(schema)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["40-api.md", "40-api.id.md"])
def test_the_written_page_lists_every_operation_and_no_other(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    written = set(re.findall(r"^\| `(GET|POST) (/api/v1/[^`]+)` \| `(\w+)` \|", text, re.MULTILINE))
    schema: dict[str, Any] = api.get_openapi_schema()
    assert written == {(method.upper(), path, each["operationId"]) for method, path, each in operations(schema)}


@pytest.mark.parametrize(
    ("word", "values"),
    [
        (words.OrganisationKind, Organisation.Kind.values),
        (words.SiteKind, Site.Kind.values),
        (words.SiteMedium, Medium.values),
        (words.SitePosition, Site.Position.values),
        (words.LineKind, ContractLine.Kind.values),
        (words.CircuitKind, Circuit.Kind.values),
        (words.DeviceKind, Device.Kind.values),
        (words.PrefixPurpose, Prefix.Purpose.values),
        (words.NetworkWord, NetworkState.values),
        (words.InternetWord, InternetState.values),
        (words.TrackWord, Track.values),
        (words.VerbWord, LogEntry.Verb.values),
    ],
)
def test_the_words_are_those_of_the_register(word: Any, values: list[str]) -> None:
    assert list(get_args(word)) == values
