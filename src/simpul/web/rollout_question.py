"""What the address of the roll-out board asks for: a day, a kind of site, a state, an order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from simpul.register.logic.rollout import CUT_OFF, ON, SiteStatus
from simpul.register.models import Site

Text = str | Promise

STATES: dict[str, tuple[Text, Callable[[SiteStatus], bool]]] = {
    "joined": (_("joined"), lambda status: status.joined),
    "online": (_("with internet"), lambda status: status.internet == ON),
    "offline": (_("joined, without internet"), lambda status: status.joined and status.internet != ON),
    "waiting": (_("not joined"), lambda status: not status.joined),
    "stalled": (_("stalled"), lambda status: status.stalled_since is not None),
    "cut_off": (_("internet cut off"), lambda status: status.internet == CUT_OFF),
}

HEADS: dict[str, Text] = {
    "name": _("Site"),
    "network": _("Network"),
    "internet": _("Internet"),
    "stalled": _("Stalled"),
    "handed": _("Handed over"),
}
# What a phone has no room for as a column; it stands in the site's cell there.
WIDE_HEADS = ("stalled", "handed")

SORTS: dict[str, Callable[[SiteStatus], Any]] = {
    "name": lambda status: status.name.casefold(),
    "network": lambda status: (not status.joined, _moment(status.network_since), status.name.casefold()),
    "internet": lambda status: (status.internet != ON, _moment(status.internet_since), status.name.casefold()),
    "stalled": lambda status: (status.stalled_since is None, _moment(status.stalled_since), status.name.casefold()),
    "handed": lambda status: (status.handed_over_at is None, _moment(status.handed_over_at), status.name.casefold()),
}


@dataclass(frozen=True, slots=True)
class Question:
    """Already made sensible; `problem` says what of it was not."""

    path: str
    at: date
    today: date
    kind: str
    state: str
    sort: str
    problem: Text = ""

    @property
    def is_today(self) -> bool:
        """Whether the board shows the present."""
        return self.at == self.today

    @property
    def kind_label(self) -> str:
        """The kind in words, empty for all kinds."""
        return str(dict(Site.Kind.choices).get(self.kind, ""))

    @property
    def set(self) -> dict[str, str]:
        """What the address has to carry. Not the day if it is today: then a link stays true tomorrow."""
        values = {"at": "" if self.is_today else self.at.isoformat()}
        values |= {"kind": self.kind, "state": self.state, "sort": self.sort}
        return {name: value for name, value in values.items() if value}

    def address(self, **changed: str) -> str:
        """The same question with something changed; an empty value is left out."""
        wanted = {name: value for name, value in {**self.set, **changed}.items() if value}
        return f"{self.path}?{urlencode(wanted)}" if wanted else self.path

    @property
    def heads(self) -> list[dict[str, Any]]:
        """The table's heads: a click sorts, a second one turns the order round."""
        heads = []
        for name, label in HEADS.items():
            direction = {name: "up", f"-{name}": "down"}.get(self.sort, "")
            heads.append(
                {
                    "label": label,
                    "wide": name in WIDE_HEADS,
                    "address": self.address(sort=f"-{name}" if direction == "up" else name),
                    "icon": f"sorted-{direction}" if direction else "",
                    "aria": {"up": "ascending", "down": "descending"}.get(direction, ""),
                }
            )
        return heads

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the form of the day hands on."""
        return [(name, value) for name, value in self.set.items() if name != "at"]

    @property
    def links(self) -> dict[str, str]:
        """The other addresses on the page."""
        return {
            "csv": self.address(format="csv"),
            "xlsx": self.address(format="xlsx"),
            "bare": self.address(kind="", state=""),
            "any_kind": self.address(kind=""),
            "any_state": self.address(state=""),
        }


def read_question(path: str, given: Mapping[str, str], today: date) -> Question:
    """From the address. A day that is none, or has not come yet, becomes today and is said to."""
    at, problem = _day_asked(given.get("at", ""), today)
    kind, state, sort = (given.get(name, "") for name in ("kind", "state", "sort"))
    return Question(
        path=path,
        at=at,
        today=today,
        kind=kind if kind in Site.Kind.values else "",
        state=state if state in STATES else "",
        sort=sort if sort.removeprefix("-") in SORTS else "",
        problem=problem,
    )


def chosen(statuses: Sequence[SiteStatus], asked: Question) -> list[SiteStatus]:
    """The rows of the table: those in the state asked for, in the order asked for."""
    rows = [status for status in statuses if not asked.state or STATES[asked.state][1](status)]
    return sorted(rows, key=SORTS[asked.sort.removeprefix("-") or "name"], reverse=asked.sort.startswith("-"))


def _day_asked(text: str, today: date) -> tuple[date, Text]:
    try:
        wanted = parse_date(text) if text else today
    except ValueError:
        wanted = None
    if wanted is None or wanted.year < 1970:
        return today, _("The day asked for is no calendar day; today is shown. Write it as 2023-01-31.")
    if wanted > today:
        return today, _("The day asked for has not come yet; today is shown.")
    return wanted, ""


def _moment(at: Any) -> float:
    return float(at.timestamp()) if at else 0.0
