"""What becomes of an order on the gateway: refused, on trial, confirmed, taken back; over restarts too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from clocks import HeldClock
from simpul.kit.problem import Problem
from simpul.traffic.agent.memory import Memory
from simpul.traffic.agent.orders import Orders
from simpul.traffic.agent.state import Folder
from simpul.traffic.agent.trouble import Trouble
from simpul.traffic.logic.order import Order, fingerprint, sign
from simpul.traffic.logic.plan import Plan
from traffic.agent.offices import MBIT, plan, plan_data

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


class Desk:
    """A gateway that only remembers what it was told to carry out, and `undone` to answer with."""

    def __init__(self, path: Path) -> None:
        self.folder = Folder(path)
        self.folder.take()
        self.clock = HeldClock()
        self.trouble = Trouble(self.clock.monotonic)
        self.memory = Memory(self.folder, self.trouble)
        self.carried: list[Plan | None] = []
        self.undone: list[str] = []
        self.orders = self.started()

    def started(self, fallback: Plan | None = None) -> Orders:
        """The agent's orders after a start."""
        key = KEY.public_key()
        return Orders(self.folder, self.memory, self.clock, self._carry, gateway="GW", key=key, fallback=fallback)

    def _carry(self, wanted: Plan | None) -> list[str]:
        self.carried.append(wanted)
        undone, self.undone = self.undone, []
        return undone

    def order(self, number: int, *, sites: int = 4, confirm_s: int = 60, **more: Any) -> dict[str, str]:
        """A signed order."""
        data = plan_data(sites, **more)
        return sign(Order(number, "GW", data, confirm_s, self.clock.now()), KEY)

    def states(self) -> list[tuple[int, str]]:
        """What the controller has not heard yet."""
        return [(notice["number"], notice["state"]) for notice in self.orders.untold]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.folder.give_back()


def test_an_order_is_carried_out_and_on_trial_until_it_is_confirmed(desk: Desk) -> None:
    assert desk.orders.apply(desk.order(1)) == {"ok": True, "number": 1}
    assert desk.carried == [plan(4)]
    assert (desk.orders.number, desk.orders.latest, desk.orders.seconds_left()) == (0, 1, 60)
    assert desk.orders.confirm(1) == {"ok": True, "number": 1}
    desk.clock.move(1000)
    assert not desk.orders.tick()
    assert desk.orders.number == 1
    assert desk.states() == [(1, "applied"), (1, "confirmed")]


def test_an_order_that_nobody_confirms_is_taken_back_to_the_one_before(desk: Desk) -> None:
    desk.orders.apply(desk.order(1))
    desk.orders.confirm(1)
    desk.orders.apply(desk.order(2, sites=3))
    desk.clock.move(59)
    assert not desk.orders.tick()
    desk.clock.move(2)
    assert desk.orders.tick()
    assert desk.carried[-1] == plan(4)
    assert (desk.orders.number, desk.orders.latest, desk.orders.plan) == (1, 1, plan(4))
    assert desk.states()[-1] == (2, "reverted")
    assert "order 1 is in force" in desk.orders.untold[-1]["reason"]


def test_a_first_order_that_nobody_confirms_leaves_the_gateway_as_it_was(desk: Desk) -> None:
    desk.orders.apply(desk.order(1, confirm_s=10))
    desk.clock.move(10)
    assert desk.orders.tick()
    assert desk.carried[-1] is None


def test_without_a_confirmed_order_the_plan_of_the_file_is_what_it_goes_back_to(desk: Desk) -> None:
    desk.orders = desk.started(fallback=plan(2))
    assert desk.orders.plan == plan(2)
    desk.orders.apply(desk.order(1, confirm_s=10))
    desk.clock.move(10)
    desk.orders.tick()
    assert desk.carried[-1] == plan(2)


def test_an_order_is_on_trial_over_a_restart_and_taken_back_when_its_time_is_over(desk: Desk) -> None:
    desk.orders.apply(desk.order(1))
    desk.orders.confirm(1)
    desk.orders.apply(desk.order(2, sites=3))
    desk.clock.move(20)
    desk.orders = desk.started()
    assert (desk.orders.number, desk.orders.latest, desk.orders.seconds_left()) == (1, 2, 40)
    assert desk.orders.plan == plan(3)
    desk.clock.move(100)
    desk.orders = desk.started()
    assert desk.orders.tick()
    assert desk.orders.plan == plan(4)
    assert desk.states()[-1] == (2, "reverted")


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_trial_lasts_as_long_as_it_was_ordered_wherever_the_wall_clock_is_set(desk: Desk, hours: int) -> None:
    desk.orders.apply(desk.order(1))
    desk.clock.jump(hours * 3600)
    desk.clock.move(59)
    assert not desk.orders.tick()
    assert desk.orders.seconds_left() == 1
    desk.clock.move(1)
    assert desk.orders.tick()


