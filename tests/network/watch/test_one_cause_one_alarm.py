"""What the watch makes of real cuts in the demonstration's region: alarms in the database, messages on the channel."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from network.watch.region import Region, Row
from waiting import until


@pytest.fixture(scope="module")
def region() -> Iterator[Region]:
    """Raised once; every test leaves it whole."""
    with tempfile.TemporaryDirectory(prefix="simpul-watch-", dir="/tmp") as folder:
        raised = Region(Path(folder) / "data")
        try:
            raised.start()
            yield raised
        finally:
            print(raised.words())
            raised.end()


class News:
    """What is new since the test began: alarms, and titles of messages."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.old = {row.id for row in region.alarms()}
        self.told = len(region.messages())

    def alarms(self) -> list[Row]:
        """All that were opened, whether they are over or not."""
        return [row for row in self.region.alarms() if row.id not in self.old]

    def open(self) -> list[Row]:
        """Those that are not over."""
        return [row for row in self.alarms() if row.is_open]

    def messages(self) -> list[str]:
        """Titles, in the order of sending."""
        return self.region.messages()[self.told :]

    def opened(self) -> Row:
        """The first alarm, once there is one."""
        until(self.alarms)
        return self.alarms()[0]

    def over(self) -> None:
        """Wait until no alarm is open and the last message is sent."""
        self.region.drill("restore")
        until(lambda: all(row.is_over_told for row in self.alarms()))


@pytest.fixture
def news(region: Region) -> News:
    """Nothing is wrong, nothing is new."""
    region.drill("restore")
    until(lambda: all(row.is_over_told for row in region.alarms()))
    return News(region)


def closed_on_the_way(region: Region) -> list[str]:
    """Where the way from BKPSDM to the core ends, as `simpul watch why` tells it."""
    return [hop["link"] for hop in region.why("BKPSDM")["way"] if hop["link_state"] == "down"]


def missed_since(row: Row) -> datetime:
    """When the first question was missed."""
    return datetime.fromisoformat(row.evidence["missed_since"])


def test_a_cut_spur_is_one_alarm_with_its_sites_and_its_party(region: Region, news: News) -> None:
    at = region.drill("cut-span", "L-BPKAD")
    alarm = news.opened()
    assert (alarm.kind, alarm.refs[0], alarm.party) == ("span_cut", "L-BPKAD", "DISKOMINFOSANDI")
    assert alarm.sites == ["BKPSDM", "BPKAD"]
    # How soon it follows is measured by bench/alarm.py and, by a held clock, in tests/watch/test_watcher.py.
    assert at < missed_since(alarm) < alarm.opened_at
    until(lambda: closed_on_the_way(region) == ["L-BPKAD"])
    news.over()
    assert len(news.alarms()) == 1
    assert [title.partition(" ")[0] for title in news.messages()] == ["Kabel", "Selesai:"]


def test_a_cut_ring_is_one_alarm_without_sites_and_a_killed_watch_tells_it_once(region: Region, news: News) -> None:
    region.drill("cut-span", "RING-5")
    alarm = news.opened()
    assert (alarm.kind, alarm.refs, alarm.sites) == ("redundancy_lost", ["RING-5"], [])
    until(lambda: news.alarms()[0].is_told)
    region.kill("watch")
    until(lambda: (region.status() or {}).get("devices", {}).get("up", 0) > 40)
    time.sleep(3)
    assert [row.id for row in news.alarms()] == [alarm.id]
    region.drill("cut-span", "RING-2")
    until(lambda: len(news.open()) == 2)
    until(lambda: bool(news.open()[0].sites))
    first, second = news.open()
    assert (first.kind, first.together, second.refs[0]) == ("span_cut", ["RING-2"], "RING-2")
    assert first.sites == second.sites
    news.over()
    assert len(news.alarms()) == 2
    assert len(news.messages()) == 4


@pytest.mark.parametrize("times", [6, pytest.param(30, marks=pytest.mark.long)])
def test_a_leased_line_that_comes_and_goes_all_the_time_is_one_alarm_and_one_message(
    region: Region, news: News, times: int
) -> None:
    for _ in range(times):
        region.drill("cut-span", "L-RP-PASAR")
        time.sleep(1)
        region.drill("restore")
        time.sleep(1)
    until(lambda: news.opened().is_told)
    alarm = news.opened()
    assert (alarm.kind, alarm.refs[0], alarm.sites) == ("circuit_down", "L-RP-PASAR", ["RP-PASAR"])
    assert (alarm.party, alarm.service_number) == ("SERAT", "SCN-CTH-0106")
    assert len(news.messages()) == 1
    news.over()
    assert [row.flapping for row in news.alarms()] == [True]
    assert len(news.messages()) == 2


def test_a_lost_way_out_is_one_alarm(region: Region, news: News) -> None:
    region.drill("lose-uplink", "UP-JALUR")
    alarm = news.opened()
    assert (alarm.kind, alarm.refs, alarm.sites) == ("uplink_lost", ["UP-JALUR"], [])
    assert (alarm.party, alarm.service_number) == ("JALUR", "JCB-CTH-001")
    time.sleep(2)
    assert len(news.alarms()) == 1


def test_a_gateway_whose_agent_is_cut_off_is_one_alarm_until_it_speaks_again(region: Region, news: News) -> None:
    with region.cut_off("agent"):
        alarm = news.opened()
        assert (alarm.kind, alarm.sites) == ("agent_silent", [])
    news.over()
    assert len(news.alarms()) == 1
    assert len(news.messages()) == 2
