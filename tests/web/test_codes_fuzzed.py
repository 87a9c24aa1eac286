"""Whatever stands in a form, a REST body or a file: never a 5xx, and every list opens afterwards."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count as count_from
from typing import Any

import pytest
from django.test import Client

from api.conftest import Caller
from api.regency import SYSTEM, Regency
from register.importing import Run, problems, staged, undone
from simpul.kit.codes import is_code
from simpul.people.logic.rights import Role
from simpul.people.models import Organisation
from simpul.people.service import actor_for
from simpul.register.imports import steps as imports
from simpul.register.models import Area, Site
from simpul.register.service import create_site
from simpul.register.service.imports import approve_import
from web.list_pages import LISTS
from web.tables_as_files import AXES, FORMATS

ODD = ["", " ", "new", "NEW", ".", "..", "a/b", "/", "//", "a..b", "-", "_", "%2F", "%", "a?b", "a#b", "a;b", "a\nb"]
ODD += ["\x00", "\x07", "\u200b", "\u202eabc", "a\u2066b", "\ufeff", "\u3164", "é", "𝟛", "٣", "😀", "\uffff", "'", '"']
ODD += ["9" * 401, "9" * 5000, "0" * 5000, "-" + "9" * 25, "1e999", "-1e999", "1e-999", "nan", "NaN", "Infinity"]
ODD += [
    "0001-01-01",
    "9999-12-31",
    "31/12/9999",
    "0001-01-01T00:00",
    "9999-12-31T23:59",
    "2026-02-30",
    "1.9" + "9" * 401,
]
ODD += [
    "-0,95",
    "114,89",
    "0°56'50\" LS",
    "=1+1",
    "@a",
    "x" * 41,
    "x" * 300,
    "62.05",
    "500 Mbps",
    "9" * 30 + "G",
    "<b>",
]
GOOD = ["OPD-77", "A.b_c-1", "Kantor Baru", "027/1234/2023", "-0.95", "114.89", "2026-01-31", "2026", "12", "DINKES"]
MOST_ROWS = 12
FILES = {
    "sites": ["kode", "nama", "jenis", "organisasi", "lintang", "bujur", "rencana tahun", "wilayah"],
    "areas": ["kode", "nama"],
    "contracts": [
        *("nomor kontrak", "judul", "penyedia", "tanggal tanda tangan", "mulai kontrak", "akhir kontrak"),
        *("tahun anggaran", "rincian", "jenis", "uraian", "jumlah", "satuan", "kecepatan terjamin", "harga satuan"),
        "kode rekening",
    ],
}
# What is odd to look at and still right: such rows must stand on every list.
GOOD_CODES = ["-", "_", "a..b", "OPD-28.", "0x1F", "1e5", "newer", "Z" * 20]
GOOD_NAMES = [
    "Kantor Baru",
    "=1+1",
    "@a",
    "<b>",
    "'\"",
    "%2F",
    "a/b",
    "..",
    "new",
    "😀",
    "é",
    "x" * 110,
    "NaN",
    "1e999",
]
GOOD_CELLS = {
    "jenis": ["opd"],
    "organisasi": ["DINKES"],
    "lintang": ["-0.95", "-0.957"],
    "bujur": ["114.89", "114.891"],
    "rencana tahun": ["2026", "1990", "2100", ""],
    "wilayah": ["62.05.05", ""],
    "judul": GOOD_NAMES,
    "nama": GOOD_NAMES,
    "penyedia": ["PENYEDIA-A"],
    "tanggal tanda tangan": ["2026-01-02"],
    "mulai kontrak": ["2026-01-05", "05/01/2026"],
    "akhir kontrak": ["2026-12-31", "31/12/2026"],
    "tahun anggaran": ["2026"],
    "rincian": ["1"],
    "uraian": GOOD_NAMES,
    "jumlah": ["1", "0,5", "12"],
    "satuan": ["bulan", "<i>"],
    "kecepatan terjamin": ["500 Mbps", "1G", ""],
    "harga satuan": ["1500000", "0", "1.500.000,50"],
    "kode rekening": ["5.1.02.02"],
}
SHAPES = [("sites", "csv"), ("sites", "xlsx"), ("sites", "geojson"), ("areas", "csv"), ("contracts", "csv")]
FIXED = {"jenis": ["opd", "bandwidth"], "organisasi": ["DINKES"], "penyedia": ["PENYEDIA-A"]}


@dataclass
class Fuzz:
    """Values from one seed, and where they go."""

    client: Client
    town: Regency
    chance: random.Random = field(default_factory=lambda: random.Random(20261124))
    given: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    numbers: Iterator[int] = field(default_factory=lambda: count_from(1000))
    files: int = 0

    def value(self) -> str:
        """Odd mostly, sometimes good, sometimes of any characters."""
        kind = self.chance.random()
        if kind < 0.6:
            return self.chance.choice(ODD)
        if kind < 0.8:
            return f"{self.chance.choice(GOOD)}{self.chance.choice(['', '', str(self.chance.randrange(10**6))])}"
        points = (self.chance.choice([self.chance.randrange(0x250), self.chance.randrange(0xD800)]) for _ in range(8))
        return "".join(map(chr, points))

    def run(self, count: int) -> None:
        """Hand in at least `count` values: each seam in turn."""
        seams = [self.organisation, self.site, self.window, self.own_name, self.step, *[self.file] * 3]
        while self.given.total() < count:
            for seam in seams:
                seam()

    def post(self, seam: str, path: str, sent: dict[str, str], *, as_json: bool = False) -> None:
        """One call; what matters is only that the answer is one of ours."""
        if as_json:
            answer = self.client.post(path, json.dumps(sent), content_type="application/json")
        else:
            answer = self.client.post(path, sent)
        assert answer.status_code < 500, (path, sent)
        self.answers[f"{seam} {answer.status_code}"] += 1

    def some(self, seam: str, good: dict[str, str]) -> dict[str, str]:
        """A good form in which one, two or three values are others."""
        names = self.chance.sample(sorted(good), min(len(good), self.chance.randint(1, 3)))
        self.given[seam] += len(names)
        return good | {name: self.value() for name in names}

    def organisation(self) -> None:
        """A new body."""
        good = {"code": f"B-{self.given.total()}", "name": "Dinas Baru", "kind": "agency", "short_name": "Baru"}
        self.post("form organisation", "/organisations/new/", self.some("form organisation", good))

    def site(self) -> None:
        """A new place."""
        owner = str(Organisation.objects.get(code="DINKES").pk)
        fixed = {"kind": "opd", "medium": "own_fibre", "organisation": owner, "owner": owner, "operator": owner}
        good = {"code": f"S-{self.given.total()}", "name": "Kantor Baru", "latitude": "-0,95", "longitude": "114,89"}
        good |= {"planned_year": "2026", "position": "surveyed", "area": ""}
        self.post("form site", "/sites/new/", fixed | self.some("form site", good))

    def window(self) -> None:
        """Announced work."""
        good = {"ref": "OPD-1", "starts_at": "2026-11-24T10:00", "ends_at": "2026-11-24T12:00", "reason": "Kabel"}
        self.post("form maintenance", "/alarms/maintenance/new/", self.some("form maintenance", good))

    def own_name(self) -> None:
        """What somebody calls himself."""
        self.post("form account", "/account/", self.some("form account", {"name": "Siti Contoh", "language": "id"}))

    def step(self) -> None:
        """Lines of a new site's story, as REST bodies and in a form; some values are bare numbers, one body is good."""
        body = Organisation.objects.get(code="DINKES")
        code = f"R-{next(self.numbers)}"
        create_site(SYSTEM, code=code, name=code, kind="opd", organisation=body, owner=body, operator=body)
        path = f"/api/v1/rollout/sites/{code}/network"
        good = {"state": "lit", "at": "2023-01-13T08:00:00+07:00", "reason": "Tiang belum ada"}
        self.post("REST story", path, self.some("REST story", good), as_json=True)
        bare = self.chance.choice(["1e999", "NaN", "-Infinity", "9" * 401, "-1", "9" * 25, "[[]]", "null"])
        sent = json.dumps(good).replace(json.dumps(good["at"]), bare)
        answer = self.client.post(path, sent, content_type="application/json")
        assert answer.status_code < 500, sent
        line = {"state": "lit", "at": "2023-01-13", "reason": ""}
        self.post("form story", f"/sites/{code}/record/network/", self.some("form story", line))
        right = good | {"at": "2024-02-29T08:00:00+07:00", "reason": self.chance.choice(GOOD_NAMES)}
        self.post("REST story", path.replace("network", "stalls"), right | {"track": "internet"}, as_json=True)

    def file(self) -> None:
        """A file of rows; one without a fault is written, and sometimes taken back. Every third holds good values."""
        good, count = self.files % 3 == 2, self.files // 3
        self.files += 1
        kind, suffix = SHAPES[count % len(SHAPES)] if good else self.chance.choice(SHAPES)
        heads = FILES[kind]
        lines = range(self.chance.randint(1, MOST_ROWS))
        right = set(heads) if good else set()
        # One odd point makes the whole collection unreadable; its other cells are to be read too.
        if suffix == "geojson" and self.chance.random() < 0.7:
            right |= set(AXES)
        rows = [[self.good_cell(kind, head) if head in right else self.cell(head) for head in heads] for _ in lines]
        self.given[f"import {kind} {suffix}"] += len(rows) * len([head for head in heads if head not in FIXED])
        actor = actor_for(self.town.users[Role.ADMINISTRATOR])
        batch = staged(actor, kind, FORMATS[suffix](heads, rows), f"berkas.{suffix}")
        assert batch.state in ("staged", "failed")
        assert batch.may_be_applied or not good, (rows, problems(batch))
        if batch.may_be_applied:
            imports.apply(Run(actor, approve_import(actor, batch)))
            batch.refresh_from_db()
            assert batch.state == "applied", batch.problem
            self.answers["imports applied"] += 1
            if count % 2:
                assert undone(actor, batch).state == "undone", batch.problem
        self.answers[f"import {kind} {suffix} {batch.state}"] += 1

    def cell(self, head: str) -> str:
        """Whatever may stand in a cell."""
        text = self.chance.choice(FIXED[head]) if head in FIXED else self.value()
        # A zero byte makes the whole file unreadable: now and then is enough.
        return text if self.chance.random() < 0.01 else text.replace("\x00", "")

    def good_cell(self, kind: str, head: str) -> str:
        """What the column is for; codes and numbers are used once."""
        number = next(self.numbers)
        if head == "kode":
            return f"62.05.05.{number}" if kind == "areas" else f"{self.chance.choice(GOOD_CODES)}{number}"
        if head == "nomor kontrak":
            return f"{self.chance.choice(['027/SPK', '%2F', '=1+1', '<b>'])}/{number}"
        if head == "jenis" and kind == "contracts":
            return "bandwidth"
        return self.chance.choice(GOOD_CELLS[head])


