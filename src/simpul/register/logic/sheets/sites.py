"""Columns of sites."""

from __future__ import annotations

from simpul.register.logic.columns import Column, Holds, Sheet, spellings

_SITE_KINDS = spellings(
    opd="agency office,kantor opd,perangkat daerah,opd perangkat daerah",
    district_office="kecamatan,kantor kecamatan,kantor camat,district",
    public_space="ruang publik,ruang terbuka,public",
    pop="point of presence,titik distribusi,simpul",
    village="desa,kelurahan,desa kelurahan,kantor desa",
)
_MEDIA = spellings(
    own_fibre="own fiber,fiber,fibre,fo,serat optik sendiri,serat optik,fiber optik,fiber optic,milik sendiri",
    leased="leased circuit,sewa,sirkuit sewa,sirkit sewa,jaringan sewa,penyedia",
    radio="wireless,nirkabel,radio link",
    vsat="satellite,satelit",
)
_POSITIONS = spellings(
    surveyed="hasil survei,survei,disurvei,gps",
    sample="sample position,lokasi contoh,contoh",
    unknown="belum diketahui,tidak diketahui,tidak ada",
)

SITES = Sheet(
    kind="sites",
    key=("code",),
    parts=("site",),
    columns=(
        Column(
            "code",
            Holds.CODE,
            "site",
            "code, site code | kode, kode titik, kode lokasi, id lokasi",
            needed=True,
            longest=40,
        ),
        Column(
            "name",
            Holds.NAME,
            "site",
            "name, site name | nama, nama lokasi, nama titik",
            needed=True,
            longest=200,
        ),
        Column(
            "kind",
            Holds.CHOICE,
            "site",
            "kind, type, site kind | jenis, jenis lokasi, kategori",
            needed=True,
            choices=_SITE_KINDS,
        ),
        Column(
            "organisation",
            Holds.REFERENCE,
            "site",
            "organisation, organization, agency, user | organisasi, opd, perangkat daerah, instansi, pengguna",
            needed=True,
            to="organisation",
        ),
        Column("area", Holds.REFERENCE, "site", "area code, area | kode wilayah, wilayah", clears=True, to="area"),
        Column(
            "medium", Holds.CHOICE, "site", "joined by, medium | sambungan, media, tersambung lewat", choices=_MEDIA
        ),
        Column("latitude", Holds.LATITUDE, "site", "latitude, lat | lintang, garis lintang", clears=True),
        Column("longitude", Holds.LONGITUDE, "site", "longitude, lon, lng, long | bujur, garis bujur", clears=True),
        Column(
            "point",
            Holds.POINT,
            "site",
            "coordinates, coordinate, lat lon, lat lng | koordinat, titik koordinat, lintang bujur",
        ),
        Column(
            "position",
            Holds.CHOICE,
            "site",
            "position is, position | ketelitian posisi, posisi, status posisi",
            choices=_POSITIONS,
        ),
        Column("address", Holds.TEXT, "site", "address | alamat", clears=True, longest=300),
        Column(
            "space_type",
            Holds.TEXT,
            "site",
            "type of public space | jenis ruang publik, tipe ruang publik",
            clears=True,
            longest=60,
        ),
        Column(
            "opening_hours",
            Holds.TEXT,
            "site",
            "opening hours, hours | jam buka, jam operasional",
            clears=True,
            longest=120,
        ),
        Column(
            "has_hotspot",
            Holds.TRUTH,
            "site",
            "public wi fi, hotspot, public wifi | wi fi publik, wifi publik, hotspot publik",
        ),
        Column(
            "planned_year",
            Holds.WHOLE,
            "site",
            "planned for, planned year | rencana tahun, tahun rencana",
            clears=True,
            low=1990,
            high=2100,
        ),
        Column("owner", Holds.REFERENCE, "site", "owner | pemilik", to="organisation"),
        Column(
            "operator",
            Holds.REFERENCE,
            "site",
            "operator, repaired by | pengelola, operator pengelola, diperbaiki oleh",
            to="organisation",
        ),
        Column(
            "contract_line",
            Holds.REFERENCE,
            "site",
            "contract line | rincian kontrak, item kontrak, baris kontrak",
            clears=True,
            to="contract_line",
        ),
        Column("note", Holds.TEXT, "site", "note, remark, remarks | catatan, keterangan", clears=True),
        Column("is_sample", Holds.TRUTH, "site", "sample data | data contoh"),
    ),
)
