"""Rates in layer-2 bit/s and the way people write them: `10M`, `1.5G`, `1,5G`."""

from __future__ import annotations

import re

_FACTOR = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_WRITTEN = re.compile(r"(\d+(?:[.,]\d+)?)\s*([KMGT]?)(?:bit/s|bps|bit)?", re.IGNORECASE)


def parse_rate(text: str | int) -> int:
    """`"10M"` -> 10_000_000 bit/s. Raises ValueError that quotes what was written."""
    if isinstance(text, int):
        return text
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'"{text}" is not a rate; write for example 10M, 1.5G or a number of bit/s')
    number, unit = match.groups()
    whole, _, fraction = number.replace(",", ".").partition(".")
    factor = _FACTOR[unit.upper()]
    return int(whole) * factor + (int(fraction) * factor // 10 ** len(fraction) if fraction else 0)


def format_rate(bits_per_second: int, decimal: str = ".") -> str:
    """1_500_000_000 -> `1.5 Gbps`; at most two decimals, none when they are zero."""
    for unit in ("T", "G", "M", "K"):
        if abs(bits_per_second) >= _FACTOR[unit]:
            value = f"{bits_per_second / _FACTOR[unit]:.2f}".rstrip("0").rstrip(".")
            return f"{value.replace('.', decimal)} {'k' if unit == 'K' else unit}bps"
    return f"{bits_per_second} bps"
