"""The manual in the product: every document in both languages, safe, linked, and found by its words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from api.conftest import Caller
from simpul.people.logic.rights import Role
from simpul.web.manual import FOLDER, document, find, grouped, manual

DOCUMENTS = sorted(path.name for path in FOLDER.glob("*.md"))


@pytest.fixture
def reader(as_role: Caller) -> Client:
    """Anybody with an account may read it."""
    return as_role(Role.AGENCY)


def test_there_are_documents_to_read() -> None:
    assert len(DOCUMENTS) > 4


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_written_in_both_languages(name: str) -> None:
    twin = name.replace(".id.md", ".md") if name.endswith(".id.md") else name.replace(".md", ".id.md")
    assert twin in DOCUMENTS


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_document_opens_under_help(reader: Client, language: str) -> None:
    reader.cookies["django_language"] = language
    for each in manual(language):
        answer = reader.get(each.url)
        assert answer.status_code == 200
        assert answer.content.decode().count("<h1") == 1, each.slug


@pytest.mark.parametrize("language", ["id", "en"])
def test_links_between_documents_lead_somewhere(language: str) -> None:
    pages = {each.url: each for each in manual(language)}
    for each in pages.values():
        for target in re.findall(r'href="(/help/[^"]*)"', each.html):
            page, _, part = target.partition("#")
            assert page in pages, f"{each.slug} links to {target}"
            assert not part or f'id="{part}"' in pages[page].html, f"{each.slug} links to {target}"


def test_pictures_of_documents_are_served(reader: Client) -> None:
    for file in FOLDER.glob("images/*.png"):
        assert reader.get(reverse("help_image", args=[file.name])).content == file.read_bytes()
    assert reader.get("/help/images/..%2f..%2fsettings.png").status_code == 404
    assert reader.get("/help/images/none.png").status_code == 404


def test_html_in_a_document_is_shown_never_run(tmp_path: Path) -> None:
    file = tmp_path / "10-evil.md"
    file.write_text("# Title\n\n<script>alert(1)</script> [x](javascript:alert(1)) <b onclick=x>y</b>\n")
    html = document(file, 0).html
    assert "<script" not in html
    assert "<b " not in html
    assert 'href="javascript:' not in html


def test_a_search_finds_documents_that_hold_all_words(tmp_path: Path) -> None:
    for number, text in enumerate(["# Satu\n\nKabel serat optik putus.", "# Dua\n\nKabel tembaga & kabel lama."]):
        (tmp_path / f"{number}-page-{number}.md").write_text(text)
    documents = [document(file, 0) for file in sorted(tmp_path.glob("*.md"))]
    assert [hit.document.title for hit in find(documents, ["kabel", "PUTUS"])] == ["Satu"]
    (second,) = find(documents, ["tembaga"])
    assert second.excerpt == "Dua Kabel <mark>tembaga</mark> &amp; kabel lama."


def test_a_search_for_markup_is_taken_literally(reader: Client) -> None:
    text = reader.get("/help/?q=<script>.*(").content.decode()
    assert "&lt;script&gt;" in text
    assert "Tidak ada halaman yang memuat semua kata itu" in text


def test_an_unknown_page_is_not_found(reader: Client) -> None:
    assert reader.get("/help/nothing-here/").status_code == 404


def test_any_form_of_an_indonesian_word_finds_the_page() -> None:
    with override("id"):
        documents = manual("id")
        assert {hit.document.slug for hit in find(documents, ["mengimpor"])} >= {
            hit.document.slug for hit in find(documents, ["impor"])
        }
        assert [hit for hit in find(documents, ["mengimpor"]) if hit.document.slug == "import"]


def test_each_page_of_the_contents_stands_under_whom_it_is_for() -> None:
    documents = manual("id")
    groups = grouped(documents)
    assert len(groups) == 3
    assert sorted(each.slug for _, found in groups for each in found) == sorted(each.slug for each in documents)
