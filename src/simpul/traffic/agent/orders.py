"""What becomes of an order: refused, on trial, confirmed, or taken back by the agent itself when nobody confirms it.

The folder is the truth: whatever happens to the agent in between, the next start goes on from there.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from simpul.kit.clock import Clock, boot
from simpul.kit.problem import Problem
from simpul.traffic.agent.memory import Memory
from simpul.traffic.agent.state import CONFIRMED, PENDING, UNTOLD, Folder
from simpul.traffic.logic.admission import FLOOR_BPS, refusals
from simpul.traffic.logic.order import Order, OrderRefused, fingerprint, opened
from simpul.traffic.logic.plan import Plan
from simpul.traffic.logic.plan_file import plan_from_data

log = logging.getLogger(__name__)

# Carries out a plan; returns what of it could not be done. None: take everything away.
Carry = Callable[[Plan | None], list[str]]
_MOST_UNTOLD = 50


@dataclass(frozen=True, slots=True)
class Held:
    """An order that is held. `ends` is when its trial does, on the monotonic count: a clock that is set moves nothing.

    After a restart of the agent the count goes on; after one of the machine wall time says what is left, and never more
    than the order gave.
    """

    number: int
    plan: Plan
    envelope: dict[str, Any]
    ends: float = 0.0


class Orders:
    """`fallback` is the plan of the file, in force while no order was ever confirmed."""

    def __init__(
        self,
        folder: Folder,
        memory: Memory,
        clock: Clock,
        carry: Carry,
        *,
        gateway: str = "",
        key: Ed25519PublicKey | None = None,
        fallback: Plan | None = None,
        floor_bps: int = FLOOR_BPS,
    ) -> None:
        self._folder = folder
        self._memory = memory
        self._clock = clock
        self._carry = carry
        self._gateway = gateway
        self._key = key
        self._fallback = fallback
        self._floor_bps = floor_bps
        self.confirmed = _held(folder.read(CONFIRMED), CONFIRMED, clock)
        # A damaged one ends its trial: nobody knows any more when it would be taken back.
        self.pending = memory.recall(PENDING, lambda data: _held(data, PENDING, clock), None)
        if self.pending is not None and self.pending.number == self.number:
            # Confirmed, but the agent ended before the file of its trial was removed.
            self.pending = None
        self.untold: list[dict[str, Any]] = memory.recall(UNTOLD, _notices, [])
        # Why the last order was not taken; empty once one is.
        self.refusal = ""
        self._highest = folder.latest_in_history()

    @property
    def plan(self) -> Plan | None:
        """What is to be carried out now."""
        held = self.pending or self.confirmed
        return held.plan if held else self._fallback

    @property
    def number(self) -> int:
        """The number of the plan in force; 0 for the file's."""
        return self.confirmed.number if self.confirmed else 0

    @property
    def latest(self) -> int:
        """The highest number that the agent holds."""
        return self.pending.number if self.pending else self.number

    @property
    def seen(self) -> int:
        """The highest number that was ever taken here."""
        return max(self.latest, self._highest)

    @property
    def fingerprint(self) -> str:
        """Of the order with that number; empty for the file's plan."""
        held = self.pending or self.confirmed
        return fingerprint(held.envelope) if held else ""

    def seconds_left(self) -> float:
        """Until the order on trial is taken back; 0 without one."""
        return max(0.0, self.pending.ends - self._clock.monotonic()) if self.pending else 0.0

    def apply(self, envelope: Mapping[str, Any]) -> dict[str, Any]:
        """Take an order, carry it out and put it on trial. The same order again is answered the same."""
        answer = self._applied(envelope)
        self.refusal = "" if answer["ok"] else str(answer["refused"])
        return answer

    def _applied(self, envelope: Mapping[str, Any]) -> dict[str, Any]:
        try:
            order, plan = self._admitted(envelope)
        except OrderRefused as refused:
            log.warning("an order was refused: %s", refused)
            return {"ok": False, "number": self.latest, "refused": str(refused)}
        if order.number == self.latest:
            return {"ok": True, "number": order.number}
        held = Held(order.number, plan, dict(envelope), self._clock.monotonic() + order.confirm_s)
        until = self._clock.now() + timedelta(seconds=order.confirm_s)
        # On disk first: after a crash in the middle the trial goes on, and ends.
        try:
            self._put_on_disk(held, until)
        except Problem as problem:
            log.warning("order %d was refused: %s", order.number, problem)
            return {"ok": False, "number": self.latest, "refused": str(problem)}
        self.pending = held
        undone = self._carried(plan)
        if undone:
            reason = f"the gateway could not carry it out: {'; '.join(undone[:3])}"
            self._take_back()
            return {"ok": False, "number": order.number, "refused": reason}
        log.info("order %d is on trial for %d s", order.number, order.confirm_s)
        self._tell(order.number, "applied", "")
        return {"ok": True, "number": order.number}

    def confirm(self, number: int, order: str = "") -> dict[str, Any]:
        """The order on trial is in force from now on. `order` is its fingerprint, where the controller says it."""
        if order and number == self.latest and order != self.fingerprint:
            return {"ok": False, "number": number, "refused": f"another order {number} is held here"}
        if self.pending is None or self.pending.number != number:
            if self.confirmed and self.confirmed.number == number:
                return {"ok": True, "number": number}
            return {"ok": False, "number": self.latest, "refused": f"order {number} is not on trial here"}
        held = self.pending
        try:
            self._folder.write(CONFIRMED, {"envelope": held.envelope})
        except Problem as problem:
            return {"ok": False, "number": number, "refused": str(problem)}
        self._memory.drop(PENDING)
        self.confirmed, self.pending = Held(held.number, held.plan, held.envelope), None
        log.info("order %d is confirmed", number)
        self._tell(number, "confirmed", "")
        return {"ok": True, "number": number}

    def tick(self) -> bool:
        """Take back an order whose trial is over; whether one was."""
        if self.pending is None or self.seconds_left() > 0:
            return False
        number = self.pending.number
        reason = (
            f"nobody confirmed it in time; order {self.number} is in force"
            if self.number
            else ("nobody confirmed it in time; the gateway is as it was before")
        )
        log.warning("order %d is taken back: %s", number, reason)
        self._tell(number, "reverted", reason)
        self._take_back()
        return True

    def told(self, notice: Mapping[str, Any]) -> None:
        """The controller has heard it."""
        self.untold = [each for each in self.untold if each != notice]
        self._memory.keep(UNTOLD, self.untold)

    def _admitted(self, envelope: Mapping[str, Any]) -> tuple[Order, Plan]:
        if self._key is None:
            raise OrderRefused("this agent works by its plan file alone. Start it with --credential")
        order = opened(envelope, self._key, self._gateway)
        held = self.pending or self.confirmed
        again = held is not None and held.number == order.number and held.envelope == dict(envelope)
        if held is None:
            # What was in force here is lost: the controller gives it once more, byte for byte as it was taken before.
            again = self._folder.from_history(order.number) == dict(envelope)
        if order.number <= self.seen and not again:
            raise OrderRefused(
                f"order {order.number} is not newer than {self.seen}, which the gateway has had. "
                "Order the plan once more: it then gets a new number"
            )
        try:
            plan = plan_from_data(order.plan, f"order {order.number}")
        except Problem as problem:
            raise OrderRefused(str(problem)) from None
        reasons = [] if again else refusals(plan, self._floor_bps)
        if reasons:
            raise OrderRefused(in_one_line(reasons))
        return order, plan

    def _put_on_disk(self, held: Held, until: datetime) -> None:
        """All of it or nothing, so that the same order can come again. Raises Problem."""
        self._folder.keep_in_history(held.number, held.envelope)
        count = {"ends": held.ends, "boot": boot()}
        try:
            self._folder.write(PENDING, {"envelope": held.envelope, "until": until.isoformat(), **count})
        except Problem:
            with contextlib.suppress(Problem):
                self._folder.take_out_of_history(held.number)
            raise
        self._highest = max(self._highest, held.number)

    def _carried(self, plan: Plan) -> list[str]:
        try:
            return self._carry(plan)
        except Problem as problem:
            return [str(problem)]

    def _take_back(self) -> None:
        """Back to what was confirmed, to the file's plan, or to a gateway without any."""
        if self.pending is not None:
            # So that it is not taken for one that was in force when it comes again.
            with contextlib.suppress(Problem):
                self._folder.keep_in_history(self.pending.number, {**self.pending.envelope, "taken_back": True})
        self.pending = None
        try:
            undone = self._carry(self.plan)
        except Problem as problem:
            undone = [str(problem)]
        if undone:
            log.error("the plan before could not be carried out whole: %s", "; ".join(undone))
        self._memory.drop(PENDING)

    def _tell(self, number: int, state: str, reason: str) -> None:
        self.untold = [*self.untold, {"number": number, "state": state, "reason": reason}][-_MOST_UNTOLD:]
        self._memory.keep(UNTOLD, self.untold)


