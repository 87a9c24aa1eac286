"""Two hundred files that somebody makes to break a reader of tables. Each is made when it is asked for."""

from __future__ import annotations

import gzip
import io
import json
import random
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

MB = 1 << 20
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
ROW = (
    '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>A-{0}</t></is></c>'
    '<c r="B{0}" t="inlineStr"><is><t>x</t></is></c></row>'
)
HEAD = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>kode</t></is></c><c r="B1" t="inlineStr"><is><t>nama</t></is></c>'
    '<c r="C1" t="inlineStr"><is><t>rencana tahun</t></is></c></row>'
)
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9))
    + "]>"
)
Content = str | bytes | Callable[[], Iterator[bytes]]
Made = tuple[str, bytes]


def book(rows: str = HEAD + ROW.format(2), sheets: int = 1, changed: Mapping[str, Content] | None = None) -> bytes:
    """A workbook; `changed` are parts by name."""
    names = [f"xl/worksheets/sheet{number}.xml" for number in range(1, sheets + 1)]
    overrides = "".join(f'<Override PartName="/{name}" ContentType="{_KIND}.worksheet+xml"/>' for name in names)
    pages = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"/>' for n in range(1, sheets + 1))
    links = "".join(
        f'<Relationship Id="r{n}" Type="{_RELS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, sheets + 1)
    )
    parts: dict[str, Content] = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_KIND}.sharedStrings+xml"/>{overrides}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"/>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELS}"><sheets>{pages}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"/>',
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}"/>',
        **dict.fromkeys(names, f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'),
    }
    parts |= changed or {}
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, part in parts.items():
            with archive.open(name, "w") as target:
                for piece in part() if callable(part) else [part.encode() if isinstance(part, str) else part]:
                    target.write(piece)
    return data.getvalue()


