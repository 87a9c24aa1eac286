"""The agent of one gateway: `run` shapes by a plan until it is ended. No Django, no database, one process."""

from simpul.traffic.agent.options import AgentOptions
from simpul.traffic.agent.process import remove, run

__all__ = ["AgentOptions", "remove", "run"]
