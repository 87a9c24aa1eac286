"""`/help/`: the documents of `docs/`, in the reader's language, with a search over all of them; and `/about/`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

# A link to the repository's docs/, so that a clone and an installed package read the same files.
FOLDER = Path(__file__).resolve().parent / "docs"
NAME = re.compile(r"(\d+)-([a-z0-9-]+)(?:\.([a-z]{2}))?\.md")
AROUND = 90
# For whom a document is; what is named nowhere is for everybody.
RUNNING = {"install", "settings", "processes", "commands"}
BUILDING = {"record", "api", "design"}
# What Indonesian puts before and after a word: who searches "mengimpor" means "impor" too.
BEFORE = re.compile(r"^(?:meng|meny|mem|men|me|peng|pem|pen|per|ber|ter|di)(?=\w{4})", re.IGNORECASE)
AFTER = re.compile(r"(?<=\w{4})(?:kan|nya|an)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Document:
    """One page of the manual in one language. `text` is what a search reads: no markup."""

    slug: str
    number: int
    title: str
    summary: str
    html: SafeString
    text: str
    headings: Sequence[tuple[str, str]]

    @property
    def url(self) -> str:
        """Where it is read."""
        return reverse("help_page", args=[self.slug])


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that holds all words, and the first place where one of them stands."""

    document: Document
    excerpt: SafeString


@login_required
def contents(request: HttpRequest) -> HttpResponse:
    """The table of contents, or what a search found."""
    words = request.GET.get("q", "").split()[:8]
    documents = manual(get_language() or "id")
    hits = sorted(find(documents, words), key=lambda hit: hit.document.number) if words else []
    return render(request, "help/contents.html", {"groups": grouped(documents), "words": " ".join(words), "hits": hits})


@login_required
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """One document."""
    documents = manual(get_language() or "id")
    for place, document in enumerate(documents):
        if document.slug == slug:
            before = documents[place - 1] if place else None
            after = documents[place + 1] if place + 1 < len(documents) else None
            context = {"document": document, "documents": documents, "before": before, "after": after}
            return render(request, "help/page.html", context)
    raise Http404


@login_required
def image(_request: HttpRequest, name: str) -> HttpResponse:
    """A picture that a document shows."""
    file = FOLDER / "images" / name
    if not re.fullmatch(r"[a-z0-9-]+\.png", name) or not file.is_file():
        raise Http404
    return HttpResponse(file.read_bytes(), content_type="image/png")


@login_required
def about(request: HttpRequest) -> HttpResponse:
    """Version and licences."""
    return render(request, "help/about.html")


def manual(language: str) -> list[Document]:
    """All documents in a language, in order; one that is not translated is given in English."""
    chosen: dict[str, Path] = {}
    for file in sorted(FOLDER.glob("*.md")):
        match = NAME.fullmatch(file.name)
        if match is None:
            continue
        _number, slug, own = match.groups()
        if own == language or (own or "en") == language or (own is None and slug not in chosen):
            chosen[slug] = file
    documents = [document(file, file.stat().st_mtime_ns) for file in chosen.values()]
    return sorted(documents, key=lambda each: each.number)


@lru_cache(maxsize=256)
def document(file: Path, _changed: int) -> Document:
    """Read one file; raw HTML in it is shown as text, never run."""
    match = NAME.fullmatch(file.name)
    if match is None:
        raise ValueError(f"{file.name} is no document: write 30-name.md or 30-name.id.md")
    number, slug, _language = match.groups()
    tokens = _markdown().parse(file.read_text(encoding="utf-8"))
    headings = list(_name_headings(tokens))
    _aim_links(tokens)
    html = mark_safe(_markdown().renderer.render(tokens, _markdown().options, {}))  # noqa: S308 (html is off)
    inline = [token for token in tokens if token.type == "inline"]
    text = " ".join(_plain(token) for token in inline)
    paragraphs = [tokens[i + 1] for i, token in enumerate(tokens) if token.type == "paragraph_open"]
    title = next((label for _name, label in headings), slug)
    summary = _plain(paragraphs[0]) if paragraphs else ""
    return Document(slug, int(number), title, summary, html, text, headings[1:])


