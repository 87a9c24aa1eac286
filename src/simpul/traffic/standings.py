"""What every gateway does now, by its own word, and the sentences that say so: for pages, commands and alarms alike."""

from __future__ import annotations

import math
from pathlib import Path

from django.utils.translation import gettext as _

from simpul.register.models import Device
from simpul.traffic import reports
from simpul.traffic.logic.order import fingerprint
from simpul.traffic.logic.standing import Doing, Planned, Standing, standing
from simpul.traffic.models import PlanVersion
from simpul.traffic.service.reading import open_plan, plan_in_force


def standing_of(run_dir: Path, gateway: Device, planned: Planned | None = None) -> Standing:
    """By the last report that the controller kept; `planned` is what the rows say, where they are read already."""
    heard = reports.heard(run_dir, gateway.code)
    return standing(planned or planned_at(gateway), heard.report if heard else None, heard.age_s() if heard else None)


def planned_at(gateway: Device) -> Planned:
    """What the rows say the gateway shall do."""
    return planned_of(plan_in_force(gateway), open_plan(gateway))


def planned_of(now: PlanVersion | None, coming: PlanVersion | None) -> Planned:
    """The same, of rows that are read already."""
    order = fingerprint(now.envelope) if now is not None and now.envelope else ""
    return Planned(now.number if now else 0, order, coming.number if coming else 0)


def headline(gateway: str, found: Standing) -> str:
    """What it does, in one sentence; the age of its word is in it where it is old."""
    words = {
        "gateway": gateway,
        "planned": found.planned,
        "runs": found.runs,
        "reason": found.reason or _("the gateway gives no reason"),
        "age": age(found.age_s),
    }
    return _sentence(found) % words


def remedy(found: Standing) -> str:
    """What to do about it; empty where there is nothing to do."""
    asks = _("The gateway asks for the plan every 15 seconds.")
    again = _("If this stays so, order plan %(planned)s once more, on the page of the plan.")
    said = {
        Doing.UNSHAPED: f"{asks} {again}",
        Doing.OTHER_PLAN: again if found.planned else _("Order a plan for it."),
        Doing.FAILING: _("Mend on the gateway what is named; it tries again by itself."),
        Doing.STOPPED: _("Start it on the gateway: systemctl start simpul-agent"),
        Doing.SILENT: _("Look on the gateway: systemctl status simpul-agent"),
        Doing.UNHEARD: _("Look on the gateway: systemctl status simpul-agent"),
    }.get(found.doing, "")
    return said % {"planned": found.planned}


def age(seconds: float | None) -> str:
    """`3 s`, `5 min`, `2 h`: whole units, never negative."""
    if seconds is None or not math.isfinite(seconds):
        return _("a long time")
    whole = max(0, round(seconds))
    if whole < 120:
        return _("%(count)d s") % {"count": whole}
    if whole < 7200:
        return _("%(count)d min") % {"count": whole // 60}
    return _("%(count)d h") % {"count": whole // 3600}


def _sentence(found: Standing) -> str:
    doing = found.doing
    if doing == Doing.OTHER_PLAN:
        return _other(found)
    return {
        Doing.AS_PLANNED: _("Gateway %(gateway)s works by plan %(planned)s, heard %(age)s ago.")
        if found.planned
        else _("Gateway %(gateway)s works by a plan file of its own; no plan was ordered here."),
        Doing.TRIAL: _("Gateway %(gateway)s tries plan %(runs)s out."),
        Doing.PANIC: _("Gateway %(gateway)s is in an emergency mode; plan %(planned)s does not count."),
        Doing.UNSHAPED: _(
            "Gateway %(gateway)s carries out no plan, though plan %(planned)s is in force here: %(reason)s."
        ),
        Doing.FAILING: _("Gateway %(gateway)s cannot carry out plan %(runs)s: %(reason)s."),
        Doing.STOPPED: _(
            "The agent of gateway %(gateway)s was stopped %(age)s ago. What it set last goes on, but no site is moved "
            "when a way out is lost."
        ),
        Doing.SILENT: _("Gateway %(gateway)s has not been heard for %(age)s; it said last that plan %(runs)s runs."),
        Doing.UNHEARD: _("Gateway %(gateway)s has not been heard since Simpul was started."),
        Doing.UNPLANNED: _("Gateway %(gateway)s carries out no plan, and none is in force."),
    }[doing]


def _other(found: Standing) -> str:
    if not found.runs:
        return _("Gateway %(gateway)s works by a plan file of its own, not by plan %(planned)s that is in force here.")
    if not found.planned:
        return _("Gateway %(gateway)s works by plan %(runs)s, but no plan is in force here.")
    if found.runs == found.planned:
        return _("Gateway %(gateway)s works by another plan %(runs)s than the one that is in force here.")
    return _("Gateway %(gateway)s works by plan %(runs)s, not by plan %(planned)s that is in force here.")
