"""`/api/`: the interface for programs, explained to the person who will write one."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import include, path

from simpul.kit.actor import Forbidden
from simpul.web.api.mounted import api
from simpul.web.middleware import ViewerRequest


def explain(request: ViewerRequest) -> HttpResponse:
    """Every operation by subject; needs a sign-in, but no particular role."""
    if not request.user.is_authenticated:
        raise Forbidden(request.actor, "")
    return render(request, "api/operations.html", {"groups": _groups(), "root": request.build_absolute_uri("/api/v1/")})


def _groups() -> list[tuple[str, list[dict[str, Any]]]]:
    schema: dict[str, Any] = api.get_openapi_schema()
    groups: dict[str, list[dict[str, Any]]] = {}
    for address, methods in schema["paths"].items():
        for method, operation in methods.items():
            known = {
                "method": method.upper(),
                "address": address,
                "name": operation["operationId"],
                "about": operation.get("description", "").replace("`", ""),
                "parameters": [_parameter(each) for each in operation.get("parameters", [])],
            }
            groups.setdefault(operation["tags"][0], []).append(known)
    return list(groups.items())


def _parameter(given: dict[str, Any]) -> dict[str, Any]:
    schema = given["schema"]
    parts = [part for part in schema.get("anyOf", [schema]) if part.get("type") != "null"]
    values = [value for part in parts for value in part.get("enum", [])]
    kinds = [part.get("format", part.get("type", "")) for part in parts]
    return {
        "name": given["name"],
        "where": given["in"],
        "kind": " / ".join(values) if values else " / ".join(kinds),
        "about": given.get("description", ""),
        "default": schema.get("default"),
    }


urlpatterns = [path("api/", explain, name="api"), path("api/", include((api.urls[0], "api")))]
