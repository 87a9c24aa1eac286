"""Django's name for the room."""

from django.apps import AppConfig


class TrafficConfig(AppConfig):
    """Holds the label `traffic`, so that tables are named traffic_*."""

    name = "simpul.traffic"
    label = "traffic"
    default_auto_field = "django.db.models.BigAutoField"
