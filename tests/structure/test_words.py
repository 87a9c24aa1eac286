"""Everything people read exists in both languages; `scripts/catalogues.py --check` holds the catalogues complete."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import polib
import pytest

from structure.tree import SOURCE, shown, written

CATALOGUES = sorted(SOURCE.glob("**/locale/id/LC_MESSAGES/django.po"))
TEMPLATES = sorted(path for path in written(".html") if path.is_relative_to(SOURCE))
TAG = re.compile(
    r"{% *comment\b.*?endcomment *%}|{% *blocktrans(?:late)?\b.*?endblocktrans(?:late)? *%}|{%.*?%}|{{.*?}}|{#.*?#}",
    re.DOTALL,
)
READ_ALOUD = {"title", "aria-label", "placeholder", "alt", "aria-description"}
# Names, not words: the product, formats, a mark that is the same in every language.
NAMES = {"Simpul", "CIR", "VLAN", "CSV", "XLSX", "GeoJSON", "DATA CONTOH", "Apache-2.0", "OpenAPI", "API", "JSON"}
WORD = re.compile(r"[A-Za-z]{3}")


def test_one_english_text_has_one_translation() -> None:
    seen: dict[tuple[str | None, str], set[str]] = {}
    for path in CATALOGUES:
        for entry in polib.pofile(str(path)):
            if not entry.obsolete and not entry.msgid_plural:
                seen.setdefault((entry.msgctxt, entry.msgid), set()).add(entry.msgstr)
    assert {text: words for text, words in seen.items() if len(words) > 1} == {}


class Bare(HTMLParser):
    """Collects text that stands in a template without a translation tag."""

    def __init__(self) -> None:
        super().__init__()
        self.silent = 0
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in ("script", "style", "code", "pre")
        self.found += [value for name, value in attrs if name in READ_ALOUD and value and WORD.search(value)]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style", "code", "pre")

    def handle_data(self, data: str) -> None:
        if not self.silent and WORD.search(data):
            self.found.append(data.strip())


def bare_texts(template: str) -> list[str]:
    """Texts of the template that would be shown as they are in every language."""
    reader = Bare()
    reader.feed(TAG.sub(" ", template))
    return [text for text in reader.found if text not in NAMES]


@pytest.mark.parametrize("path", TEMPLATES, ids=shown)
def test_no_template_holds_untranslated_text(path: Path) -> None:
    assert bare_texts(path.read_text(encoding="utf-8")) == []


def test_an_untranslated_text_is_found() -> None:
    assert bare_texts("<p>{% trans 'Site' %} Kantor <img alt='Peta'></p>") == ["Kantor", "Peta"]