def grouped(documents: Sequence[Document]) -> list[tuple[str, list[Document]]]:
    """(for whom, documents) in order; a group without a document is left out."""
    groups: dict[str, list[Document]] = {
        _("For who uses it"): [],
        _("For who runs it"): [],
        _("For who builds on it"): [],
    }
    using, running, building = groups.values()
    for each in documents:
        (running if each.slug in RUNNING else building if each.slug in BUILDING else using).append(each)
    return [(whom, found) for whom, found in groups.items() if found]


def stem(word: str) -> str:
    """The part of an Indonesian word that all its forms share; an English word mostly stays as it is."""
    return AFTER.sub("", BEFORE.sub("", word)) if get_language() == "id" else word


def find(documents: Sequence[Document], words: Sequence[str]) -> Iterator[Hit]:
    """Documents in which every word stands, with the words marked."""
    words = [stem(word) for word in words]
    any_word = re.compile("|".join(re.escape(word) for word in words), re.IGNORECASE)
    for each in documents:
        whole = f"{each.title} {each.text}".lower()
        if all(word.lower() in whole for word in words):
            yield Hit(each, _excerpt(each.text, any_word))


def _excerpt(text: str, any_word: re.Pattern[str]) -> SafeString:
    first = any_word.search(text)
    start = max(0, first.start() - AROUND) if first else 0
    end = min(len(text), start + 2 * AROUND + 20)
    if start:  # never in the middle of a word
        start = max(text.find(" ", start) + 1, start)
    if end < len(text):
        end = max(text.rfind(" ", start, end), start + 1)
    piece = text[start:end]
    parts: list[SafeString | str] = ["… " if start else ""]
    done = 0
    for match in any_word.finditer(piece):
        parts += [conditional_escape(piece[done : match.start()]), format_html("<mark>{}</mark>", match.group())]
        done = match.end()
    parts += [conditional_escape(piece[done:]), " …" if end < len(text) else ""]
    return SafeString("".join(conditional_escape(part) for part in parts))


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    # A wide table scrolls in itself, by keyboard too.
    markdown.add_render_rule("table_open", _table_open)
    markdown.add_render_rule("table_close", _table_close)
    for kind in ("fence", "code_block"):
        markdown.add_render_rule(kind, _sample)
    return markdown


def _table_open(_self: RendererHTML, *_: object) -> str:
    return '<div class="table-wrap" tabindex="0"><table class="table">\n'


def _sample(_self: RendererHTML, tokens: Sequence[Token], place: int, *_: object) -> str:
    return f'<pre tabindex="0"><code>{escapeHtml(tokens[place].content)}</code></pre>\n'


def _table_close(_self: RendererHTML, *_: object) -> str:
    return "</table></div>\n"


def _name_headings(tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """Give each heading an id; yield (id, words) of the title and the second level."""
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            words = _plain(inline)
            name = slugify(words) or "part"
            opening.attrSet("id", name)
            if opening.tag in ("h1", "h2"):
                yield name, words


def _aim_links(tokens: Sequence[Token]) -> None:
    """Links between documents lead to their pages here; pictures come from this server."""
    for token in (child for each in tokens for child in each.children or ()):
        if token.type == "link_open":
            target, _, part = str(token.attrGet("href") or "").partition("#")
            match = NAME.fullmatch(target.rpartition("/")[2])
            if match:
                token.attrSet("href", reverse("help_page", args=[match[2]]) + (f"#{part}" if part else ""))
        elif token.type == "image":
            name = str(token.attrGet("src") or "").rpartition("/")[2]
            token.attrSet("src", reverse("help_image", args=[name]))


def _plain(inline: Token) -> str:
    """The words of a piece of text without its markup."""
    parts = (child.content if child.type != "softbreak" else " " for child in inline.children or ())
    return "".join(parts).strip()


urlpatterns = [
    path("help/", contents, name="help"),
    path("help/images/<str:name>", image, name="help_image"),
    path("help/<slug:slug>/", page, name="help_page"),
    path("about/", about, name="about"),
]
