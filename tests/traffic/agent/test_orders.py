"""What becomes of an order on the gateway: refused, on trial, confirmed, taken back; over restarts too."""

from __future__ import annotations

import base64
import json
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


def test_who_removes_a_damaged_file_as_advised_gets_the_order_in_force_once_more(desk: Desk, tmp_path: Path) -> None:
    envelope = desk.order(1)
    desk.orders.apply(envelope)
    desk.orders.confirm(1)
    (tmp_path / "confirmed.json").write_text("{", encoding="utf-8")
    with pytest.raises(Problem, match="remove it to begin anew"):
        desk.started()
    (tmp_path / "confirmed.json").unlink()
    desk.orders = desk.started()
    assert (desk.orders.plan, desk.orders.seen) == (None, 1)
    other = desk.orders.apply(desk.order(1, sites=3))
    assert not other["ok"]
    assert desk.orders.refusal == other["refused"]
    assert "Order the plan once more" in other["refused"]
    assert desk.orders.apply(envelope)["ok"]
    assert desk.orders.confirm(1)["ok"]
    assert (desk.started().plan, desk.orders.refusal) == (plan(4), "")


def test_an_order_that_was_taken_back_is_not_taken_again_though_nothing_is_in_force(desk: Desk) -> None:
    envelope = desk.order(5)
    desk.orders.apply(envelope)
    desk.clock.move(100)
    desk.orders.tick()
    desk.orders = desk.started()
    assert "is not newer than 5" in desk.orders.apply(envelope)["refused"]


def test_an_old_order_is_not_taken_again_while_another_is_in_force(desk: Desk) -> None:
    first, second = desk.order(1), desk.order(2, sites=3)
    for number, envelope in enumerate((first, second), 1):
        desk.orders.apply(envelope)
        desk.orders.confirm(number)
    assert "is not newer than 2" in desk.orders.apply(first)["refused"]
    assert desk.orders.plan == plan(3)


@pytest.mark.parametrize("text", ["{", "[" * 100_000, '{"envelope": {"body": "[]"}, "until": 3}', "7", "\x00"])
def test_a_trial_whose_file_is_damaged_is_over_and_the_confirmed_order_counts(
    desk: Desk, tmp_path: Path, text: str
) -> None:
    desk.orders.apply(desk.order(1))
    desk.orders.confirm(1)
    desk.orders.apply(desk.order(2, sites=3))
    (tmp_path / "pending.json").write_text(text, encoding="utf-8")
    desk.orders = desk.started()
    assert (desk.orders.plan, desk.orders.pending) == (plan(4), None)
    assert [line for line in desk.trouble.lines() if "pending.json" in line and "damaged" in line]


@pytest.mark.parametrize("days", [-1, 1])
def test_a_wall_clock_that_jumps_while_the_agent_is_away_moves_no_trial(desk: Desk, days: int) -> None:
    desk.orders.apply(desk.order(1))
    desk.clock.move(20)
    desk.clock.jump(days * 86_400)
    desk.orders = desk.started()
    assert desk.orders.seconds_left() == 40
    desk.clock.move(40)
    assert desk.orders.tick()


@pytest.mark.parametrize("format_", [2, "x", None])
def test_an_order_of_a_future_format_is_refused_with_the_remedy(desk: Desk, format_: object) -> None:
    body = json.dumps(json.loads(desk.order(1)["body"]) | {"format": format_})
    signature = base64.b64encode(KEY.sign(body.encode())).decode()
    assert "Update the agent" in desk.orders.apply({"body": body, "signature": signature})["refused"]


@pytest.mark.parametrize("signature", ["", "x", "\u00e9", "====", "QUJD"])
def test_an_order_with_a_false_signature_is_refused(desk: Desk, signature: str) -> None:
    order = desk.order(1)
    assert "signature" in desk.orders.apply(order | {"signature": signature})["refused"]
    old = Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32)
    data = sign(Order(1, "GW", plan_data(4), 60, desk.clock.now()), old)
    assert "fresh credential" in desk.orders.apply(data)["refused"]
    foreign = sign(Order(1, "GW-B", plan_data(4), 60, desk.clock.now()), KEY)
    assert "is for gateway GW-B" in desk.orders.apply(foreign)["refused"]
    assert desk.carried == []


def test_the_state_folder_is_closed_to_others_also_when_an_older_agent_has_left_it_open(tmp_path: Path) -> None:
    state = tmp_path / "state"
    folder = Folder(state)
    folder.make()
    folder.write("confirmed.json", {})
    folder.keep_in_history(1, {})
    assert _modes(state) == {0o700, 0o600}
    for path in [state, *state.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    Folder(state).make()
    assert _modes(state) == {0o700, 0o600}


def test_a_folder_that_holds_other_things_too_keeps_its_mode(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    state.chmod(0o755)
    (state / "of somebody else").touch(0o644)
    folder = Folder(state)
    folder.make()
    folder.write("panic.json", "off")
    assert (state.stat().st_mode & 0o777, (state / "panic.json").stat().st_mode & 0o777) == (0o755, 0o600)


def _modes(folder: Path) -> set[int]:
    return {path.stat().st_mode & 0o777 for path in [folder, *folder.rglob("*")]}
