"""`{% load simpul %}`: icons, lamps, numbers, money, rates and times."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django import template
from django.utils.safestring import SafeString

from simpul.web import cells, figures

register = template.Library()


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """`{% icon "map-pin" %}`, `{% icon "x" "small" %}`: decoration only; say the same in words beside it."""
    return cells.icon(name, size)


@register.simple_tag
def lamp(track: str, state: str) -> SafeString:
    """`{% lamp "network" status.network %}`: shape, word and colour of one state."""
    return cells.lamp(track, state)


@register.simple_tag
def chip(text: str, tone: str = "") -> SafeString:
    """`{% chip "text" "warn" %}`."""
    return cells.chip(text, tone)


@register.simple_tag
def share(*parts: object) -> SafeString:
    """`{% share 38 "ok" 4 "warn" 2 "idle" %}`: a bar in parts; the numbers stand beside it as text."""
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return cells.share([(int(str(amount)), str(tone)) for amount, tone in pairs])


@register.filter
def day(value: date | datetime | None) -> SafeString | str:
    """`9 Mar 2023` as a <time>."""
    return cells.day(value)


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """`9 Mar 2023, 09.12 WIB` as a <time>."""
    return cells.moment(value)


@register.filter
def clock(value: datetime) -> str:
    """`09.12` in Indonesian, `09:12` in English."""
    return figures.clock(value)


@register.filter
def degrees(value: float | None) -> str:
    """`-0,94690`: a latitude or longitude in the reader's writing."""
    return figures.number(value, 5)


@register.filter
def number(value: int | float | Decimal | None) -> str:
    """`1.234`."""
    return figures.number(value)


@register.filter
def quantity(value: Decimal) -> str:
    """`12`, `0,5`."""
    return figures.plain(value)


@register.filter
def rate(value: int | None) -> str:
    """bit/s -> `150 Mbps`."""
    return figures.rate(value)


@register.filter
def rate_brief(value: float | None) -> str:
    """bit/s that change every second -> `12,3 Mbps`."""
    return figures.rate_brief(value)


@register.filter
def rupiah_cell(value: Decimal | None) -> SafeString:
    """`Rp1.250.000`, on a phone `Rp1,3 jt`."""
    return cells.rupiah(value)


@register.filter
def rupiah(value: Decimal | int | None) -> str:
    """`Rp1.250.000`."""
    return figures.rupiah(value)


@register.filter
def rupiah_short(value: Decimal | int | None) -> str:
    """`Rp1,25 miliar`."""
    return figures.rupiah_short(value)


@register.filter
def year(value: int | None) -> str:
    """A year is no quantity: `2023`, never `2.023`."""
    return "" if value is None else str(value)
