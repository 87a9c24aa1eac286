"""Identity of cameras and applications; what they do belongs to the rooms above."""

from __future__ import annotations

from typing import Any

from simpul.kit.actor import Actor
from simpul.people.logic.rights import Permission
from simpul.register.models import Application, Camera
from simpul.register.service.writing import add, alter


def create_camera(actor: Actor, **fields: Any) -> Camera:
    """Add a camera at a site."""
    return add(actor, Permission.EDIT_REGISTER, Camera(**fields))


def update_camera(actor: Actor, camera: Camera, **fields: Any) -> Camera:
    """Change a camera."""
    return alter(actor, Permission.EDIT_REGISTER, camera, fields)


def create_application(actor: Actor, **fields: Any) -> Application:
    """Add a website or application of an agency."""
    return add(actor, Permission.EDIT_REGISTER, Application(**fields))


def update_application(actor: Actor, application: Application, **fields: Any) -> Application:
    """Change an application."""
    return alter(actor, Permission.EDIT_REGISTER, application, fields)
