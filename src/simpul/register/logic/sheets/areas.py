"""Columns of areas; level and parent follow from the code."""

from __future__ import annotations

from simpul.register.logic.columns import Column, Holds, Sheet, spellings

_LEVELS = spellings(
    province="provinsi",
    regency="kabupaten,kota,kabupaten kota",
    district="kecamatan,distrik",
    village="desa,kelurahan,desa kelurahan,village or ward",
)

AREAS = Sheet(
    kind="areas",
    key=("code",),
    parts=("area",),
    columns=(
        Column("code", Holds.CODE, "area", "code, area code | kode, kode wilayah", needed=True, longest=13),
        Column("name", Holds.NAME, "area", "name, area name | nama, nama wilayah", needed=True, longest=120),
        Column("level", Holds.CHOICE, "area", "level | tingkat", derived=True, choices=_LEVELS),
        Column("parent", Holds.REFERENCE, "area", "in area | wilayah induk", derived=True, clears=True, to="area"),
    ),
)
