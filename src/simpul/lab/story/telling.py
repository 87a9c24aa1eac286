"""Tells the story once: chapter after chapter, each in one transaction, none twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import models, transaction

from simpul.kit.actor import Actor
from simpul.kit.problem import Problem
from simpul.lab.accounts import Account, accounts
from simpul.lab.story import cameras_applications, contracts, network, organisations, people, places, rollout, sharing
from simpul.people.models import Organisation, User
from simpul.register.models import Area, Camera, Contract, Device, Link, NetworkEvent, Prefix, Site
from simpul.traffic.models import SiteShare


class NotEmpty(Problem):
    """The data folder holds what somebody entered; the story would mix with it."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"data folder: it holds somebody's own rows ({what}), so no sample data is written into it. "
            "Set data.folder to another folder"
        )


@dataclass(frozen=True, slots=True)
class Told:
    """What the console and the sign-in page of the demonstration show. `new` is false if all was there already."""

    new: bool
    region: str
    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of the story, and rows that show whether it has been told: none but it adds the first of them."""

    rows: models.QuerySet[Any]
    write: Callable[[Actor], None]


def tell(actor: Actor, today: date) -> Told:
    """Write what is missing of the story, up to the end of `today`; a second call changes nothing.

    Raises NotEmpty in a folder with somebody's own data. A chapter that was interrupted is told again from its start.
    """
    _refuse_real_rows()
    one_time: list[str] = []
    # Two chapters of roll-out, so that no transaction holds the database for a second.
    turn = rollout.turning_day()
    chapters = (
        Chapter(Area.objects.all(), places.write_areas),
        Chapter(Organisation.objects.all(), organisations.write),
        Chapter(Site.objects.all(), places.write_sites),
        Chapter(Contract.objects.all(), contracts.write),
        Chapter(Device.objects.all(), network.write_devices),
        Chapter(Link.objects.all(), network.write_lines),
        Chapter(Prefix.objects.all(), network.write_prefixes),
        Chapter(Camera.objects.all(), cameras_applications.write),
        Chapter(
            NetworkEvent.objects.filter(at__date__lt=turn),
            lambda actor: rollout.write(actor, date.min, min(today, turn)),
        ),
        Chapter(
            NetworkEvent.objects.filter(at__date__gt=turn),
            lambda actor: rollout.write(actor, turn + timedelta(days=1), today),
        ),
        Chapter(SiteShare.objects.all(), sharing.write),
        # Last, so that the one-time password is not lost when the telling is interrupted.
        Chapter(User.objects.all(), lambda actor: one_time.append(people.write(actor))),
    )
    told = [_tell_once(actor, chapter) for chapter in chapters]
    region = Area.objects.filter(level=Area.Level.REGENCY).order_by("code").first()
    return Told(
        new=any(told),
        region=region.name if region else "",
        accounts=accounts(one_time[0] if one_time else None),
    )


def _tell_once(actor: Actor, chapter: Chapter) -> bool:
    with transaction.atomic():
        if chapter.rows.exists():
            return False
        chapter.write(actor)
    return True


def _refuse_real_rows() -> None:
    """What is added by hand beside a story already begun is part of trying things out."""
    if Organisation.objects.filter(is_sample=True).exists():
        return
    tables: tuple[models.QuerySet[Any], ...] = (
        Organisation.objects.all(),
        User.objects.all(),
        Site.objects.all(),
        Contract.objects.all(),
    )
    for table in tables:
        if table.exists():
            raise NotEmpty(table.model.__name__.lower())