def in_one_line(reasons: Sequence[str]) -> str:
    """The first three, and how many more there are."""
    return "; ".join(reasons[:3]) + (f" ({len(reasons) - 3} more)" if len(reasons) > 3 else "")


def _notices(data: Any) -> list[dict[str, Any]]:
    """Raises KeyError or TypeError for anything else."""
    return [{key: notice[key] for key in ("number", "state", "reason")} for notice in data]


def _held(data: Any, name: str, clock: Clock) -> Held | None:
    """What the agent itself has written after it had checked it. Raises Problem."""
    if data is None:
        return None
    try:
        body = json.loads(data["envelope"]["body"])
        number, plan = body["number"], plan_from_data(body["plan"], name)
        if type(number) is not int or number < 1:
            raise ValueError(f"order number {number!r}")
        held = Held(number, plan, dict(data["envelope"]))
        return replace(held, ends=_ends(data, body["confirm_s"], clock)) if "until" in data else held
    except (AttributeError, ArithmeticError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise Problem(
            f"{name} in the state folder cannot be read ({repr(error)[:200]}). Remove it to begin anew: "
            "the controller gives the order in force once more"
        ) from None


def _ends(data: Mapping[str, Any], confirm_s: float, clock: Clock) -> float:
    """By the monotonic count since the same start of the machine, else by wall time; never later than was ordered."""
    now = clock.monotonic()
    if boot() and data.get("boot") == boot():
        return min(float(data["ends"]), now + confirm_s)
    left = (datetime.fromisoformat(data["until"]) - clock.now()).total_seconds()
    return now + min(left, confirm_s)
