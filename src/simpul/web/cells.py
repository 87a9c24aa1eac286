"""Small pieces of HTML that lists and pages share. Every text that comes from people is escaped here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from simpul.web import figures
from simpul.web.lamps import STALLED, lamp_of

ICONS = "simpul/icons.svg"


def icon(name: str, size: str = "") -> SafeString:
    """A symbol of icons.svg, hidden from screen readers. `size` is a class: "" or "small"."""
    return format_html(
        '<svg class="icon{}" width="20" height="20" aria-hidden="true"><use href="{}#{}"/></svg>',
        f" {size}" if size else "",
        static(ICONS),
        name,
    )


def lamp(track: str, state: str) -> SafeString:
    """Shape, word and colour of one state of one track."""
    shown = lamp_of(track, state)
    return format_html(
        '<span class="lamp" data-tone="{}">{}<span class="word">{}</span></span>',
        shown.tone,
        icon(shown.icon),
        shown.word,
    )


def stalled(reason: str) -> SafeString:
    """The mark of a site that is held up, with the reason to read."""
    return format_html(
        '<span class="lamp" data-tone="held" title="{}">{}<span class="word">{}</span></span>',
        reason,
        icon("lamp-stalled"),
        STALLED,
    )


def chip(text: object, tone: str = "") -> SafeString:
    """A word in a pill; `tone` colours it (ok, warn, bad, held, info), the word carries the meaning."""
    return format_html('<span class="chip"{}>{}</span>', format_html(' data-tone="{}"', tone) if tone else "", text)


def link(text: object, url: str) -> SafeString:
    """A link."""
    return format_html('<a href="{}">{}</a>', url, text)


def text(value: object) -> SafeString:
    """Any value as escaped text."""
    return format_html("{}", value)


def mono(value: object) -> SafeString:
    """An address or a key, in a face where digits line up."""
    return format_html('<span class="mono">{}</span>', value)


def muted(value: object) -> SafeString:
    """What only some readers look for."""
    return format_html('<span class="muted">{}</span>', value)


def rupiah(value: Decimal | None) -> SafeString:
    """The exact amount on a desk, a short one on a phone."""
    return format_html(
        '<span class="wide-only">{}</span><span class="narrow-only">{}</span>',
        figures.rupiah(value),
        figures.rupiah_brief(value),
    )


def sub(text: object) -> SafeString:
    """A second, quieter line in a cell."""
    return format_html('<span class="sub">{}</span>', text) if text else SafeString("")


def day(value: date | datetime | None) -> SafeString | str:
    """A local day; the exact moment is in the attribute."""
    if value is None:
        return "–"
    return format_html('<time datetime="{}" class="nowrap">{}</time>', value.isoformat(), figures.day(value))


def moment(value: datetime | None) -> SafeString | str:
    """Day and minute in the local zone, the zone named."""
    if value is None:
        return "–"
    return format_html('<time datetime="{}" class="nowrap">{}</time>', value.isoformat(), figures.moment(value))


def share(parts: Sequence[tuple[int, str]]) -> SafeString:
    """A bar of (amount, tone) parts; tones: ok, warn, bad, held, accent, idle. Decoration: say the numbers too."""
    total = sum(amount for amount, _ in parts) or 1
    drawn: list[tuple[str, str, str]] = []
    start = 0.0
    for amount, tone in parts:
        width = 100 * amount / total
        drawn.append((tone, f"{start:.3f}", f"{width:.3f}"))
        start += width
    return format_html(
        '<svg class="share" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">{}</svg>',
        format_html_join("", '<rect class="{}" x="{}" width="{}" height="6"/>', drawn),
    )