def filled(megabytes: float, start: bytes, piece: bytes, end: bytes) -> Callable[[], Iterator[bytes]]:
    """A part of so many MB: `piece` over and over."""

    def pieces() -> Iterator[bytes]:
        yield start
        block = piece * max(1, MB // 16 // len(piece))
        for _ in range(int(megabytes * 16)):
            yield block
        yield end

    return pieces


def part(name: str, megabytes: float) -> bytes:
    """A workbook with one part grown to so many MB of elements that nobody knows."""
    content = filled(megabytes, f'<x xmlns="{_MAIN}">'.encode(), b'<y a="1" b="2"/>', b"</x>")
    return book(changed={name: content})


def texts(megabytes: float, piece: bytes) -> bytes:
    """A workbook with so many MB of shared texts."""
    start, end = f'<sst xmlns="{_MAIN}"><si><t>x</t></si>'.encode(), b"</sst>"
    return book(changed={"xl/sharedStrings.xml": filled(megabytes, start, piece, end)})


def one_cell(megabytes: float) -> bytes:
    """A sheet with one text that has no end."""
    start = f'<worksheet xmlns="{_MAIN}"><sheetData>{HEAD}<row r="2"><c r="A2" t="inlineStr"><is><t>'.encode()
    content = filled(megabytes, start, b"a", b"</t></is></c></row></sheetData></worksheet>")
    return book(changed={"xl/worksheets/sheet1.xml": content})


def number_cell(digits: str) -> bytes:
    """A sheet with one number, written so."""
    return book(f'{HEAD}<row r="2"><c r="A2"><v>1</v></c><c r="C2"><v>{digits}</v></c></row>')


def with_entities(name: str) -> bytes:
    """Entities that double and double again, in one part."""
    return book(changed={name: f'<?xml version="1.0"?>{LAUGHS}<worksheet xmlns="{_MAIN}">&j;</worksheet>'})


def lying(said: int, megabytes: int, name: bytes) -> bytes:
    """A workbook whose directory states another size of one part than it has."""
    data = bytearray(part(name.decode(), megabytes))
    at = data.rfind(name) - 46  # the entry in the central directory: its header is 46 bytes
    struct.pack_into("<I", data, at + 24, said)
    return bytes(data)


def overlapping() -> bytes:
    """All entries of the directory lead to the first part's bytes."""
    data = bytearray(book())
    at = 0
    while (at := data.find(b"PK\x01\x02", at)) >= 0:
        struct.pack_into("<I", data, at + 42, 0)
        at += 4
    return bytes(data)


def flagged(offset: int, value: int) -> bytes:
    """A field of every entry of the directory set to a value: encryption, a method that nobody has."""
    data = bytearray(book())
    at = 0
    while (at := data.find(b"PK\x01\x02", at)) >= 0:
        struct.pack_into("<H", data, at + offset, value)
        at += 4
    return bytes(data)


def many_parts(count: int) -> bytes:
    """A workbook with so many parts that nobody asked for."""
    data = io.BytesIO(book())
    with zipfile.ZipFile(data, "a") as archive:
        for number in range(count):
            archive.writestr(f"x/{number}", b"")
    return data.getvalue()


def named(name: str) -> bytes:
    """A workbook with a part of that name."""
    data = io.BytesIO(book())
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr(name, book())
    return data.getvalue()


def damaged(seed: int) -> bytes:
    """A workbook with a few bytes changed."""
    dice, data = random.Random(seed), bytearray(book())
    for _ in range(dice.randint(1, 6)):
        data[dice.randrange(len(data))] = dice.randrange(256)
    return bytes(data)


def cut(whole: bytes, share: float) -> bytes:
    """The beginning of a file, as a broken upload leaves it."""
    return whole[: int(len(whole) * share)]


def feature(geometry: Any = None, **properties: Any) -> dict[str, Any]:
    """One feature."""
    return {"type": "Feature", "geometry": geometry, "properties": {"kode": "A-1", "nama": "x", **properties}}


def features(*each: Any, **more: Any) -> bytes:
    """A collection."""
    return json.dumps({"type": "FeatureCollection", "features": list(each), **more}).encode()


def point(*coordinates: Any) -> bytes:
    """A collection of one point."""
    return features(feature(geometry={"type": "Point", "coordinates": list(coordinates)}))


def around(inner: bytes) -> bytes:
    """A collection with raw JSON as one property."""
    start = b'{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,"properties":{"kode":"A","x":'
    return start + inner + b"}}]}"


def _xlsx() -> dict[str, Callable[[], bytes]]:
    made: dict[str, Callable[[], bytes]] = {}
    for name in (
        "xl/styles.xml", "xl/unknown.bin", "docProps/core.xml", "xl/theme/theme1.xml",
        "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml",
        "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/media/picture.png",
    ):  # fmt: skip
        made |= {f"{name} of {size} MB": partial(part, name, size) for size in (1.5, 3, 60, 120)}
    for size in (2, 20, 100):
        made[f"{size} MB of short texts"] = partial(texts, size, b"<si><t>a</t></si>")
        made[f"{size} MB of empty texts"] = partial(texts, size, b"<si/>")
        made[f"{size} MB of runs in a text"] = partial(texts, size, b"<si><r><t>a</t></r><r><t>b</t></r></si>")
        made[f"one cell of {size} MB"] = partial(one_cell, size)
    for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml",
                 "xl/styles.xml", "[Content_Types].xml"):  # fmt: skip
        made[f"entities in {name}"] = partial(with_entities, name)
    for digits in ("9" * 5000, "9" * 401, "1e999", "-1e999", "NaN", "1" * 17, "0x10", "1e-999", "", "²"):
        made[f"the number {digits[:6]} of {len(digits)} signs"] = partial(number_cell, digits)
    for last in ("1048576", "1048577", "9" * 12, "9" * 5000, "-3", "x"):
        made[f"a row {last[:14]}"] = partial(book, HEAD + ROW.format(2).replace('r="2"', f'r="{last}"'))
    for cell in ("XFD2", "ZZZZZZZ2", "SG2", "2A", "A99999999999", "\u0661"):
        made[f"a cell {cell}"] = partial(book, f'{HEAD}<row r="2"><c r="{cell}"><v>1</v></c></row>')
    for depth in (1_000, 100_000, 1_000_000):
        made[f"{depth} elements in each other"] = partial(book, f"{HEAD}{'<c>' * depth}{'</c>' * depth}")
    for sheets in (50, 2500):
        made[f"{sheets} sheets"] = partial(book, sheets=sheets)
    made |= {f"{count} parts": partial(many_parts, count) for count in (1500, 3000, 60_000)}
    made |= {f"a part named {name[:12]!r}": partial(named, name) for name in ("../../x", "/etc/x", "a" * 9000, "x.zip")}
    for said in (10, 2**31, 0):
        made[f"sheet said to have {said} bytes"] = partial(lying, said, 30, b"xl/worksheets/sheet1.xml")
        made[f"styles said to have {said} bytes"] = partial(lying, said, 30, b"xl/styles.xml")
    made |= {"overlapping": overlapping, "encrypted": partial(flagged, 8, 1), "no method": partial(flagged, 10, 77)}
    made["escaped nulls"] = partial(book, HEAD + ROW.format(2).replace(">x<", ">_x0000_a<"))
    made["half a pair"] = partial(book, HEAD + ROW.format(2).replace(">x<", ">&#xD800;<"))
    made["a date without end"] = partial(book, HEAD + '<row r="2"><c r="A2" t="d"><v>99999-99-99</v></c></row>')
    made |= {f"workbook cut at {n} %": partial(lambda n: cut(book(), n / 100), n) for n in range(5, 100, 10)}
    made |= {f"workbook damaged {n}": partial(damaged, n) for n in range(20)}
    return made


