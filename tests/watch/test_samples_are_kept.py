"""From the pictures of each second to the measurements in the store's spool."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from register.networks import PROBER
from simpul.store.samples import Samples
from simpul.store.spool import Spool, losses, segments
from simpul.watch import live
from simpul.watch.hearing import NodeSaid, UplinkSaid
from simpul.watch.samples import Means, ToStore
from watch.addressed import town

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
ROWS = [("device.up", "X", AT, 1.0), ("device.rtt_ms", "X", AT, 0.4)]


def test_rates_are_means_and_of_a_state_the_worst_counts() -> None:
    means = Means()
    means.add([("link.ab_bps", "L", 100.0), ("link.up", "L", 1.0)])
    means.add([("link.ab_bps", "L", 300.0), ("link.up", "L", 0.0)])
    means.add([("link.up", "L", 1.0)])
    assert sorted(means.take(AT)) == [("link.ab_bps", "L", AT, 200.0), ("link.up", "L", AT, 0.0)]
    assert means.take(AT) == []


def test_what_is_unknown_is_no_sample() -> None:
    snapshot = town()
    picture = live.Picture(
        AT,
        snapshot,
        devices={"X": "up", "Y": "down", "B": "unknown"},
        rtts={"X": 0.0004},
        links={"B-X": live.LinkSeen("up", 5.0, 6.0), "X-Y": live.LinkSeen("down", 0.0, 0.0), "A-B": live.LinkSeen()},
        uplinks={"UP-1": UplinkSaid(alive=True, down=1.0, up=2.0, loss=0.0)},
        nodes={"S-X": NodeSaid(1.0, 2.0, 3.0, 4.0, "UP-1"), "a group": NodeSaid(1.0, 2.0, 3.0, 4.0, "UP-1")},
        prober=PROBER,
    )
    found = {(metric, ref): value for metric, ref, value in live.samples(picture)}
    assert found == {
        ("site.down_bps", "S-X"): 1.0,
        ("site.up_bps", "S-X"): 2.0,
        ("site.share_down_bps", "S-X"): 3.0,
        ("site.share_up_bps", "S-X"): 4.0,
        ("uplink.down_bps", "UP-1"): 1.0,
        ("uplink.up_bps", "UP-1"): 2.0,
        ("link.ab_bps", "B-X"): 5.0,
        ("link.ba_bps", "B-X"): 6.0,
        ("link.ab_bps", "X-Y"): 0.0,
        ("link.ba_bps", "X-Y"): 0.0,
        ("link.up", "B-X"): 1.0,
        ("link.up", "X-Y"): 0.0,
        ("device.up", "X"): 1.0,
        ("device.up", "Y"): 0.0,
        ("device.rtt_ms", "X"): 0.4,
    }


def test_they_wait_in_the_spool_until_the_store_takes_them(tmp_path: Path) -> None:
    writer = ToStore(Samples(Spool(tmp_path, "watch", 1_000_000)))
    assert writer.put(ROWS) == 2
    (segment,) = segments(tmp_path)
    assert (segment.table, segment.writer, segment.rows) == ("samples", "watch", 2)


def test_what_a_full_spool_does_not_take_is_counted(tmp_path: Path) -> None:
    writer = ToStore(Samples(Spool(tmp_path, "watch", 1)))
    assert writer.put(ROWS) == 0
    assert losses(tmp_path) == {"watch": 2}
