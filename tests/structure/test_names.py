"""A file is named by its subject; a name that fits anything says nothing."""

from __future__ import annotations

import ast

from structure.tree import ROOMS, ROOT, SOURCE, files, shown, syntax, written

CATCH_ALL = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "base",
    "core",
    "manager",
    "managers",
    "stuff",
    "lib",
}
# django-allauth looks this template up by its own name.
GIVEN = {"src/simpul/web/templates/allauth/layouts/base.html"}
ROOT_FILES = {
    "__init__", "__main__", "asgi", "cli", "database", "keys", "settings", "urls", "wiring",
}  # fmt: skip
FLOORS = {"kit", "engines", "configuration", *ROOMS}


def test_no_file_or_folder_has_a_catch_all_name() -> None:
    named = {
        shown(path) for path in files() if CATCH_ALL & {part.split(".")[0] for part in path.relative_to(ROOT).parts}
    }
    assert named == GIVEN


def test_the_package_holds_only_rooms_and_the_composition_root() -> None:
    folders = {path.name for path in SOURCE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    modules = {path.stem for path in SOURCE.glob("*.py")}
    assert folders <= FLOORS
    assert modules <= ROOT_FILES


def test_every_public_function_and_class_of_the_product_says_what_it_is() -> None:
    silent = {
        f"{shown(path)}:{node.lineno} {node.name}"
        for path in written(".py")
        if path.is_relative_to(SOURCE)
        for node in syntax(path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and ast.get_docstring(node) is None
    }
    assert silent == set()