@pytest.fixture
def fuzz(as_role: Caller, regency: Regency) -> Iterator[Fuzz]:
    """An administrator's browser; afterwards all that was taken is sound."""
    client = as_role(Role.ADMINISTRATOR)
    client.raise_request_exception = False
    here = Fuzz(client, regency)
    yield here
    print(dict(here.given), dict(here.answers))


def proven(fuzz: Fuzz, count: int) -> None:
    """Nothing broke, nothing odd is in the register though much was written, and every list opens."""
    fuzz.run(count)
    ends = Counter(name.rpartition(" ")[2] for name in fuzz.answers.elements() if name.startswith("import "))
    assert ends["applied"] > 0, fuzz.answers
    assert ends["undone"] > 0, fuzz.answers
    assert fuzz.answers["REST story 201"] > 0, fuzz.answers
    kinds: list[Any] = [Organisation, Site, Area]
    codes = [code for kind in kinds for code in kind.objects.values_list("code", flat=True)]
    assert [code for code in codes if not is_code(code)] == []
    assert [path for path in LISTS if fuzz.client.get(path).status_code != 200] == []


def test_no_value_breaks_a_form_a_body_or_a_file(fuzz: Fuzz) -> None:
    proven(fuzz, 400)


@pytest.mark.long
def test_twenty_thousand_values_break_nothing(fuzz: Fuzz) -> None:
    proven(fuzz, 20_000)
