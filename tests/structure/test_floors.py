"""Imports and foreign keys go downward only; import-linter sees the imports, these tests the rest."""

from __future__ import annotations

import ast

from django.apps import apps
from django.conf import settings

from structure.tree import SOURCE, shown, syntax, written

FLOOR_OF = {"record": 1, "people": 2, "register": 3, "traffic": 4, "watch": 5, "lab": 6, "web": 6}
FOREIGN = {"account", "mfa", "usersessions", "socialaccount", "auth", "contenttypes", "sessions"}


def test_no_foreign_key_points_to_a_higher_floor() -> None:
    upward = {
        f"{model._meta.label} -> {field.related_model._meta.label}"
        for model in apps.get_models()
        if model._meta.app_label not in FOREIGN
        for field in model._meta.get_fields()
        if field.is_relation
        and field.concrete
        and field.related_model is not None
        and not isinstance(field.related_model, str)
        and FLOOR_OF[field.related_model._meta.app_label] > FLOOR_OF[model._meta.app_label]
    }
    assert upward == set()


def test_no_import_hides_inside_a_function() -> None:
    hidden = {
        f"{shown(path)}:{inner.lineno}"
        for path in written(".py")
        if path.is_relative_to(SOURCE)
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    }
    assert hidden == set()


def test_only_the_verb_table_and_the_reading_child_import_by_name() -> None:
    by_name = {
        word: {
            shown(path)
            for path in written(".py")
            if path.is_relative_to(SOURCE) and word in path.read_text(encoding="utf-8")
        }
        for word in ("import_module", "resolve_name", "run_module")
    }
    assert by_name["import_module"] <= {"src/simpul/cli.py"}
    assert by_name["resolve_name"] <= {"src/simpul/engines/reading_inside.py"}
    assert by_name["run_module"] == set()


def test_html_lives_only_in_web() -> None:
    elsewhere = {
        shown(path)
        for path in written(".html")
        if path.is_relative_to(SOURCE) and not path.is_relative_to(SOURCE / "web")
    }
    assert elsewhere == set()


def test_the_admin_is_not_installed() -> None:
    assert "django.contrib.admin" not in settings.INSTALLED_APPS
