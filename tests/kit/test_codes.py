"""What may identify a row, and what people may read as a name."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simpul.kit.codes import from_address, in_address, is_code, is_number
from simpul.kit.names import is_name, same_name_key, visible


@pytest.mark.parametrize("code", ["OPD-1", "62.05.01", "GW_INTI", "a", "1", "News", "a..b"])
def test_letters_digits_and_three_marks_are_a_code(code: str) -> None:
    assert is_code(code)
    assert in_address(code) == code


@pytest.mark.parametrize(
    "code", ["", "OPD/28", "..", ".a", "new", "New", "a b", "é", "٣", "\u200b", "\u202ea", "a\n", "%"]
)
def test_nothing_else_is_a_code(code: str) -> None:
    assert not is_code(code)


@settings(deadline=None)
@given(st.text(min_size=1))
def test_every_code_comes_back_from_its_address(code: str) -> None:
    if any(0xD800 <= ord(letter) < 0xE000 for letter in code):
        return
    part = in_address(code)
    assert from_address(part) == code
    assert "/" not in part
    assert not part.startswith(".")
    assert part.casefold() != "new"
    assert unquote(part) == code


@pytest.mark.parametrize("number", ["027/1234/2023", "CONTOH/SPK-01/2018", "No. 5 (rev)", "SID#1"])
def test_a_number_of_real_life_may_hold_slashes(number: str) -> None:
    assert is_number(number)


@pytest.mark.parametrize("number", ["", "..", "027/../2023", "./1", "1\n2", "\u202e027"])
def test_a_number_leads_nowhere_else(number: str) -> None:
    assert not is_number(number)


@pytest.mark.parametrize(
    "name", ["Budi\u202e", "\u200bBudi", "Bu\u00addi", "Budi\nSari", "\u3164", "B\u2066i", "", " "]
)
def test_a_name_hides_nothing(name: str) -> None:
    assert not is_name(name)


def test_a_hidden_character_is_quoted_by_its_number() -> None:
    assert visible("Budi\u202e") == "Budi<U+202E>"


def test_names_that_look_the_same_are_the_same() -> None:
    assert same_name_key("ＡDMINISTRATOR\u00a0 Contoh ") == same_name_key("Administrator Contoh")
    assert same_name_key("Budi") != same_name_key("Budi S")
