"""How an agent is started, and what its controller has given it to be recognised by."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from simpul.kit.problem import Problem
from simpul.traffic.agent.regulation import refuse_unfit
from simpul.traffic.logic.admission import FLOOR_BPS
from simpul.traffic.logic.order import public_key
from simpul.traffic.logic.plan import Plan
from simpul.traffic.logic.plan_file import read_plan

FORMAT = 1
STATE = Path("/var/lib/simpul-agent")


@dataclass(frozen=True)
class AgentOptions:
    """`plan` is in force until an order of the controller is; without `credential` there is no controller.

    `floor_bps`: an order that would leave a site with less is refused.
    """

    plan: Path | None = None
    state: Path = STATE
    credential: Path | None = None
    once: bool = False
    as_json: bool = False
    floor_bps: int = FLOOR_BPS
    period_seconds: float = 0.5


@dataclass(frozen=True)
class Credential:
    """By what the agent is known to the bus, and the bus and the controller's orders to it."""

    name: str
    url: str
    user: str
    password: str = field(repr=False)
    ca: str
    plan_key: Ed25519PublicKey


def read_credential(path: Path) -> Credential:
    """Raises Problem for a file that is none, or that others may read."""
    remedy = "Make it anew: simpul traffic credential NAME"
    try:
        mode = path.stat().st_mode & 0o777
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise ValueError(f"format {data['format']} instead of {FORMAT}")
        texts = {name: str(data[name]) for name in ("name", "url", "user", "password", "ca")}
        found = Credential(**texts, plan_key=public_key(data["plan_key"]))
    except OSError as error:
        raise Problem(f"{path}: {error.strerror}. {remedy}") from None
    except (KeyError, TypeError, ValueError) as error:
        raise Problem(f"{path}: is no credential of an agent ({error}). {remedy}") from None
    if mode & 0o077:
        raise Problem(f"{path} may be read by others (mode {mode:04o}). Run: chmod 600 {path}")
    return found


def read_plan_file(path: Path) -> Plan:
    """Raises Problem, also for a plan that no gateway could carry out."""
    try:
        plan = read_plan(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise Problem(f"{path}: {error.strerror}. Name the plan with --plan") from None
    except UnicodeDecodeError:
        raise Problem(f"{path}: is not UTF-8 text. Save it as such") from None
    refuse_unfit(plan)
    return plan
