"""Django's name for the room."""

from django.apps import AppConfig


class RecordConfig(AppConfig):
    """Holds the label `record`, so that tables are named record_*."""

    name = "simpul.record"
    label = "record"
    default_auto_field = "django.db.models.BigAutoField"
