"""What a gateway may send as its report, and what of it is kept: nothing that a page or a health cannot show."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from simpul.traffic import reports
from simpul.traffic.gateways import Gateways
from simpul.traffic.logic.report import BadReport, read_report
from simpul.traffic.logic.standing import Doing, Planned, standing

WHOLE: dict[str, Any] = {
    "gateway": "GW",
    "at": "2026-11-24T01:00:00+00:00",
    "number": 3,
    "order": "0123456789abcdef",
    "seen": 4,
    "pending": {"number": 4, "seconds_left": 12.5},
    "panic": "normal",
    "state": "trial",
    "reason": "",
    "uplinks": {"UP-1": {"alive": True, "carrier": True, "loss": 0.0, "down": 1000, "up": 500}},
    "nodes": {"CLINIC": {"down": 1000, "up": 0, "share_down": 2000, "share_up": 10, "uplink": "UP-1"}},
    "unclassified": {"down": 10, "up": 0},
    "stray": False,
    "trouble": ["UP-2 is dead"],
}
ODD: list[Any] = [
    None, True, -1, 1e308, 10**400, 2**63, "", "x", "\ud800", "\x00", "x" * 2**20, [], {}, [[]], {"a": []}, 0.5,
    {"number": {}}, [{"down": 1}], {"": {}}, {"UP-1": 3}, {"UP-1": {"alive": 1}},
]  # fmt: skip


def places(data: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every place of the report."""
    below = (
        [place for key, value in data.items() for place in places(value, (*path, key))]
        if isinstance(data, dict)
        else []
    )
    return [path, *below]


def mutated(chance: random.Random) -> Any:
    """A report with one to three places replaced, left out, or named otherwise."""
    report: Any = json.loads(json.dumps(WHOLE))
    for _ in range(chance.randint(1, 3)):
        *above, last = chance.choice(places(WHOLE)[1:])
        row = report
        for key in above:
            row = row.get(key) if isinstance(row, dict) else None
        if isinstance(row, dict):
            value = row.pop(last, None)
            if chance.random() < 0.8:
                row[last if chance.random() < 0.8 else "\u202e" * chance.randint(0, 200)] = chance.choice([*ODD, value])
    return report


def test_a_whole_report_is_kept_as_it_was_sent() -> None:
    assert read_report(WHOLE).to_data() == WHOLE


def test_five_thousand_mutated_reports_leave_nothing_that_cannot_be_judged_kept_and_shown(tmp_path: Path) -> None:
    chance = random.Random(9)
    gateways = Gateways(lambda: 0.0)
    taken = 0
    for _ in range(5000):
        report = gateways.take("GW", mutated(chance))
        for judged in gateways.judge({"GW": Planned(3)}).values():
            assert judged.standing.doing in Doing
        "; ".join(gateways.troubles()).encode()
        if report is not None:
            taken += 1
            text = json.dumps(reports.scaled_back(report.to_data(), 0.1), ensure_ascii=False, allow_nan=False)
            assert len(text.encode()) < 10_000
            assert report.number <= 10**9
    assert gateways.rejected == 5000 - taken
    assert 100 < taken < 4900


@pytest.mark.parametrize("name", ["number", "uplinks", "nodes"])
def test_a_report_without_what_it_is_about_is_none(name: str) -> None:
    with pytest.raises(BadReport, match=name):
        read_report({key: value for key, value in WHOLE.items() if key != name})


SHAPES: dict[str, Any] = WHOLE | {"pending": None, "state": "shaping"}


@pytest.mark.parametrize(
    ("planned", "change", "age", "doing"),
    [
        (Planned(3), {}, 1, Doing.AS_PLANNED),
        (Planned(3, "0123456789abcdef"), {}, 1, Doing.AS_PLANNED),
        (Planned(3, "another"), {}, 1, Doing.OTHER_PLAN),
        (Planned(2), {}, 1, Doing.OTHER_PLAN),
        (Planned(2, "", 3), {}, 1, Doing.AS_PLANNED),
        (Planned(), {}, 1, Doing.OTHER_PLAN),
        (Planned(3), {"number": 0, "state": "unshaped"}, 1, Doing.UNSHAPED),
        (Planned(3), {"number": 0, "state": "", "uplinks": {}}, 1, Doing.UNSHAPED),
        (Planned(3), {"number": 0}, 1, Doing.OTHER_PLAN),
        (Planned(), {"number": 0, "state": "unshaped"}, 1, Doing.UNPLANNED),
        (Planned(3), {"state": "failing"}, 1, Doing.FAILING),
        (Planned(3), {"state": "panic", "panic": "off"}, 1, Doing.PANIC),
        (Planned(3, "", 4), {"pending": {"number": 4, "seconds_left": 3}}, 1, Doing.TRIAL),
        (Planned(3), {"pending": {"number": 4, "seconds_left": 3}}, 1, Doing.OTHER_PLAN),
        (Planned(3), {}, 11, Doing.SILENT),
        (Planned(3), {"state": "stopped"}, 1, Doing.STOPPED),
    ],
)
def test_what_a_gateway_does_is_held_against_its_plan(
    planned: Planned, change: dict[str, Any], age: float, doing: Doing
) -> None:
    assert standing(planned, SHAPES | change, age).doing is doing
    assert standing(planned, None, None).doing is Doing.UNHEARD
