"""Columns of contracts: a row per line, the contract's own columns repeated."""

from __future__ import annotations

from simpul.register.logic.columns import Column, Holds, Sheet, spellings

_LINE_KINDS = spellings(
    fibre="fiber,serat optik,fiber optik,fiber optic,fo,jaringan serat optik",
    bandwidth="internet,internet bandwidth,bandwidth internet,lebar pita",
    cctv="cameras,kamera,kamera cctv,camera",
    streaming="camera streaming,streaming cctv,streaming kamera",
)

CONTRACTS = Sheet(
    kind="contracts",
    key=("contract", "line"),
    parts=("contract", "line"),
    columns=(
        Column(
            "contract",
            Holds.NUMBER,
            "contract",
            "contract number, contract, contract no | nomor kontrak, kontrak, no kontrak, nomor spk, no spk",
            attribute="code",
            needed=True,
            longest=80,
        ),
        Column(
            "title",
            Holds.NAME,
            "contract",
            "title, contract title | judul, judul kontrak, nama kontrak, nama paket, paket",
            needed=True,
            longest=200,
        ),
        Column(
            "provider",
            Holds.REFERENCE,
            "contract",
            "provider, vendor | penyedia, vendor penyedia, rekanan",
            needed=True,
            to="organisation",
        ),
        Column(
            "signed_on",
            Holds.DATE,
            "contract",
            "signed on, signed, date of signature | tanggal tanda tangan, tanggal kontrak, tanggal spk",
            needed=True,
        ),
        Column(
            "contract_starts_on",
            Holds.DATE,
            "contract",
            "contract first day, contract start | mulai kontrak, kontrak mulai, tanggal mulai kontrak",
            attribute="starts_on",
            needed=True,
        ),
        Column(
            "contract_ends_on",
            Holds.DATE,
            "contract",
            "contract last day, contract end | akhir kontrak, kontrak berakhir, tanggal akhir kontrak",
            attribute="ends_on",
            needed=True,
        ),
        Column(
            "budget_year", Holds.WHOLE, "contract", "budget year | tahun anggaran", needed=True, low=1990, high=2100
        ),
        Column(
            "contract_note", Holds.TEXT, "contract", "contract note | catatan kontrak", attribute="note", clears=True
        ),
        Column(
            "line",
            Holds.WHOLE,
            "line",
            "line, line number, item, line no | rincian, nomor rincian, item, nomor item, no item, baris",
            attribute="number",
            needed=True,
            low=1,
            high=32767,
        ),
        Column(
            "kind",
            Holds.CHOICE,
            "line",
            "kind, type | jenis, jenis item, jenis layanan",
            needed=True,
            choices=_LINE_KINDS,
        ),
        Column(
            "description", Holds.TEXT, "line", "description | uraian, deskripsi, uraian item", needed=True, longest=300
        ),
        Column(
            "quantity",
            Holds.DECIMAL,
            "line",
            "quantity, count, volume | jumlah, volume pekerjaan, banyaknya, kuantitas",
            needed=True,
            places=2,
            digits=14,
        ),
        Column("unit", Holds.TEXT, "line", "unit | satuan", needed=True, longest=40),
        Column(
            "cir_bps",
            Holds.RATE,
            "line",
            "guaranteed rate, cir, rate, bandwidth | kecepatan terjamin, kecepatan, bandwidth cir, kapasitas",
            clears=True,
        ),
        Column(
            "unit_price",
            Holds.MONEY,
            "line",
            "price per unit, unit price | harga satuan, harga per satuan",
            needed=True,
            places=2,
            digits=16,
        ),
        Column("starts_on", Holds.DATE, "line", "first day, line first day, start | mulai, tanggal mulai, mulai item"),
        Column(
            "ends_on", Holds.DATE, "line", "last day, line last day, end | akhir, tanggal akhir, akhir item, selesai"
        ),
        Column(
            "budget_line",
            Holds.NUMBER,
            "line",
            "budget line, budget code | kode rekening, mata anggaran, rekening belanja",
            needed=True,
            longest=40,
        ),
        Column("is_sample", Holds.TRUTH, "contract", "sample data | data contoh"),
    ),
)
