"""Columns of what can be written to a file and not read from one yet."""

from __future__ import annotations

from simpul.register.logic.columns import Column, Holds, Sheet

_OWNED = (
    Column("owner", Holds.REFERENCE, "", "owner | pemilik", to="organisation"),
    Column("operator", Holds.REFERENCE, "", "operator | pengelola", to="organisation"),
    Column("contract_line", Holds.REFERENCE, "", "contract line | rincian kontrak, item kontrak", to="contract_line"),
    Column("is_sample", Holds.TRUTH, "", "sample data | data contoh"),
)


def _sheet(kind: str, *columns: Column) -> Sheet:
    return Sheet(kind, (columns[0].name,), ("",), columns)


ORGANISATIONS = _sheet(
    "organisations",
    Column("code", Holds.CODE, "", "code | kode"),
    Column("name", Holds.TEXT, "", "name | nama"),
    Column("short_name", Holds.TEXT, "", "short name | nama singkat"),
    Column("kind", Holds.CHOICE, "", "kind | jenis"),
    Column("phone", Holds.TEXT, "", "telephone | telepon"),
    Column("email", Holds.TEXT, "", "e-mail | surel"),
    Column("address", Holds.TEXT, "", "address | alamat"),
    Column("note", Holds.TEXT, "", "note | catatan"),
    Column("is_sample", Holds.TRUTH, "", "sample data | data contoh"),
)
DEVICES = _sheet(
    "devices",
    Column("code", Holds.CODE, "", "code | kode"),
    Column("name", Holds.TEXT, "", "name | nama"),
    Column("kind", Holds.CHOICE, "", "kind | jenis"),
    Column("site", Holds.REFERENCE, "", "site | titik", to="site"),
    Column("maker", Holds.TEXT, "", "maker | pembuat"),
    Column("model", Holds.TEXT, "", "model | model"),
    Column("serial", Holds.CODE, "", "serial number | nomor seri"),
    Column("address", Holds.CODE, "", "management address | alamat pengelolaan"),
    Column("note", Holds.TEXT, "", "note | catatan"),
    *_OWNED,
)
CIRCUITS = _sheet(
    "circuits",
    Column("code", Holds.CODE, "", "code | kode"),
    Column("kind", Holds.CHOICE, "", "kind | jenis"),
    Column("provider", Holds.REFERENCE, "", "provider | penyedia", to="organisation"),
    Column("service_number", Holds.CODE, "", "service number | nomor layanan"),
    Column("site_a", Holds.REFERENCE, "", "end A | ujung A", to="site"),
    Column("site_b", Holds.REFERENCE, "", "end B | ujung B", to="site"),
    Column("handoff_a", Holds.TEXT, "", "hand-off at A | titik serah A"),
    Column("handoff_b", Holds.TEXT, "", "hand-off at B | titik serah B"),
    Column("cir_bps", Holds.RATE, "", "guaranteed rate | kecepatan terjamin"),
    Column("length_m", Holds.WHOLE, "", "length (m) | panjang (m)"),
    Column("note", Holds.TEXT, "", "note | catatan"),
    *_OWNED,
)
LINKS = _sheet(
    "links",
    Column("code", Holds.CODE, "", "code | kode"),
    Column("device_a", Holds.REFERENCE, "", "device A | perangkat A", attribute="interface_a__device", to="device"),
    Column("interface_a", Holds.CODE, "", "port A | port A", attribute="interface_a__name"),
    Column("device_b", Holds.REFERENCE, "", "device B | perangkat B", attribute="interface_b__device", to="device"),
    Column("interface_b", Holds.CODE, "", "port B | port B", attribute="interface_b__name"),
    Column("circuit", Holds.REFERENCE, "", "circuit | sirkit", to="circuit"),
    Column("capacity_bps", Holds.RATE, "", "capacity | kapasitas"),
    Column("is_planned", Holds.TRUTH, "", "planned | rencana"),
    *_OWNED,
)
UPLINKS = _sheet(
    "uplinks",
    Column("code", Holds.CODE, "", "code | kode"),
    Column("name", Holds.TEXT, "", "name | nama"),
    Column("provider", Holds.REFERENCE, "", "provider | penyedia", to="organisation"),
    Column("service_number", Holds.CODE, "", "service number | nomor layanan"),
    Column("device", Holds.REFERENCE, "", "device | perangkat", attribute="interface__device", to="device"),
    Column("interface", Holds.CODE, "", "port | port", attribute="interface__name"),
    Column("down_bps", Holds.RATE, "", "download | unduh"),
    Column("up_bps", Holds.RATE, "", "upload | unggah"),
    *_OWNED,
)
PREFIXES = _sheet(
    "prefixes",
    Column("cidr", Holds.CODE, "", "prefix | blok alamat"),
    Column("purpose", Holds.CHOICE, "", "purpose | kegunaan"),
    Column("site", Holds.REFERENCE, "", "site | titik", to="site"),
    Column("vlan", Holds.WHOLE, "", "VLAN | VLAN"),
    Column("note", Holds.TEXT, "", "note | catatan"),
    Column("is_sample", Holds.TRUTH, "", "sample data | data contoh"),
)
CAMERAS = _sheet(
    "cameras",
    Column("code", Holds.CODE, "", "code | kode"),
    Column("name", Holds.TEXT, "", "name | nama"),
    Column("site", Holds.REFERENCE, "", "site | titik", to="site"),
    Column("address", Holds.CODE, "", "address | alamat"),
    Column("latitude", Holds.LATITUDE, "", "latitude | lintang"),
    Column("longitude", Holds.LONGITUDE, "", "longitude | bujur"),
    Column("is_public", Holds.TRUTH, "", "open to the public | terbuka untuk publik"),
    *_OWNED,
)
APPLICATIONS = _sheet(
    "applications",
    Column("code", Holds.CODE, "", "code | kode"),
    Column("name", Holds.TEXT, "", "name | nama"),
    Column("organisation", Holds.REFERENCE, "", "organisation | organisasi", to="organisation"),
    Column("url", Holds.TEXT, "", "address | alamat"),
    Column("site", Holds.REFERENCE, "", "hosted at | ditempatkan di", to="site"),
    *_OWNED,
)
ELEMENTS = (ORGANISATIONS, DEVICES, CIRCUITS, LINKS, UPLINKS, PREFIXES, CAMERAS, APPLICATIONS)
