"""Numbers, money, rates and times as people here write them: `1.234,5`, `Rp2,50 miliar`, `150 Mbps`, `09.12 WIB`."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone
from django.utils.formats import date_format, get_format, number_format
from django.utils.translation import get_language, gettext, ngettext

from simpul.kit.rates import format_rate

BILLION = Decimal(10) ** 9
MILLION = Decimal(10) ** 6
LONG_AGO_DAYS = 90


def number(value: int | float | Decimal | None, decimals: int | None = None) -> str:
    """`1.234,5`; a dash for nothing."""
    if value is None:
        return "–"
    if decimals is not None:  # Django cuts the rest off instead of rounding it
        value = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return number_format(value, decimal_pos=decimals, use_l10n=True, force_grouping=True)


def plain(value: Decimal) -> str:
    """A quantity without the zeros the database adds: 12.00 -> `12`, 0.50 -> `0,5`."""
    return number(value.normalize() if value % 1 else value.to_integral_value())


def rupiah(value: Decimal | int | None) -> str:
    """`Rp1.250.000.000`; cents only where there are any."""
    if value is None:
        return "–"
    amount = Decimal(value)
    return f"Rp{number(amount, 2 if amount % 1 else 0)}"


def rupiah_short(value: Decimal | int | None) -> str:
    """`Rp1,25 miliar`: for key figures; the exact amount stands in the table."""
    if value is None:
        return "–"
    amount = Decimal(value)
    if amount >= BILLION:
        return gettext("Rp%(amount)s billion") % {"amount": number(amount / BILLION, 2)}
    if amount >= MILLION:
        return gettext("Rp%(amount)s million") % {"amount": number(amount / MILLION, 1)}
    return rupiah(amount)


def rupiah_brief(value: Decimal | int | None) -> str:
    """`Rp731,9 jt`: for a phone's narrow columns; the exact amount stands in the file and on a desk."""
    if value is None:
        return "–"
    amount = Decimal(value)
    if amount >= BILLION:
        return gettext("Rp%(amount)sbn") % {"amount": number(amount / BILLION, 2)}
    if amount >= MILLION:
        return gettext("Rp%(amount)sm") % {"amount": number(amount / MILLION, 1)}
    return rupiah(amount)


def rate(bits_per_second: int | None) -> str:
    """`150 Mbps`; a dash for an unknown rate."""
    if bits_per_second is None:
        return "–"
    return format_rate(bits_per_second, str(get_format("DECIMAL_SEPARATOR")))


def rate_brief(bits_per_second: float | None) -> str:
    """`182 Mbps`, `1,62 Gbps`: three digits, for what changes every second; a dash for an unknown rate."""
    if bits_per_second is None:
        return "–"
    for unit, size in (("Gbps", 10**9), ("Mbps", 10**6), ("kbps", 10**3)):
        # What would be written as 1,000 of a unit is one of the next.
        if bits_per_second >= 0.9995 * size:
            value = Decimal(bits_per_second / size)
            return f"{number(value, max(0, 2 - int(value >= 10) - int(value >= 100)))} {unit}"
    return f"{number(round(bits_per_second))} bps"


def day(value: date | datetime | None) -> str:
    """`9 Mar 2023`, in the local zone."""
    if value is None:
        return "–"
    local = timezone.localtime(value) if isinstance(value, datetime) else value
    return date_format(local, "j M Y")


def clock(value: datetime) -> str:
    """`09.12` in Indonesian, `09:12` in English."""
    return date_format(timezone.localtime(value), "H.i" if get_language() == "id" else "H:i")


def moment(value: datetime | None) -> str:
    """`9 Mar 2023, 09.12 WIB`."""
    if value is None:
        return "–"
    return f"{day(value)}, {clock(value)} {timezone.localtime(value).tzname()}"


def days_left(last_day: date, today: date) -> str:
    """How long something lasts still, in words: `42 days left`, `last day`, `ended 3 days ago`, `ended in 2018`."""
    left = (last_day - today).days
    if left == 0:
        return gettext("today is the last day")
    if left < -LONG_AGO_DAYS:
        return gettext("ended in %(year)s") % {"year": last_day.year}
    if left < 0:
        return ngettext("ended %(days)s day ago", "ended %(days)s days ago", -left) % {"days": number(-left)}
    return ngettext("%(days)s day left", "%(days)s days left", left) % {"days": number(left)}
