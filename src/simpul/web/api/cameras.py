"""Identity of cameras and applications."""

from __future__ import annotations

from typing import Annotated, Any

from django.shortcuts import get_object_or_404
from ninja import Query, Router
from pydantic import Field

from simpul.people.logic.rights import Permission
from simpul.people.visibility import VisibleQuerySet
from simpul.register.models import Application, Camera
from simpul.web.api.answers import ApplicationAnswer, CameraAnswer
from simpul.web.api.errors import FAULTS
from simpul.web.api.paging import Page, Window, Word, page
from simpul.web.middleware import ViewerRequest

router = Router(tags=["cameras and applications"])


class CameraWindow(Window):
    """Filters of the cameras."""

    site: Annotated[Word | None, Field(description="Code of the site")] = None
    public: bool | None = None


class ApplicationWindow(Window):
    """Filters of the applications."""

    organisation: Annotated[Word | None, Field(description="Code of the organisation that answers for it")] = None


@router.get("/cameras", response={200: Page[CameraAnswer], **FAULTS}, operation_id="list_cameras")
def list_cameras(request: ViewerRequest, window: Query[CameraWindow]) -> dict[str, Any]:
    """Cameras by name and place; pictures are not part of this interface."""
    rows = _cameras(request)
    if window.site:
        rows = rows.filter(site__code=window.site)
    if window.public is not None:
        rows = rows.filter(is_public=window.public)
    return page(request, rows, window)


@router.get("/cameras/{code}", response={200: CameraAnswer, **FAULTS}, operation_id="get_camera")
def get_camera(request: ViewerRequest, code: Word) -> Camera:
    """One camera by its code."""
    return get_object_or_404(_cameras(request), code=code)


@router.get("/applications", response={200: Page[ApplicationAnswer], **FAULTS}, operation_id="list_applications")
def list_applications(request: ViewerRequest, window: Query[ApplicationWindow]) -> dict[str, Any]:
    """Government websites and applications."""
    rows = _applications(request)
    if window.organisation:
        rows = rows.filter(organisation__code=window.organisation)
    return page(request, rows, window)


@router.get("/applications/{code}", response={200: ApplicationAnswer, **FAULTS}, operation_id="get_application")
def get_application(request: ViewerRequest, code: Word) -> Application:
    """One application by its code."""
    return get_object_or_404(_applications(request), code=code)


def _cameras(request: ViewerRequest) -> VisibleQuerySet[Camera]:
    request.actor.require(Permission.SEE_NETWORK)
    return Camera.objects.within(request.scope).select_related("site", "owner", "operator", "contract_line__contract")


def _applications(request: ViewerRequest) -> VisibleQuerySet[Application]:
    request.actor.require(Permission.SEE_NETWORK)
    return Application.objects.within(request.scope).select_related(
        "organisation", "site", "owner", "operator", "contract_line__contract"
    )
