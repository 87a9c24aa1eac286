"""What the command line says of plans and gateways, in English and in lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simpul.kit.rates import format_rate
from simpul.traffic.logic.difference import ADDED, CHANGED, REMOVED, UPLINK, Line
from simpul.traffic.logic.plan import Rates
from simpul.traffic.models import PanicOrder, PlanVersion
from simpul.traffic.service import Preview

SIGNS = {ADDED: "+", REMOVED: "-", CHANGED: "~"}
State = PlanVersion.State


def diff_lines(gateway: str, number: int | None, found: Preview) -> list[str]:
    """What a plan would change, and the rate of every site before and after."""
    told = found.difference
    now = f"plan {number}" if number else "no plan"
    head = f"{gateway}: {now} is in force; a plan made now would change nothing."
    if not told.is_empty:
        counts = ", ".join(f"{told.count(how)} {how}" for how in SIGNS if told.count(how)) or "what is around it"
        head = f"{gateway}: {now} is in force; a plan made now differs: {counts}."
    lines = [head]
    lines += [f"  {name}: {' '.join(old) or '-'} -> {' '.join(new) or '-'}" for name, (old, new) in told.around.items()]
    lines += [_difference_line(line) for line in told.lines if line.how in SIGNS]
    moved = [line for line in told.lines if line.moves and line.kind != UPLINK]
    if moved:
        lines.append("Rates while everybody asks for all they can get (down / up), before -> after:")
        lines += [f"  {line.name:<18} {_pair(line.rate_before):>23} -> {_pair(line.rate_after):>23}" for line in moved]
    lines += [f"note: {warning}" for warning in found.warnings]
    return [*lines, *(f"refused: {reason}" for reason in found.refusals)]


def outcome(version: PlanVersion) -> str:
    """One sentence on what became of a plan."""
    name = f"Plan {version.number} of {version.gateway.code}"
    if version.state == State.APPLIED:
        by = f"{version.confirm_by:%H:%M:%S} UTC" if version.confirm_by else "soon"
        if version.wanted_at is not None:
            return f"{name} was confirmed here, but its gateway has not answered yet; it may go back at {by}."
        return f"{name} is on trial until {by}; then its gateway goes back. Keep it: simpul traffic confirm"
    said = {
        State.APPLYING: "is on its way: the gateway does not answer; it gets the plan as soon as it does",
        State.CONFIRMED: "is in force",
        State.REFUSED: f"was refused: {version.reason}",
        State.REVERTED: f"was taken back: {version.reason}",
        State.SUPERSEDED: "was replaced by a later one",
        State.DRAFT: "is a draft",
    }
    return f"{name} {said[State(version.state)]}.".replace("..", ".")


def history_line(version: PlanVersion) -> str:
    """One plan in one line."""
    back = f" (returns to {version.returned_to})" if version.returned_to else ""
    why = version.reason or version.note
    made = f"{version.made_at:%Y-%m-%d %H:%M}"
    return f"{version.number:>5}  {made}  {version.get_state_display():<10} {version.author}{back}  {why}".rstrip()


def status_lines(answer: Mapping[str, Any]) -> list[str]:
    """What the gateway said last."""
    gateway, report = answer["gateway"], answer["report"]
    emergency = _emergency_lines(answer["emergency_order"])
    if report is None:
        return [f"{gateway}: nothing was heard of it since Simpul was started. Is its agent running?", *emergency]
    plan = answer["in_force"]["number"] if answer["in_force"] else "none"
    lines = [f"{gateway}: heard {answer['heard_s']} s ago; plan {report.get('number')} runs, {plan} is in force here."]
    lines.append(f"  {answer['said']}")
    if answer["open"]:
        lines.append(f"  plan {answer['open']['number']} is {State(answer['open']['state']).label}.")
    if report.get("panic") not in (None, "", "normal"):
        lines.append(f"  EMERGENCY: {report['panic']}. Back: simpul traffic panic normal")
    lines += emergency
    lines += [
        f"  {name:<18} {'alive' if row.get('alive') else 'DEAD':<6} {_rates(row):>23}"
        for name, row in report.get("uplinks", {}).items()
    ]
    lines += list(_node_lines(report))
    return [*lines, *(f"  trouble: {trouble}" for trouble in report.get("trouble", []))]


def _emergency_lines(order: Mapping[str, Any] | None) -> list[str]:
    if order is None:
        return []
    mode, became = PanicOrder.Mode(order["mode"]).label, order["failure"] or "waits until the gateway answers"
    return [f"  emergency order ({mode}) of {order['asked_by']}, {order['asked_at']}: {became}."]


def _node_lines(report: Mapping[str, Any]) -> Iterator[str]:
    yield "  used in the last turn (down / up), share from now on (down / up):"
    for name, row in sorted(report.get("nodes", {}).items()):
        share = Rates(int(row.get("share_down", 0)), int(row.get("share_up", 0)))
        yield f"  {name:<18} {_rates(row):>23} -> {_pair(share):>23}  {row.get('uplink', '')}"


def _difference_line(line: Line) -> str:
    columns = [
        f"{name} {_value(line.before.get(name))} -> {_value(line.after.get(name))}"
        for name in dict.fromkeys([*line.before, *line.after])
    ]
    said = ", ".join(columns) if line.how == CHANGED else ""
    return f"{SIGNS[line.how]} {line.kind} {line.name}  {said}".rstrip()


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{format_rate(value['down'])} / {format_rate(value['up'])}"
    if isinstance(value, list):
        return " ".join(map(str, value)) or "-"
    return "-" if value is None else str(value)


def _pair(rates: Rates | None) -> str:
    return f"{format_rate(rates.down)} / {format_rate(rates.up)}" if rates else "-"


def _rates(row: Mapping[str, Any]) -> str:
    return _pair(Rates(int(row.get("down", 0)), int(row.get("up", 0))))
