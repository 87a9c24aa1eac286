"""What can be set, called or permitted is written down; what is written down exists."""

from __future__ import annotations

import re

import pytest

from simpul import cli
from simpul.configuration import keys
from simpul.people.logic.rights import Permission, Role
from structure.tree import ROOMS, ROOT, SOURCE

DOCS = ROOT / "docs"


def page(name: str) -> str:
    """One page of the documentation."""
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["85-settings.md", "85-settings.id.md"])
def test_the_settings_page_names_every_key_and_no_other(name: str) -> None:
    written = set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", page(name), re.MULTILINE))
    assert written == {key.name for key in keys()}


@pytest.mark.parametrize("name", ["87-commands.md", "87-commands.id.md"])
def test_the_commands_page_names_every_verb_and_no_other(name: str) -> None:
    written = set(re.findall(r"^## `simpul ([a-z]+)", page(name), re.MULTILINE))
    assert written == {verb for verb, row in cli.VERBS.items() if row.summary}


@pytest.mark.parametrize("name", ["24-people.md", "24-people.id.md"])
def test_the_people_page_names_every_role_and_permission(name: str) -> None:
    text = page(name)
    assert [word.value for word in [*Role, *Permission] if f"`{word.value}`" not in text] == []


def test_every_room_has_a_readme_of_a_page() -> None:
    rooms = [room for room in ROOMS if (SOURCE / room).is_dir()]
    missing = [room for room in rooms if not (SOURCE / room / "README.md").is_file()]
    assert missing == []


def test_every_page_is_numbered_and_has_both_languages() -> None:
    english = {path.name.removesuffix(".md") for path in DOCS.glob("*.md") if not path.name.endswith(".id.md")}
    indonesian = {path.name.removesuffix(".id.md") for path in DOCS.glob("*.id.md")}
    assert english == indonesian
    assert [name for name in english if not re.fullmatch(r"\d\d-[a-z-]+", name)] == []


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*DOCS.glob("*.md"), ROOT / "README.md", ROOT / "README.id.md"]
    dead = [
        f"{path.name} -> {target}"
        for path in pages
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
    ]
    assert dead == []
