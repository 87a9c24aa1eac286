"""Single values of a plan file: each is read strictly and refused by its place, with what to write instead."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from simpul.kit.rates import NotARate, parse_rate
from simpul.kit.sections import close_to
from simpul.traffic.logic.document import PlanError
from simpul.traffic.logic.plan import Network, Rates

FASTEST = 100 * 10**12  # 100 Tbit/s; sums of thousands of such rates are still exact in double precision
LONGEST_NAME = 100
LIGHTEST, HEAVIEST = 1e-6, 1e6
HIGHEST_TIER = 1000
_DEVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,14}")  # what Linux allows and no tool has to quote
_LONGEST_SHOWN = 60


def shown(value: object) -> str:
    """A wrong value as it is quoted in an error: short and printable, whatever it is."""
    if isinstance(value, str):
        cut = value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}..."
        return f'"{cut}"' if cut.isprintable() else ascii(cut)
    kinds: tuple[tuple[type, str], ...] = ((dict, "a mapping"), (list, "a list"), (type(None), "nothing"))
    for kind, name in kinds:
        if isinstance(value, kind):
            return name
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) > 10**30:
        return "a number of more than 30 digits"
    return str(value) if isinstance(value, int | float) else f"a {type(value).__name__}"


def mapping(value: Any, place: str, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Any]:
    """A mapping that has the required keys and no unknown ones."""
    if not isinstance(value, dict):
        raise PlanError(f"{place}: {shown(value)} is not a mapping. Write {_spelt(required)}")
    known = (*required, *optional)
    for key in value:
        if key not in known:
            raise PlanError(f"{place}: there is no key {shown(key)}{close_to(str(key)[:_LONGEST_SHOWN], known)}")
    for key in required:
        if key not in value:
            raise PlanError(f'{place}: "{key}" is missing. Write {_spelt(required)}')
    return value


def items(value: Any, place: str) -> list[Any]:
    """A list; None (a key with nothing behind it) is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise PlanError(f"{place}: {shown(value)} is not a list. Write [...], or one line with a dash for each")
    return value


def each(value: Any, place: str, read: Callable[[Any, str], Any]) -> tuple[Any, ...]:
    """Every item of a list by one reader; an item twice is refused."""
    found: dict[Any, int] = {}
    for index, item in enumerate(items(value, place)):
        got = read(item, f"{place}[{index}]")
        if got in found:
            raise PlanError(f"{place}[{index}]: {shown(str(got))} stands there twice. Keep one of the two")
        found[got] = index
    return tuple(found)


def name(value: Any, place: str) -> str:
    """A name: one line of text. A code of digits may stand without quotes."""
    if type(value) is int and 0 <= value <= 10**30:
        return str(value)
    if not isinstance(value, str):
        raise PlanError(f"{place}: {shown(value)} is not a name. Write a text, in quotes if it looks like a number")
    if not value.strip() or value != value.strip() or len(value) > LONGEST_NAME or not value.isprintable():
        raise PlanError(f"{place}: {shown(value)} is no name. Write 1 to {LONGEST_NAME} characters on one line")
    return value


def device(value: Any, place: str) -> str:
    """The name of a network interface."""
    if not isinstance(value, str) or _DEVICE.fullmatch(value) is None:
        raise PlanError(f"{place}: {shown(value)} is no name of a network interface. Write for example eth0")
    return value


def address(value: Any, place: str) -> str:
    """An IP address."""
    try:
        if isinstance(value, str) and "%" not in value:
            return str(ipaddress.ip_address(value.strip()))
    except ValueError:
        pass
    raise PlanError(f"{place}: {shown(value)} is no IP address. Write for example 192.0.2.1 or 2001:db8::1")


def prefix(value: Any, place: str) -> Network:
    """`192.0.2.0/24` or `2001:db8::/48`."""
    if not isinstance(value, str) or "%" in value or "/" not in value:
        raise PlanError(f"{place}: {shown(value)} is no prefix. Write for example 192.0.2.0/24 or 2001:db8::/48")
    text = value.strip()
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        try:
            meant = ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise PlanError(
                f"{place}: {shown(value)} is no prefix. Write for example 192.0.2.0/24 or 2001:db8::/48"
            ) from None
        raise PlanError(f"{place}: {shown(value)} has bits set behind its length. Write {meant}") from None


def rate(value: Any, place: str, *, least: int = 0) -> int:
    """A rate in bit/s: `10M`, `1.5G` or a number."""
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    if type(value) is not int and not (isinstance(value, str) and len(value) <= _LONGEST_SHOWN):
        raise PlanError(f"{place}: {shown(value)} is not a rate. Write for example 10M, 1.5G or a number of bit/s")
    try:
        found = parse_rate(value)
    except NotARate as error:
        raise PlanError(f"{place}: {shown(value)} {error.why}") from None
    if not least <= found <= FASTEST:
        low = "0" if least == 0 else f"{least} bit/s"
        raise PlanError(f"{place}: {shown(value)} is outside {low} to 100T. Write for example 10M")
    return found


def rates(value: Any, place: str) -> Rates:
    """One value for both directions, or `{down, up}`."""
    if not isinstance(value, dict):
        both = rate(value, place)
        return Rates(both, both)
    given = mapping(value, place, ("down", "up"))
    return Rates(rate(given["down"], f"{place}, down"), rate(given["up"], f"{place}, up"))


def weight(value: Any, place: str) -> float:
    """A positive number."""
    if type(value) not in (int, float) or not LIGHTEST <= value <= HEAVIEST:
        raise PlanError(f"{place}: {shown(value)} is no weight. Write a number from {LIGHTEST:f} to {HEAVIEST:.0f}")
    return float(value)


def whole(value: Any, place: str, low: int, high: int) -> int:
    """A whole number in a range."""
    if type(value) is not int or not low <= value <= high:
        raise PlanError(f"{place}: {shown(value)} is not a whole number from {low} to {high}. Write one of these")
    return value


def _spelt(required: Sequence[str]) -> str:
    return ", ".join(f"{key}: ..." for key in required)
