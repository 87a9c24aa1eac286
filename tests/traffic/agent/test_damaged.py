"""Files of mere memory that are damaged: told, set aside, and the agent begins without them."""

from __future__ import annotations

from pathlib import Path

import pytest

from simpul.traffic.agent.options import AgentOptions
from simpul.traffic.agent.process import Agent
from simpul.traffic.agent.state import Folder

DAMAGED = ["{", "[1]", '{"A": 1}', '"x"', "7", '{"seats": []}', "\x00\x00"]


@pytest.mark.parametrize("text", DAMAGED)
@pytest.mark.parametrize("name", ["alive.json", "gateways.json", "numbers.json", "steering.json", "untold.json"])
def test_a_damaged_file_that_only_remembers_is_set_aside_and_begun_anew(tmp_path: Path, name: str, text: str) -> None:
    folder = Folder(tmp_path)
    folder.take()
    (tmp_path / name).write_text(text, encoding="utf-8")
    try:
        agent = Agent(AgentOptions(state=tmp_path), folder)
        agent.close()
        assert [line for line in agent.trouble.lines() if name in line and "damaged" in line]
        assert (tmp_path / f"{name}.damaged").read_text(encoding="utf-8") == text
        assert not (tmp_path / name).exists()
        again = Agent(AgentOptions(state=tmp_path), folder)
        again.close()
        assert not [line for line in again.trouble.lines() if "damaged" in line]
    finally:
        folder.give_back()
