"""Django's name for the room."""

from django.apps import AppConfig


class WatchConfig(AppConfig):
    """Holds the label `watch`, so that tables are named watch_*."""

    name = "simpul.watch"
    label = "watch"
    default_auto_field = "django.db.models.BigAutoField"
