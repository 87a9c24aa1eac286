"""Garbage in the place of every state file: one line that says so or a safe way on, and never silently no shaping."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simpul.cli import main
from simpul.kit.problem import Problem
from simpul.traffic.agent.memory import Memory
from simpul.traffic.agent.options import AgentOptions
from simpul.traffic.agent.process import Agent
from simpul.traffic.agent.state import KEPT, Folder
from traffic.agent.offices import plan
from traffic.agent.test_orders import Desk

Garbage = Callable[[Path], object]


def _written(text: str) -> Garbage:
    return lambda path: path.write_text(text, encoding="utf-8")


def _a_folder(path: Path) -> None:
    """With something in it."""
    path.unlink(missing_ok=True)
    path.mkdir()
    (path / "of somebody").touch()


GARBAGE = [
    pytest.param(_written(""), id="empty"),
    pytest.param(_written("{"), id="half"),
    pytest.param(_written("\0" * 2**20), id="zeros"),
    pytest.param(_written('"' + "x" * 2**20 + '"'), id="long"),
    pytest.param(lambda path: path.write_bytes(b"\xff\xfe"), id="no text"),
    pytest.param(_written("[]"), id="list"),
    pytest.param(_written("{}"), id="nothing in it"),
    pytest.param(_a_folder, id="folder"),
]
garbled = pytest.mark.parametrize("garbage", GARBAGE)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.folder.give_back()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder(tmp_path)
    made.take()
    yield made
    made.give_back()


@garbled
def test_without_the_order_in_force_no_agent_starts_and_the_line_names_file_and_remedy(
    desk: Desk, tmp_path: Path, garbage: Garbage
) -> None:
    desk.orders.apply(desk.order(1))
    desk.orders.confirm(1)
    garbage(tmp_path / "confirmed.json")
    # The kernel shapes on as the agent before has left it.
    with pytest.raises(Problem, match=r"confirmed\.json.*[Rr]emove it to begin anew") as refused:
        Agent(AgentOptions(state=tmp_path), desk.folder)
    said = str(refused.value)
    assert "\n" not in said
    assert len(said) < 400 + len(str(tmp_path))


@garbled
def test_a_trial_that_cannot_be_read_is_over_and_the_next_order_is_taken(
    desk: Desk, tmp_path: Path, garbage: Garbage
) -> None:
    desk.orders.apply(desk.order(1))
    desk.orders.confirm(1)
    for number in (2, 3):
        assert desk.orders.apply(desk.order(number, sites=3))["ok"]
        garbage(tmp_path / "pending.json")
        desk.orders = desk.started()
        assert (desk.orders.plan, desk.orders.pending) == (plan(4), None)
        assert [line for line in desk.trouble.lines() if "pending.json" in line and "damaged" in line]
        assert (tmp_path / "pending.json.damaged").exists()
        assert not (tmp_path / "pending.json").exists()
    assert desk.orders.apply(desk.order(4))["ok"]
    assert desk.orders.confirm(4)["ok"]


def test_whatever_was_set_aside_before_gives_way_to_what_is_set_aside_now(desk: Desk, tmp_path: Path) -> None:
    for garbage in (_written("{"), _a_folder, _a_folder, _written("{"), _a_folder):
        garbage(tmp_path / "pending.json")
        assert desk.started().pending is None
        assert not (tmp_path / "pending.json").exists()


@garbled
def test_a_trial_that_is_garbled_while_the_agent_works_still_ends(desk: Desk, tmp_path: Path, garbage: Garbage) -> None:
    for number, confirmed in ((1, True), (2, False), (3, True)):
        assert desk.orders.apply(desk.order(number))["ok"]
        garbage(tmp_path / "pending.json")
        if confirmed:
            assert desk.orders.confirm(number)["ok"]
        else:
            desk.clock.move(100)
            assert desk.orders.tick()
        assert desk.trouble.lines() == []
        assert not (tmp_path / "pending.json").exists()


@garbled
def test_an_order_whose_file_in_the_history_is_garbled_is_refused_in_words_and_a_new_one_is_taken(
    desk: Desk, tmp_path: Path, garbage: Garbage
) -> None:
    envelope = desk.order(1)
    desk.orders.apply(envelope)
    desk.orders.confirm(1)
    garbage(tmp_path / "history" / "0000000001.json")
    assert desk.started().plan == plan(4)
    (tmp_path / "confirmed.json").unlink()
    desk.orders = desk.started()
    assert "Order the plan once more" in desk.orders.apply(envelope)["refused"]
    assert "Order the plan once more" in desk.orders.refusal
    # Until the history has forgotten the garbage, and after that.
    for number in range(2, KEPT + 5):
        assert desk.orders.apply(desk.order(number))["ok"]
        assert desk.orders.confirm(number)["ok"]
    assert len(list((tmp_path / "history").glob("*.json"))) == KEPT


@garbled
def test_garbage_where_an_order_will_be_filed_refuses_no_order(desk: Desk, tmp_path: Path, garbage: Garbage) -> None:
    garbage(tmp_path / "history" / "0000000001.json")
    assert "is not newer than 1" in desk.started().apply(desk.order(1))["refused"]
    garbage(tmp_path / "history" / "0000000002.json")
    assert desk.orders.apply(desk.order(2))["ok"]


def test_a_file_in_place_of_the_history_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "history").touch()
    with pytest.raises(Problem, match="File exists"):
        Folder(tmp_path).take()


@garbled
def test_a_mode_that_cannot_be_read_is_told_and_shaping_goes_on_by_the_plan_until_it_is_set(
    folder: Folder, tmp_path: Path, garbage: Garbage
) -> None:
    garbage(tmp_path / "panic.json")
    agent = Agent(AgentOptions(state=tmp_path), folder)
    try:
        agent.turn()
        (line,) = [line for line in agent.trouble.lines() if "panic.json" in line]
        assert len(line) < 300 + len(str(tmp_path))
        assert agent.report()["panic"] == "normal"
        assert main(["agent", "--state", str(tmp_path), "--panic", "equal"]) == 0
        agent.turn()
        assert not [line for line in agent.trouble.lines() if "panic.json" in line]
        assert agent.report()["panic"] == "equal"
        # What is garbled later changes nothing of what is in force.
        garbage(tmp_path / "panic.json")
        agent.turn()
        assert agent.report()["panic"] == "equal"
    finally:
        agent.close()


@garbled
def test_counters_that_are_garbled_are_written_anew(folder: Folder, tmp_path: Path, garbage: Garbage) -> None:
    garbage(tmp_path / "counters.json")
    agent = Agent(AgentOptions(state=tmp_path), folder)
    agent.close()
    assert not [line for line in agent.trouble.lines() if "counters.json" in line or "cannot be written" in line]
    assert folder.read("counters.json")["bytes"] == {}


@garbled
@pytest.mark.parametrize("name", ["alive.json", "gateways.json", "numbers.json", "steering.json", "untold.json"])
def test_mere_memory_that_is_garbled_stops_nothing_and_is_kept_again(
    folder: Folder, tmp_path: Path, name: str, garbage: Garbage
) -> None:
    garbage(tmp_path / name)
    agent = Agent(AgentOptions(state=tmp_path), folder)
    agent.close()
    Memory(folder, agent.trouble).keep(name, {})
    assert folder.read(name) == {}
    assert not [line for line in agent.trouble.lines() if "cannot be written" in line]
