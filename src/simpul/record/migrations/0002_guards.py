"""The head of the log, and the triggers that guard log and evidence."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from simpul.record import guards


def make_head(apps: Any, schema_editor: Any) -> None:
    apps.get_model("record", "LogHead").objects.using(schema_editor.connection.alias).create(pk=1)


def install(_: Any, schema_editor: Any) -> None:
    guards.install(schema_editor.connection)


def remove(_: Any, schema_editor: Any) -> None:
    guards.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("record", "0001_initial")]

    operations = [
        migrations.RunPython(make_head, migrations.RunPython.noop),
        migrations.RunPython(install, remove),
    ]
