"""Every fault of an import has its sentence in both languages, and nothing of one language stands in the other."""

from __future__ import annotations

import ast
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from django.utils.datastructures import MultiValueDict

from simpul.record.evidence import Empty, TooLarge
from simpul.register import text
from simpul.register.imports.foreign import _ENDED
from simpul.register.logic.faults import Fault
from simpul.register.logic.sheets import SITES
from simpul.web.import_assistant import ImportForm, said
from structure.tree import SOURCE, syntax, written

ENGLISH = frozenset(
    re.findall(
        r"[a-z]+",
        """above again an and are as at be been before below between but by can cannot choose columns does each empty
        export feature for from has have here hold holds if in into is it its keep larger leave left letters made make
        mend more need needs none not of on one only or out perhaps read reads remove row rows save say sheet shorten
        split stands than that the their them there these this to too twice unpacked was when which while with write
        your""",
    )
)
CALLS = [
    node
    for path in written(".py")
    if path.is_relative_to(SOURCE / "register")
    for node in ast.walk(syntax(path))
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Fault"
]


def codes() -> set[str]:
    """Every code that the source makes a fault of."""
    literal = {node.args[0].value for node in CALLS if node.args and isinstance(node.args[0], ast.Constant)}
    made = {f"reader_{why}" for why in _ENDED}
    return {str(code) for code in literal} | made


def sentence(code: str, language: str) -> str:
    """The sentence with numbers in its gaps."""
    with translation.override(language):
        return re.sub(r'"?\{\w+\}"?', "9", str(text.SENTENCES[code]))


def test_every_fault_has_a_sentence() -> None:
    assert codes() <= text.SENTENCES.keys()


@pytest.mark.parametrize("code", sorted(text.SENTENCES))
def test_a_fault_is_said_in_indonesian_alone(code: str) -> None:
    english, indonesian = sentence(code, "en"), sentence(code, "id")
    assert english != indonesian
    plain = re.sub(r'"[^"]*"', "", indonesian).casefold()
    assert not (ENGLISH & set(re.findall(r"[a-z]+", plain))), indonesian


def test_no_fault_carries_words_of_the_program_in_its_details() -> None:
    worded = [
        f"{ast.unparse(node)}"
        for node in CALLS
        for keyword in node.keywords
        if keyword.arg not in ("column", "to", "low", "high")
        and (keyword.arg == "why" or isinstance(keyword.value, ast.JoinedStr | ast.Constant))
        and not (isinstance(keyword.value, ast.JoinedStr) and "value" in str(keyword.arg))
    ]
    assert worded == []


def test_a_fault_that_an_earlier_version_kept_is_still_shown() -> None:
    kept = {"code": "csv_broken", "column": "", "params": {"place": "row 3", "why": "unexpected end of data"}}
    assert text.fault(SITES, kept)
    assert text.fault(SITES, kept | {"code": "feature_broken"})


def test_what_the_form_refuses_is_said_in_the_readers_language() -> None:
    with translation.override("id"):
        assert said(TooLarge("a.csv", 50)) == "Berkas lebih besar dari 50 MB. Bagi menjadi beberapa berkas"
        assert said(Empty("a.csv: the file is empty. Choose another")) == "Berkas kosong. Pilih berkas lain."
        form = ImportForm({"kind": "x"}, MultiValueDict({"file": [SimpleUploadedFile("a.csv", b"x")]}))
        assert not form.is_valid()
        assert "is not one of" not in str(form.errors)


def test_a_fault_keeps_its_data_on_its_way_through_json() -> None:
    fault = Fault("outside", column="latitude", value="9", low="-11", high="6")
    assert Fault.from_json(fault.as_json()).as_json() == fault.as_json()
