"""What is wrong is said once, and not before it is."""

from __future__ import annotations

import base64
import json
import logging
from pathlib import Path

import pytest

from clocks import HeldClock
from simpul.traffic.agent.options import AgentOptions
from simpul.traffic.agent.process import PATIENCE_SECONDS, Agent
from simpul.traffic.agent.state import Folder
from simpul.traffic.agent.trouble import Trouble
from traffic.agent.test_orders import KEY


def test_a_fault_that_several_subjects_suffer_from_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    trouble = Trouble(lambda: 0.0)
    trouble.tell("plan", "wan9 is not there")
    trouble.tell("device wan9", "wan9 is not there")
    assert trouble.lines() == ["wan9 is not there"]
    assert caplog.messages == ["wan9 is not there"]
    trouble.tell("plan", "")
    assert trouble.lines() == ["wan9 is not there"]


def test_that_there_is_no_plan_is_said_when_a_controller_has_had_time_to_give_one(tmp_path: Path) -> None:
    file = tmp_path / "credential.json"
    key = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
    said = {"format": 1, "name": "GW", "url": "tls://h:1", "user": "u", "password": "p", "ca": "", "plan_key": key}
    file.touch(mode=0o600)
    file.write_text(json.dumps(said), encoding="utf-8")
    clock = HeldClock()
    agent = Agent(AgentOptions(state=tmp_path, credential=file), made(tmp_path), clock=clock)
    try:
        agent.turn()
        assert agent.trouble.lines() == []
        clock.move(PATIENCE_SECONDS)
        agent.turn()
        assert "there is no plan yet" in agent.trouble.lines()[0]
    finally:
        agent.close()


def test_that_there_is_no_plan_is_said_at_once_where_nobody_is_asked(tmp_path: Path) -> None:
    agent = Agent(AgentOptions(state=tmp_path), made(tmp_path))
    try:
        agent.turn()
        assert "there is no plan yet" in agent.trouble.lines()[0]
    finally:
        agent.close()


def made(path: Path) -> Folder:
    """A state folder."""
    folder = Folder(path)
    folder.make()
    return folder
