"""The design holds together: one source of colours, no style or script in a page, no icon that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simpul import web

ROOM = Path(web.__file__).parent
CSS = ROOM / "assets" / "css"
TEMPLATES = sorted((ROOM / "templates").rglob("*.html"))
SPRITE = (ROOM / "static" / "simpul" / "icons.svg").read_text()
SYMBOLS = set(re.findall(r'<symbol id="([^"]+)"', SPRITE))


def test_both_dark_blocks_say_the_same() -> None:
    text = (CSS / "tokens.css").read_text()
    blocks = r":root(?::not\(\[data-theme=\"light\"\]\)|\[data-theme=\"dark\"\]) \{(.*?)\}"
    by_system, by_choice = re.findall(blocks, text, re.DOTALL)
    assert by_system.split() == by_choice.split()
    light = set(re.findall(r"(--[a-z-]+):", text.partition("@media")[0]))
    assert set(re.findall(r"(--[a-z-]+):", by_choice)) <= light


@pytest.mark.parametrize("file", sorted(CSS.rglob("*.css")), ids=lambda file: file.name)
def test_colours_come_from_the_tokens(file: Path) -> None:
    if file.name == "tokens.css":
        return
    written = re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.DOTALL)
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(|oklch\(", written)
    own_and_tokens = written + (CSS / "tokens.css").read_text()
    known = set(re.findall(r"(--[a-z0-9-]+):", own_and_tokens)) | {"--tone", "--tone-soft"}
    assert set(re.findall(r"var\((--[a-z0-9-]+)", written)) <= known


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOM / "templates")))
def test_a_template_obeys_the_policy(file: Path) -> None:
    text = file.read_text()
    assert not re.search(r"\sstyle=|\son[a-z]+=\"|javascript:|<style", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"(?:src|href|action)=\"https?://", text)


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOM / "templates")))
def test_an_icon_that_is_asked_for_exists(file: Path) -> None:
    assert set(re.findall(r"{% icon [\"']([a-z0-9_-]+)[\"']", file.read_text())) <= SYMBOLS


def test_no_icon_is_shipped_that_no_page_shows() -> None:
    listed = {line for line in (ROOM / "assets" / "icons.txt").read_text().split() if re.fullmatch(r"[a-z0-9-]+", line)}
    sources = [*TEMPLATES, *ROOM.rglob("*.py"), *(ROOM / "assets" / "js").rglob("*.js")]
    said = set(re.findall(r"[\"'#]([a-z0-9-]+)[\"']", "".join(source.read_text() for source in sources)))
    own = {file.stem for file in (ROOM / "assets" / "icons").glob("*.svg")}
    assert listed | own >= SYMBOLS
    assert sorted((listed & SYMBOLS) - said) == []


def test_each_lamp_state_has_a_shape_of_its_own() -> None:
    drawn = dict(re.findall(r'<symbol id="(lamp-[a-z_]+)"[^>]*>(.*?)</symbol>', SPRITE))
    states = {"none", "poles", "cable", "spliced", "lit", "ordered", "on", "cut_off", "stalled"}
    assert {f"lamp-{state}" for state in states} == set(drawn)
    # "lit" and "on" are the same good news of two tracks
    assert len(set(drawn.values())) == len(states) - 1