def test_a_trial_is_never_longer_after_a_restart_than_it_was_ordered(desk: Desk) -> None:
    desk.orders.apply(desk.order(1))
    desk.clock.jump(-7200)
    desk.orders = desk.started()
    assert desk.orders.seconds_left() == 60


def test_a_confirmation_of_another_order_with_the_same_number_confirms_nothing(desk: Desk) -> None:
    desk.orders.apply(desk.order(1))
    other = fingerprint(desk.order(1, sites=3))
    answer = desk.orders.confirm(1, other)
    assert (answer["ok"], answer["refused"]) == (False, "another order 1 is held here")
    assert desk.orders.number == 0
    assert desk.orders.confirm(1, desk.orders.fingerprint)["ok"]
    assert desk.orders.number == 1
    # It stays that order over a restart.
    assert desk.started().fingerprint == fingerprint(desk.order(1))


def test_numbers_only_rise_also_past_orders_that_were_taken_back(desk: Desk) -> None:
    desk.orders.apply(desk.order(5))
    desk.clock.move(100)
    desk.orders.tick()
    desk.orders = desk.started()
    for number in (4, 5):
        answer = desk.orders.apply(desk.order(number))
        assert not answer["ok"]
        assert "is not newer than 5" in answer["refused"]
    assert desk.orders.apply(desk.order(6))["ok"]


def test_the_same_order_again_is_answered_the_same_and_done_once(desk: Desk) -> None:
    envelope = desk.order(1)
    assert desk.orders.apply(envelope) == desk.orders.apply(envelope)
    desk.orders.confirm(1)
    assert desk.orders.apply(envelope)["ok"]
    assert desk.orders.confirm(1)["ok"]
    assert len(desk.carried) == 1
    assert not desk.orders.apply(desk.order(1, sites=3))["ok"]


def test_a_plan_that_starves_a_site_is_refused_with_the_site_and_nothing_changes(desk: Desk) -> None:
    answer = desk.orders.apply(desk.order(1, weight=0.01))
    assert not answer["ok"]
    assert '"S1"' in answer["refused"]
    assert desk.carried == []
    assert desk.orders.latest == 0


def test_a_plan_that_promises_too_much_or_cannot_be_read_is_refused(desk: Desk) -> None:
    promised = desk.orders.apply(desk.order(1, guarantee=100 * MBIT))
    assert "guaranteed" in promised["refused"]
    unread = desk.orders.apply(desk.order(1, parent="NOWHERE"))
    assert "NOWHERE" in unread["refused"]
    assert desk.carried == []


def test_an_order_that_the_kernel_refuses_is_taken_back_at_once(desk: Desk) -> None:
    desk.orders.apply(desk.order(1))
    desk.orders.confirm(1)
    desk.undone = ["lan: class A/G/S1"]
    answer = desk.orders.apply(desk.order(2, sites=3))
    assert answer["refused"] == "the gateway could not carry it out: lan: class A/G/S1"
    assert desk.carried[-1] == plan(4)
    assert desk.orders.latest == 1


def test_an_order_that_is_not_on_trial_cannot_be_confirmed(desk: Desk) -> None:
    assert "order 3 is not on trial here" in desk.orders.confirm(3)["refused"]


def test_what_was_heard_is_not_told_again(desk: Desk) -> None:
    desk.orders.apply(desk.order(1))
    assert len(desk.started().untold) == 1
    desk.orders.told(desk.orders.untold[0])
    assert desk.started().untold == []


def test_the_last_twenty_orders_are_kept(desk: Desk, tmp_path: Path) -> None:
    for number in range(1, 26):
        desk.orders.apply(desk.order(number))
        desk.orders.confirm(number)
    kept = sorted(path.name for path in (tmp_path / "history").iterdir())
    assert kept == [f"{number:010}.json" for number in range(6, 26)]


def test_an_agent_without_a_controller_takes_no_orders(tmp_path: Path, desk: Desk) -> None:
    alone = Orders(desk.folder, desk.memory, desk.clock, lambda _: [], fallback=plan(2))
    assert "--credential" in alone.apply(desk.order(1))["refused"]


def test_a_state_file_that_is_damaged_is_named_with_its_remedy(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "confirmed.json").write_text("{", encoding="utf-8")
    with pytest.raises(Problem, match=r"confirmed\.json.*remove it to begin anew"):
        desk.started()
    (tmp_path / "confirmed.json").write_text('{"envelope": {"body": "{}"}}', encoding="utf-8")
    with pytest.raises(Problem, match="Remove it to begin anew"):
        desk.started()


def test_a_second_agent_is_kept_out_of_the_state_folder(tmp_path: Path, desk: Desk) -> None:
    with pytest.raises(Problem, match="another agent works with it"):
        Folder(tmp_path).take()