def _csv() -> dict[str, Callable[[], bytes]]:
    head = b"kode,nama,jenis,opd,lintang,bujur,rencana tahun\n"
    row = b"A-1,x,OPD,DISKOMINFO,-0.9,114.8,"
    made: dict[str, Callable[[], bytes]] = {
        f"{size} MB of {what!r}": partial(lambda what, size: head + what * (size * MB // len(what)), what, size)
        for size in (1, 40)
        for what in (b",", b"\n", b'"', b"a", b'a"', b"\r", b"1,", b"\xff")
    }
    made |= {
        f"a number of {len(digits)} digits": partial(lambda digits: head + row + digits, digits)
        for digits in (b"9" * 5000, b"9" * 99_000, b"-" + b"9" * 401, b"1e999", b"9" * 401 + b".5")
    }
    made["a coordinate of 401 digits"] = lambda: head + b"A,x,OPD,DISKOMINFO," + b"9" * 401 + b",1e999,2024\n"
    made["a null"] = lambda: head + b"A\0,x\n"
    made["a cell too long"] = lambda: head + b"A," + b"x" * 100_001
    made["an open quote"] = lambda: head + b'A,"x\n' + b"B,y\n" * 20_000
    made["broken UTF-8"] = lambda: head + b"A,\xc3\x28\x81\n"
    made["half of UTF-16"] = lambda: (head + row).decode().encode("utf-16") + b"\0"
    made["UTF-16 with half a pair"] = lambda: head.decode().encode("utf-16") + b"A\0\0\xd8,\0"
    made["UTF-32"] = lambda: (head + row).decode().encode("utf-32")
    made["gzip"] = lambda: gzip.compress(head)
    made["too many columns"] = lambda: head + b"x," * 501 + b"\n"
    made["a million headings"] = lambda: b"kode,nama," * 500_000
    made["rows as wide as allowed"] = lambda: b"kode,nama" + b"," * 490 + b"\n" + (b"A" + b",zz" * 491 + b"\n") * 2000
    made["long rows"] = lambda: b"kode,nama" + b",x" * 9 + b"\n" + (b"A,b" + (b"," + b"y" * 99_000) * 9 + b"\n") * 40
    made["marks of direction"] = lambda: head + "A\u202eB,\u200b,OPD,\ufdfd\n".encode()
    made["controls"] = lambda: head + b"\x01\x02,\x1b[2J,\x7f\n"
    return made


def _geojson() -> dict[str, Callable[[], bytes]]:
    made: dict[str, Callable[[], bytes]] = {
        f"{depth} {name} in each other": partial(lambda b, e, n: around(b * n + b"1" + e * n), begin, end, depth)
        for depth in (500, 5_000, 1_000_000)
        for name, begin, end in (("lists", b"[", b"]"), ("objects", b'{"a":', b"}"))
    }
    made |= {
        f"the value {inner[:9]!r}": partial(around, inner)
        for inner in (
            b"NaN", b"-Infinity", b"1e999", b"9" * 5000, b"-" + b"9" * 401, b'"\\ud800"', b'"\\u0000"',
            b'{"a":1,"a":2}',
            b'"' + b"x" * (5 * MB) + b'"', b"01", b"'x'", b"", b"\xff", b"1}}]}garbage", b"1e-999",
        )
    }  # fmt: skip
    made |= {
        f"coordinates {number}": partial(point, *coordinates)
        for number, coordinates in enumerate(
            [(), (1,), ("1", "2"), (None, 1), (True, False), ([1], [2]), (10**400, 1), (1e308, 1e308), (1, 2, 3, 4)]
        )
    }
    tiny = b'{"type":"Feature","geometry":null,"properties":{}}'
    made |= {
        f"{count} tiny features": partial(
            lambda count: b'{"type":"FeatureCollection","features":[' + (tiny + b",") * count + tiny + b"]}", count
        )
        for count in (100_000, 300_000, 900_000)
    }
    made["too many properties"] = lambda: features(feature(None, **{f"p{n}": n for n in range(600)}))
    made["a property for each"] = lambda: features(
        *(feature(None, kode=f"A{n}", **{f"p{n}": n}) for n in range(60_000))
    )
    made["a property with a long name"] = lambda: features(feature(**{"p" * MB: 1}))
    made["a feature of a feature"] = lambda: features(features().decode(), feature())
    made["properties as a list"] = lambda: features({"type": "Feature", "geometry": None, "properties": [1]})
    made["UTF-16"] = lambda: features(feature()).decode().encode("utf-16")
    made |= {f"collection cut at {n} %": partial(lambda n: cut(point(1, 2), n / 100), n) for n in (10, 50, 90)}
    return made


def all_files() -> dict[str, Callable[[], Made]]:
    """Every file by what is wrong with it; its name says the format."""
    kinds = (("xlsx", _xlsx()), ("csv", _csv()), ("geojson", _geojson()))
    return {
        f"{suffix}: {what}": partial(lambda make, suffix: (f"berkas.{suffix}", make()), make, suffix)
        for suffix, made in kinds
        for what, make in made.items()
    }
