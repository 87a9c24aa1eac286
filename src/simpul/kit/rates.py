"""Rates in layer-2 bit/s and the way people write them: `10M`, `1.5G`, `1,5G`, `500 Mbps`."""

from __future__ import annotations

import re

_FACTOR = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_SPACE = r"[\s\u00a0\u202f]*"
# No rate has more digits, and Python refuses to read thousands of them.
_NUMBER = r"([0-9]{1,20}(?:[.,][0-9]{1,20})?)"
_WRITTEN = re.compile(rf"{_NUMBER}{_SPACE}([KMGT]?)(?:bit/s|bps|bit)?", re.IGNORECASE | re.ASCII)
# A capital B counts bytes, eight times as much; and 1.500 is one and a half to some, fifteen hundred to others.
_BYTES = re.compile(rf"{_NUMBER}{_SPACE}([KMGTkmgt]?)B(?:ps|PS|/[sS])?", re.ASCII)
_TWO_WAYS = re.compile(r"([1-9][0-9]{0,2})[.,]([0-9]{3})")


class NotARate(ValueError):
    """`why` follows what was written: what is wrong with it, and what to write."""

    def __init__(self, text: str, why: str) -> None:
        super().__init__(f'"{text}" {why}')
        self.why = why


def parse_rate(text: str | int) -> int:
    """`"10M"` -> 10_000_000 bit/s.

    Raises NotARate for what is none, is less than 1 bit/s but not 0, counts bytes, or can be read in two ways.
    """
    if isinstance(text, int):
        return text
    written = text.strip()
    match, of_bytes = _WRITTEN.fullmatch(written), _BYTES.fullmatch(written)
    if of_bytes is not None:
        number, unit = of_bytes.groups()
        bits = f"{number}{unit.upper()}bps"
        raise NotARate(text, f"counts bytes (B); rates are in bits. Write {bits}, or eight times that")
    if match is None:
        raise NotARate(text, "is not a rate. Write for example 10M, 1.5G or a number of bit/s")
    number, unit = match.groups()
    unclear = _TWO_WAYS.fullmatch(number)
    if unclear is not None:
        whole, fraction = unclear.groups()
        short = f"{whole}.{fraction}".rstrip("0").rstrip(".")
        if short == f"{whole}.{fraction}":
            short += "0"
        raise NotARate(text, f"can be read in two ways. Write {whole}{fraction}{unit} or {short}{unit}")
    whole, _, fraction = number.replace(",", ".").partition(".")
    factor = _FACTOR[unit.upper()]
    rate = int(whole) * factor + (int(fraction) * factor // 10 ** len(fraction) if fraction else 0)
    # Nobody who writes a little means nothing.
    if not rate and number.strip("0.,"):
        raise NotARate(text, "is less than 1 bit/s. Write 0 or a greater rate")
    return rate


def format_rate(bits_per_second: int, decimal: str = ".") -> str:
    """1_500_000_000 -> `1.5 Gbps`; at most two decimals, none when they are zero."""
    for unit in ("T", "G", "M", "K"):
        if abs(bits_per_second) >= _FACTOR[unit]:
            value = f"{bits_per_second / _FACTOR[unit]:.2f}".rstrip("0").rstrip(".")
            return f"{value.replace('.', decimal)} {'k' if unit == 'K' else unit}bps"
    return f"{bits_per_second} bps"
