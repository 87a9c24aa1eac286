"""One site's story as rows and as lines, and the errors about its stalls and hand-overs."""

from __future__ import annotations

from dataclasses import dataclass

from simpul.kit.problem import Problem
from simpul.register.logic.rollout import INTERNET, NETWORK, Pause, StoryLine
from simpul.register.models import Handover, InternetEvent, NetworkEvent, Site, Stall


class StallError(Problem):
    """A stall that cannot be true; `site` is the code."""

    def __init__(self, site: str, track: str, text: str) -> None:
        super().__init__(f"site {site}, {track} stalled: {text}")
        self.site = site
        self.track = track


class AlreadyStalled(StallError):
    """Another stall covers that time; `stall` is it."""

    def __init__(self, site: str, stall: Stall) -> None:
        super().__init__(site, stall.track, f"stalled already since {stall.at:%Y-%m-%d}. End that one first")
        self.stall = stall


class NothingToStall(StallError):
    """The track had reached its end."""

    def __init__(self, site: str, track: str) -> None:
        super().__init__(site, track, "it had reached its end by then, so nothing could stall. Mend the date")


class StallTimes(StallError):
    """The times of the stall are wrong: in the future, ended before it began, ended twice, or without a reason."""


class AlreadyHandedOver(Problem):
    """Once per contract."""

    def __init__(self, handover: Handover) -> None:
        super().__init__(
            f"site {handover.site.code}: handed over under {handover.contract.code} already, "
            f"by {handover.document_number}. Choose another contract"
        )
        self.handover = handover


@dataclass
class Tracks:
    """Both tracks of one site with their rows, as they stand inside the transaction."""

    network_rows: list[NetworkEvent]
    internet_rows: list[InternetEvent]
    stalls: list[Stall]

    @classmethod
    def of(cls, site: Site) -> Tracks:
        """Read them; call it inside a transaction."""
        # Locking the site makes two writers of one story wait for each other; SQLite has locked all by now.
        Site.objects.select_for_update().get(pk=site.pk)
        return cls(
            list(NetworkEvent.objects.filter(site=site).order_by("at", "id")),
            list(InternetEvent.objects.filter(site=site).order_by("at", "id")),
            list(Stall.objects.filter(site=site).order_by("at", "id")),
        )

    def story(self, track: str) -> list[StoryLine]:
        """The lines of one track, in order of time."""
        return [StoryLine(row.at, row.state, row.reason) for row in self._rows(track)]

    def both(self, track: str, story: list[StoryLine]) -> tuple[list[StoryLine], list[StoryLine]]:
        """Network and internet, with `story` in the place of one of them."""
        return (story, self.story(INTERNET)) if track == NETWORK else (self.story(NETWORK), story)

    def place(self, row: NetworkEvent | InternetEvent) -> int:
        """Where the row stands in its track."""
        track = NETWORK if isinstance(row, NetworkEvent) else INTERNET
        return [each.pk for each in self._rows(track)].index(row.pk)

    def _rows(self, track: str) -> list[NetworkEvent] | list[InternetEvent]:
        return self.network_rows if track == NETWORK else self.internet_rows


def pause_of(row: Stall) -> Pause:
    """The row as the logic knows it."""
    return Pause(row.track, row.at, row.until, row.reason)
