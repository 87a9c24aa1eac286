"""Every refusal of the interface has one shape: what, where in the call, and what to do."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError as ModelError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError

from simpul.kit.actor import Forbidden
from simpul.kit.problem import Problem


class Fault(Schema):
    """`code` is stable and for programs; the other three are for the person who reads the program's log."""

    code: str
    message: str
    place: str
    remedy: str


class FaultAnswer(Schema):
    """Body of every answer with a status from 400 to 499."""

    error: Fault


class Refused(Exception):
    """A call that cannot be answered; becomes the answer `status` with a `Fault`."""

    def __init__(self, status: int, fault: Fault) -> None:
        super().__init__(fault.message)
        self.status = status
        self.fault = fault


# What any operation may answer besides its own; spelled out so that it stands in the description.
FAULTS: dict[int, type[Schema]] = dict.fromkeys((401, 403, 404, 422), FaultAnswer)
WRITE_FAULTS: dict[int, type[Schema]] = {**FAULTS, 400: FaultAnswer, 409: FaultAnswer}


def add_handlers(api: NinjaAPI) -> None:
    """Give the interface its own answers for whatever may be raised on purpose."""

    def answer(request: HttpRequest, status: int, fault: Fault) -> HttpResponse:
        response = api.create_response(request, {"error": fault.model_dump()}, status=status)
        if status == HTTPStatus.UNAUTHORIZED:
            response["WWW-Authenticate"] = "Bearer"
        return response

    def refused(request: HttpRequest, error: Any) -> HttpResponse:
        return answer(request, error.status, error.fault)

    def not_found(request: HttpRequest, _error: Any) -> HttpResponse:
        return answer(request, 404, _not_found(request))

    def forbidden(request: HttpRequest, error: Any) -> HttpResponse:
        return answer(request, 403, _forbidden(request, error.permission))

    def invalid(request: HttpRequest, error: Any) -> HttpResponse:
        return answer(request, 422, _invalid(error.errors))

    def invalid_row(request: HttpRequest, error: Any) -> HttpResponse:
        return answer(request, 422, _invalid_row(error))

    def problem(request: HttpRequest, error: Any) -> HttpResponse:
        return answer(request, 409, Fault(code="refused", message=str(error), place=request.path, remedy=""))

    def other(request: HttpRequest, error: Any) -> HttpResponse:
        return answer(request, error.status_code, _http(request, error))

    api.add_exception_handler(Refused, refused)
    api.add_exception_handler(Http404, not_found)
    api.add_exception_handler(Forbidden, forbidden)
    api.add_exception_handler(ValidationError, invalid)
    api.add_exception_handler(ModelError, invalid_row)
    api.add_exception_handler(Problem, problem)
    api.add_exception_handler(HttpError, other)


def _not_found(request: HttpRequest) -> Fault:
    return Fault(
        code="not_found",
        message="There is nothing here that you may see.",
        place=request.path,
        remedy="Check the code in the address; the lists show every code you may see.",
    )


def _forbidden(request: HttpRequest, permission: str) -> Fault:
    return Fault(
        code="forbidden",
        message=f"Your roles do not include the permission {permission}.",
        place=request.path,
        remedy="Ask an administrator of this instance for a role that includes it.",
    )


def _invalid(errors: list[dict[str, Any]]) -> Fault:
    first = errors[0] if errors else {}
    where = [str(part) for part in first.get("loc", ())]
    # The name of the Python parameter says nothing to the caller: query.filters.limit -> query.limit.
    place = ".".join([*where[:1], *where[2:]] if len(where) > 2 else where) or "call"
    allowed = first.get("ctx", {}).get("expected")
    return Fault(
        code="invalid",
        message=str(first.get("msg", "The call is not valid.")),
        place=place,
        remedy=f"Give {allowed}." if allowed else "Correct this value; the others were not looked at.",
    )


def _invalid_row(error: ModelError) -> Fault:
    """From Django's model validation to the first field it names."""
    if hasattr(error, "error_dict"):
        field, messages = next(iter(error.message_dict.items()))
        return Fault(code="invalid", message=messages[0], place=f"body.{field}", remedy="Correct this value.")
    return Fault(code="invalid", message=error.messages[0], place="body", remedy="Correct the call.")


def _http(request: HttpRequest, error: HttpError) -> Fault:
    known = {
        401: ("unauthorized", "Sign in, or send a token: Authorization: Bearer TOKEN."),
        403: ("forbidden", "Send the page's CSRF token in X-CSRFToken, or use a Bearer token."),
        400: ("invalid", "Send a JSON object as the description of the operation shows."),
    }
    code, remedy = known.get(error.status_code, ("refused", "See the description of the operation."))
    return Fault(code=code, message=str(error), place=request.path, remedy=remedy)
