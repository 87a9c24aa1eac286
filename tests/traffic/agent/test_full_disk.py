"""A state folder that cannot be written: the agent goes on, says so, and takes no order that it could not keep."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from simpul.kit.problem import Problem
from simpul.traffic.agent.memory import Memory
from simpul.traffic.agent.state import ALIVE, CONFIRMED, PENDING, Folder
from simpul.traffic.agent.trouble import Trouble
from simpul.traffic.agent.watching import Watch
from traffic.agent.offices import plan
from traffic.agent.test_orders import Desk


class FullDisk:
    """Every file refuses to be put on the disk while `full`, or only those from the nth on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = 1000
        self._really = os.fsync
        monkeypatch.setattr(os, "fsync", self._fsync)

    def _fsync(self, descriptor: int) -> None:
        if self.left == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.left -= 1
        self._really(descriptor)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> FullDisk:
    return FullDisk(monkeypatch)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.folder.give_back()


def test_a_file_that_cannot_be_written_is_a_problem_and_leaves_the_old_one(tmp_path: Path, disk: FullDisk) -> None:
    folder = Folder(tmp_path)
    folder.make()
    folder.write("a.json", 1)
    disk.left = 0
    with pytest.raises(Problem, match=r"state folder .* cannot be written \(No space left on device\)\. Make room"):
        folder.write("a.json", 2)
    assert folder.read("a.json") == 1
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["a.json"]


def test_an_uplink_that_is_lost_while_the_disk_is_full_is_known_to_be_dead_and_kept_later(
    tmp_path: Path, disk: FullDisk
) -> None:
    folder = Folder(tmp_path)
    folder.make()
    trouble = Trouble(lambda: 0.0)
    memory = Memory(folder, trouble)
    watch = Watch(memory, trouble)
    try:
        watch.follow(plan(), {"A": 1, "B": 2})
        disk.left = 0
        # There are no such devices here, so that neither has a carrier.
        assert watch.look(1.0)
        assert watch.alive == frozenset()
        assert any("No space left" in line for line in trouble.lines())
        memory.catch_up()
        assert folder.read(ALIVE) is None
        disk.left = 1000
        memory.catch_up()
        assert folder.read(ALIVE) == {"A": False, "B": False}
        assert not any("No space left" in line for line in trouble.lines())
    finally:
        watch.close()


@pytest.mark.parametrize("written", [0, 2])
def test_an_order_that_cannot_be_kept_is_refused_and_can_come_again(desk: Desk, disk: FullDisk, written: int) -> None:
    envelope = desk.order(1)
    # A file takes two: its own and its folder's.
    disk.left = written
    answer: dict[str, Any] = desk.orders.apply(envelope)
    assert (answer["ok"], answer["number"]) == (False, 0)
    assert "No space left on device" in answer["refused"]
    assert desk.carried == []
    disk.left = 1000
    assert desk.orders.apply(envelope) == {"ok": True, "number": 1}


def test_a_confirmation_that_cannot_be_kept_is_refused_and_the_trial_ends_all_the_same(
    desk: Desk, disk: FullDisk
) -> None:
    desk.orders.apply(desk.order(1))
    disk.left = 0
    assert "No space left on device" in desk.orders.confirm(1)["refused"]
    desk.clock.move(61)
    assert desk.orders.tick()
    assert desk.carried[-1] is None
    assert desk.states() == [(1, "applied"), (1, "reverted")]


def test_an_order_whose_trial_was_not_cleared_away_is_not_taken_back_after_it_was_confirmed(desk: Desk) -> None:
    desk.orders.apply(desk.order(1))
    trial = desk.folder.read(PENDING)
    desk.orders.confirm(1)
    desk.folder.write(PENDING, trial)
    assert desk.folder.read(CONFIRMED)
    again = desk.started()
    desk.clock.move(61)
    assert not again.tick()
    assert again.number == 1


def test_an_order_taken_back_while_the_disk_was_full_may_come_again_but_only_on_trial_and_byte_for_byte(
    desk: Desk, disk: FullDisk
) -> None:
    envelope = desk.order(1)
    desk.orders.apply(envelope)
    disk.left = 0
    desk.clock.move(61)
    assert desk.orders.tick()
    disk.left = 1000
    assert "is not newer than 1" in desk.orders.apply(desk.order(1, sites=3))["refused"]
    assert desk.orders.apply(envelope)["ok"]
    assert (desk.orders.number, desk.orders.seconds_left()) == (0, 60)
    desk.clock.move(61)
    assert desk.orders.tick()
    # Now it could be marked.
    assert "is not newer than 1" in desk.orders.apply(envelope)["refused"]


class Killed(BaseException):
    """The process is gone at this point."""


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("after", range(6))
def test_an_agent_killed_at_any_step_of_writing_starts_with_a_whole_order(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, step: str, after: int
) -> None:
    desk.orders.apply(desk.order(1))
    desk.orders.confirm(1)
    left = [after]

    def dying(real: Any) -> Any:
        def call(*given: Any, **more: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return real(*given, **more)

        return call

    with monkeypatch.context() as patched, suppress(Killed):
        if step == "fsync":
            patched.setattr(os, "fsync", dying(os.fsync))
        else:
            patched.setattr(Path, "replace", dying(Path.replace))
        desk.orders.apply(desk.order(2, sites=3))
        desk.orders.confirm(2)
    again = desk.started()
    assert again.number in (1, 2)
    assert again.plan in (plan(4), plan(3))
    assert not [line for line in desk.trouble.lines() if "damaged" in line]
