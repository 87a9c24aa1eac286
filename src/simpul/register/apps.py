"""Django's name for the room."""

from django.apps import AppConfig


class RegisterConfig(AppConfig):
    """Holds the label `register`, so that tables are named register_*."""

    name = "simpul.register"
    label = "register"
    default_auto_field = "django.db.models.BigAutoField"
