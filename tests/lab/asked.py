"""Short questions to the register that several files of tests ask."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from zoneinfo import ZoneInfo

from simpul.register.logic.rollout import SiteStatus, end_of_day
from simpul.register.models import Link, Site
from simpul.register.service import status_at

ZONE = ZoneInfo("Asia/Jakarta")


def standing(day: str) -> dict[str, SiteStatus]:
    """Every counted site at the end of the local day, by code."""
    statuses = status_at(Site.objects.all(), end_of_day(date.fromisoformat(day), ZONE))
    return {status.code: status for status in statuses if status.counted}


def reached(without: str = "") -> set[str]:
    """Sites that the gateway reaches over built links, one of them cut."""
    beside: dict[str, set[str]] = defaultdict(set)
    links = Link.objects.filter(is_planned=False).exclude(code=without)
    for a, b in links.values_list("interface_a__device__code", "interface_b__device__code"):
        beside[a].add(b)
        beside[b].add(a)
    seen, waiting = {"GW-INTI"}, ["GW-INTI"]
    while waiting:
        for device in beside[waiting.pop()] - seen:
            seen.add(device)
            waiting.append(device)
    return set(Site.objects.filter(devices__code__in=seen).values_list("code", flat=True))
