"""What a plan would do to everybody, as a page shows it: who gets less, who gets more, by how much, and the terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from simpul.traffic.logic.difference import GROUP, SAME, SITE
from simpul.traffic.models import PlanVersion
from simpul.traffic.service import Preview
from simpul.web import figures
from simpul.web.share_words import Names, changes_of, how_words, names_of, reason_lines

# A rounding of the last bits is nobody's gain.
NOTHING_BPS = 1_000


@dataclass(frozen=True, slots=True)
class Move:
    """One direction of a predicted rate, before and after; None: it is not there."""

    before: int | None
    after: int | None

    @property
    def by(self) -> int:
        """So much more, or less."""
        return (self.after or 0) - (self.before or 0)

    @property
    def moves(self) -> bool:
        """Whether anybody would notice."""
        return abs(self.by) >= NOTHING_BPS

    @property
    def said(self) -> str:
        """`+2,5 Mbps`, `−800 kbps`; empty where nothing moves."""
        if not self.moves:
            return ""
        return f"{'+' if self.by > 0 else '−'}{figures.rate_brief(abs(self.by))}"

    @property
    def was(self) -> str:
        """`12,5 Mbps →`, before the new rate; empty where nothing moves."""
        return f"{figures.rate_brief(self.before)} →" if self.moves else ""


@dataclass(frozen=True, slots=True)
class Mover:
    """A site or group whose rate moves; bar lengths in percent of the longest, as text for SVG."""

    code: str
    name: str
    kind: str
    down: Move
    up: Move
    keeps: str
    changes: str

    @property
    def gains(self) -> bool:
        """Whether it gets more, judged by the download, else by the upload."""
        return (self.down.by if self.down.moves else self.up.by) > 0

    @property
    def way(self) -> str:
        """`gain` or `loss`: the part of the bar that comes or goes."""
        return "gain" if self.down.by > 0 else "loss"


@dataclass(frozen=True, slots=True)
class Term:
    """A line of the plan that differs."""

    name: str
    kind: str
    how: str
    changes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """All of it. `mark` is that of the preview; `around` what differs besides the lines."""

    losers: Sequence[Mover]
    winners: Sequence[Mover]
    groups: Sequence[Mover]
    unmoved: int
    terms: Sequence[Term]
    around: Sequence[str]
    reasons: Sequence[str]
    mark: str = ""
    base: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all would change."""
        return not (self.terms or self.around)

    @property
    def headline(self) -> str:
        """`3 sites get less, 1 gets more, 34 stay as they are`."""
        less, more = len(self.losers), len(self.winners)
        return ", ".join(
            [
                ngettext("%(number)s site gets less", "%(number)s sites get less", less)
                % {"number": figures.number(less)},
                ngettext("%(number)s gets more", "%(number)s get more", more) % {"number": figures.number(more)},
                ngettext("%(number)s stays as it is", "%(number)s stay as they are", self.unmoved)
                % {"number": figures.number(self.unmoved)},
            ]
        )


def of_preview(found: Preview) -> Shown:
    """A plan that nobody has written down yet."""
    sites = [line for line in found.difference.lines if line.kind == SITE and line.rate_after is not None]
    moved = [line for line in sites if line.moves]
    unmoved = len(sites) - len(moved)
    return _shown(found.difference.to_data(), unmoved, reason_lines(found.reasons), found.mark, found.base)


def of_version(version: PlanVersion) -> Shown:
    """A plan as it was written down with what it changed then."""
    lines = version.difference.get("lines", [])
    moved = {line["name"] for line in lines if line["kind"] == SITE}
    parents = {node.get("parent") for node in version.document["nodes"]}
    leaves = {node["name"] for node in version.document["nodes"]} - parents
    return _shown(version.difference, len(leaves - moved), [], "", version.base)


def _shown(data: Mapping[str, Any], unmoved: int, reasons: Sequence[str], mark: str, base: int) -> Shown:
    lines = data.get("lines", [])
    names = names_of(line["name"] for line in lines)
    pairs = [(line, _move(line, "down"), _move(line, "up")) for line in lines if line["kind"] in (SITE, GROUP)]
    moving = [(line, down, up) for line, down, up in pairs if down.moves or up.moves]
    longest = {
        kind: max((m.before or 0, m.after or 0) for line, m, _up in moving if line["kind"] == kind)
        for kind in {line["kind"] for line, _down, _up in moving}
    }
    movers = [_mover(line, down, up, names, max(longest[line["kind"]])) for line, down, up in moving]
    movers.sort(key=lambda each: (each.down.by, each.up.by))
    sites = [each for each in movers if each.kind == SITE]
    return Shown(
        losers=[each for each in sites if not each.gains],
        winners=[each for each in reversed(sites) if each.gains],
        groups=[each for each in movers if each.kind == GROUP],
        unmoved=unmoved + sum(line["kind"] == SITE for line, _d, _u in pairs) - len(sites),
        terms=[
            Term(names[line["name"]], _kind(line["kind"]), how_words(line["how"]), _changes(line))
            for line in lines
            if line["how"] != SAME
        ],
        around=[
            f"{_around(name)}: {' '.join(both['before']) or '–'} → {' '.join(both['after']) or '–'}"
            for name, both in data.get("around", {}).items()
        ],
        reasons=reasons,
        mark=mark,
        base=base,
    )


def _move(line: Mapping[str, Any], way: str) -> Move:
    before, after = line["rate_before"], line["rate_after"]
    return Move(before and before[way], after and after[way])


def _mover(line: Mapping[str, Any], down: Move, up: Move, names: Names, longest: int) -> Mover:
    low, high = sorted((down.before or 0, down.after or 0))
    return Mover(
        code=line["name"],
        name=names[line["name"]],
        kind=line["kind"],
        down=down,
        up=up,
        keeps=_part(low, longest),
        changes=_part(high - low, longest),
    )


def _part(rate: int, longest: int) -> str:
    """As an SVG length; text, because a page would write 12.5 as 12,5."""
    return f"{100 * rate / longest:.2f}" if longest else "0"


def _changes(line: Mapping[str, Any]) -> list[str]:
    return changes_of(line) if line["how"] == "changed" else []


def _kind(kind: str) -> str:
    return {"site": _("site"), "group": _("group"), "uplink": _("way out")}.get(kind, kind)


def _around(name: str) -> str:
    return {"lan": _("port inwards"), "protected": _("always passes")}.get(name, name)
