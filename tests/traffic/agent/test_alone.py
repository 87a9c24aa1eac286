"""A second agent on the same gateway is refused, and told which one is there."""

from __future__ import annotations

import os

import pytest

from simpul.kit.problem import Problem
from simpul.traffic.agent.alone import alone

NAME = f"simpul-agent-of-test-{os.getpid()}"


def test_a_second_agent_is_refused_with_the_first_ones_process_until_that_ends() -> None:
    with (
        alone(NAME),
        pytest.raises(Problem, match=rf"another agent \(process {os.getpid()}\) works .* Stop that one first"),
        alone(NAME),
    ):
        pass
    with alone(NAME):
        pass
