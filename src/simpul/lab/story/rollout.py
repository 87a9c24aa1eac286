"""How point after point was joined, what held it up, and who took it over: told in the order it happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from io import BytesIO
from random import Random
from zoneinfo import ZoneInfo

from simpul.kit.actor import Actor
from simpul.lab.csv_tables import Row, day, rows
from simpul.lab.story.calendar import dice, moment, steps_before
from simpul.lab.story.contracts import contract_lines
from simpul.lab.story.places import sites
from simpul.lab.story.proof import certificate, picture
from simpul.record.evidence import keep
from simpul.record.models import Evidence
from simpul.register.models import Contract, ContractLine, NetworkState, Site, Stall, Track
from simpul.register.service import advance_network, change_internet, hand_over, resume, stall

HANDED_OVER, STALLED, RESUMED = "handed over", "stalled", "resumed"


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened at one site. `what` is a state of the track, or one of the three words above."""

    at: datetime
    site: str
    track: str
    what: str
    contract_line: str = ""
    reason: str = ""
    document: str = ""


@dataclass
class Ledger:
    """What is needed to write a happening down, and the stalls that are still open."""

    actor: Actor
    places: dict[str, Site]
    lines: dict[str, ContractLine]
    contracts: dict[str, Contract]
    photo: Evidence
    open: dict[tuple[str, str], Stall]


def write(actor: Actor, first: date, last: date) -> None:
    """Record what happened from `first` to `last`, both included; a stall must begin and end inside, or last."""
    lines = contract_lines()
    contracts = {line.contract.code: line.contract for line in lines.values()}
    photo = keep(actor, "foto-contoh.png", "image/png", BytesIO(picture()))
    ledger = Ledger(actor, sites(), lines, contracts, photo, {})
    for happening in happenings():
        if first <= happening.at.date() <= last:
            _record(ledger, happening)


def turning_day() -> date:
    """The day on which the last of the old stalls ended: the stretches before and after it stand by themselves."""
    return max(date.fromisoformat(row["until"]) for row in rows("stalls") if row["until"])


def happenings() -> list[Happening]:
    """The whole story in order of time; of several at one moment the order of the tables decides."""
    zone = ZoneInfo(rows("regions")[0]["timezone"])
    starts = {
        f"{row['contract']}#{row['number']}": date.fromisoformat(row["starts_on"]) for row in rows("contract_lines")
    }
    media = {row["code"]: row["medium"] for row in rows("places")}
    told: list[Happening] = []
    for row in rows("rollout"):
        chance = dice(row["site"])
        told += _network(chance, row, media[row["site"]], starts, zone)
        told += _internet(chance, row, zone)
        told += _handed_over(chance, row, zone)
    told += _single_steps(zone)
    told += _stalls(zone)
    return sorted(told, key=lambda happening: happening.at)


def _network(chance: Random, row: Row, medium: str, starts: dict[str, date], zone: tzinfo) -> Iterator[Happening]:
    """Own fibre is built step by step; a leased circuit is lit on the day it is switched on."""
    line, lit = row["network_line"], date.fromisoformat(row["lit"])
    steps = steps_before(chance, starts[line], lit) if medium == "own_fibre" else {}
    for state, on in (*steps.items(), (NetworkState.LIT.value, lit)):
        yield Happening(moment(chance, on, zone), row["site"], Track.NETWORK, state, line)


def _internet(chance: Random, row: Row, zone: tzinfo) -> Iterator[Happening]:
    for state in ("ordered", "on"):
        on = day(row[state])
        if on:
            yield Happening(moment(chance, on, zone), row["site"], Track.INTERNET, state, row["internet_line"])


def _handed_over(chance: Random, row: Row, zone: tzinfo) -> Iterator[Happening]:
    on = day(row["handed_over"])
    if on:
        at = moment(chance, on, zone)
        yield Happening(at, row["site"], "", HANDED_OVER, row["handover_contract"], document=row["document_number"])


def _single_steps(zone: tzinfo) -> Iterator[Happening]:
    """Points that are under way, and what was taken back."""
    for row in rows("steps"):
        at = moment(dice(row["site"] + row["date"]), date.fromisoformat(row["date"]), zone)
        yield Happening(at, row["site"], row["track"], row["state"], row["contract_line"], row["reason"])


def _stalls(zone: tzinfo) -> Iterator[Happening]:
    for row in rows("stalls"):
        chance = dice(row["reason"])
        since, until = moment(chance, date.fromisoformat(row["since"]), zone), day(row["until"])
        end = moment(chance, until, zone) if until else None
        for site in row["sites"].split():
            yield Happening(since, site, row["track"], STALLED, reason=row["reason"])
            if end:
                yield Happening(end, site, row["track"], RESUMED)


def _record(ledger: Ledger, told: Happening) -> None:
    actor, site = ledger.actor, ledger.places[told.site]
    line = ledger.lines.get(told.contract_line)
    if told.what == HANDED_OVER:
        _hand_over(ledger, site, told)
    elif told.what == STALLED:
        ledger.open[told.site, told.track] = stall(actor, site, told.track, told.at, told.reason)
    elif told.what == RESUMED:
        resume(actor, ledger.open.pop((told.site, told.track)), told.at)
    elif told.track == Track.NETWORK:
        evidence = ledger.photo if told.what == NetworkState.LIT else None
        advance_network(actor, site, told.what, told.at, reason=told.reason, evidence=evidence, contract_line=line)
    else:
        change_internet(actor, site, told.what, told.at, reason=told.reason, contract_line=line)


def _hand_over(ledger: Ledger, site: Site, told: Happening) -> None:
    contract = ledger.contracts[told.contract_line]
    text = certificate(told.document, contract.code, site.name, site.organisation.name, told.at.date())
    name = f"{told.document.replace('/', '-')}.txt"
    evidence = keep(ledger.actor, name, "text/plain", BytesIO(text))
    hand_over(ledger.actor, site, contract, told.document, told.at, evidence)
