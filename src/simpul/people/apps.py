"""Django's name for the room."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Holds the label `people`, so that tables are named people_*."""

    name = "simpul.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"
