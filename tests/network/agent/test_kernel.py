"""What the agent does to the kernel: adopts, changes in place, mends, steers, and takes nothing away."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from network.agent.gatewaying import agent, classes, echoes, forget, gateway, plan, plan_data, seats, start_agent
from network.small import GATEWAY, Standing, small_network
from simpul.cli import main
from simpul.lab.network.plan import SERVERS, Network
from simpul.traffic.logic.panic import Panic
from waiting import PATIENCE_SECONDS

CAP = 40_000_000
SITES = {"S01": 1.0, "S02": 2.0, "S03": 1.0, "S04": 1.0}
BOTH = frozenset({"UP-1", "UP-2"})


@pytest.fixture(scope="module")
def lab(raise_lab: Callable[[Network], Standing]) -> Standing:
    """Six sites, two ways out; S05 belongs to no node of the plans here."""
    return raise_lab(small_network(6, providers=2))


def settled(lab: Standing, seconds: float = 2.5) -> dict[str, list[tuple[int, int, int, int]]]:
    """The shares, once they have not changed for some seconds."""
    found, since, end = shares(lab), time.monotonic(), time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() - since < seconds:
        assert time.monotonic() < end
        time.sleep(0.1)
        now = shares(lab)
        if now != found:
            found, since = now, time.monotonic()
    return found


def has_ceiling(lab: Standing, minor: int, ceiling: int) -> bool:
    """Of a class of the device inwards."""
    return classes(lab, "lan")[minor].ceil == ceiling


def within(seconds: float, holds: Callable[[], bool], every: float = 0.1) -> bool:
    """Whether it comes to hold in that time; looked at every so often."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True


def shares(lab: Standing) -> dict[str, list[tuple[int, int, int, int]]]:
    """Number, parent, rate and ceiling of every class."""
    return {
        device: sorted((minor, state.parent, state.rate, state.ceil) for minor, state in classes(lab, device).items())
        for device in ("lan", "wan1", "wan2")
    }


def test_shares_outlive_the_agent_and_a_restart_takes_nothing_away(lab: Standing, tmp_path: Path) -> None:
    data = plan_data(SITES, [CAP, CAP], [CAP, CAP], homes={"S04": "UP-2"})
    with agent(lab, tmp_path, data) as first:
        before = settled(lab)
        first.kill()
        first.wait()
        assert shares(lab) == before
        classes_said = lab.popen(GATEWAY, ["tc", "monitor"])
        rules_said = lab.popen(GATEWAY, ["nft", "monitor"])
        routes_said = lab.popen(GATEWAY, ["ip", "monitor", "rule", "route"])
        second = start_agent(lab, tmp_path, data)
        settled(lab)
        said = []
        for monitor in (classes_said, rules_said, routes_said):
            monitor.terminate()
            said.append(monitor.communicate()[0])
        assert [text for text in said if "deleted" in text.lower() or "delete table" in text] == []
        assert "add table" not in said[1]
        assert shares(lab) == before
        second.terminate()
        assert second.wait(timeout=PATIENCE_SECONDS) == 0
        assert shares(lab) == before


@pytest.mark.parametrize("family", [4, 6])
def test_a_site_is_in_its_class_both_ways_in_either_family(lab: Standing, tmp_path: Path, family: int) -> None:
    found = {}
    with gateway(lab, tmp_path) as (made, trouble):
        made.aim(plan(SITES, [CAP, CAP], [CAP, CAP], homes={"S04": "UP-2"}), BOTH, Panic.NORMAL)
        made.turn(1.0)
        numbers = seats(tmp_path)
        for site, uplink, device in (("S02", "UP-1", "wan1"), ("S04", "UP-2", "wan2")):
            minor = numbers[f"{uplink}/G-{uplink}/{site}"]
            before = classes(lab, "lan")[minor].packets, classes(lab, device)[minor].packets
            assert echoes(lab, site, family, 20) == 20
            found[site] = (
                classes(lab, "lan")[minor].packets - before[0],
                classes(lab, device)[minor].packets - before[1],
            )
        assert trouble.lines() == []
    assert found == {"S02": (20, 20), "S04": (20, 20)}


def test_who_belongs_to_no_site_gets_little_and_is_counted(lab: Standing, tmp_path: Path) -> None:
    with gateway(lab, tmp_path) as (made, _):
        made.aim(plan(SITES, [CAP, CAP], [CAP, CAP]), BOTH, Panic.NORMAL)
        made.turn(0.0)
        minor = seats(tmp_path)["UP-1/!unclassified"]
        assert echoes(lab, "S05", 4, 20) == 20
        assert classes(lab, "lan")[minor].packets == 20
        assert classes(lab, "wan1")[minor].packets == 20
        assert classes(lab, "lan")[minor].ceil == CAP // 100


def test_the_mode_changes_on_the_gateway_itself_while_its_agent_runs(lab: Standing, tmp_path: Path) -> None:
    data = plan_data(SITES, [CAP, CAP], [CAP, CAP], nodes={"S01": {"ceiling": "12M"}})
    with agent(lab, tmp_path, data):
        number = seats(tmp_path / "state")["UP-1/G-UP-1/S01"]
        for mode, ceiling in (("equal", CAP), ("normal", 12_000_000)):
            assert main(["agent", "--state", str(tmp_path / "state"), "--panic", mode]) == 0
            assert within(PATIENCE_SECONDS, partial(has_ceiling, lab, number, ceiling)), mode


def test_traffic_of_nobody_is_told_after_a_while_and_the_agent_is_well_again_later(
    lab: Standing, tmp_path: Path
) -> None:
    data = plan_data(SITES, [CAP, CAP], [CAP, CAP])
    with agent(lab, tmp_path, data), lab.inside("S05"), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth:
        mouth.bind((lab.clients("S05")[0][0], 0))

        def said(words: str) -> bool:
            mouth.sendto(bytes(1000), (SERVERS[0], 9))
            return words in (tmp_path / "agent.log").read_text(encoding="utf-8")

        assert not said("belongs to no site")
        assert within(30, lambda: said("belongs to no site passes"), every=0.02)
        assert within(40, lambda: "unclassified: well again" in (tmp_path / "agent.log").read_text(encoding="utf-8"))


def test_protected_prefixes_pass_though_everybody_else_fills_the_uplink(lab: Standing, tmp_path: Path) -> None:
    source = lab.clients("S03")[0][0]
    end = threading.Event()

    def fill() -> None:
        """More than the uplink carries, by S01, into its own class."""
        with lab.inside("S01"), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth:
            mouth.bind((lab.clients("S01")[0][0], 0))
            while not end.is_set():
                for _ in range(20):
                    mouth.sendto(bytes(1400), (SERVERS[0], 9))
                time.sleep(0.002)

    with gateway(lab, tmp_path) as (made, _):
        made.aim(plan(SITES, [CAP, 2_000_000], [2_000_000] * 2, protected=[f"{source}/32"]), BOTH, Panic.NORMAL)
        made.turn(0.0)
        filling = threading.Thread(target=fill)
        filling.start()
        try:
            own = seats(tmp_path)["UP-1/G-UP-1/S01"]
            assert within(10, lambda: classes(lab, "wan1")[own].drops > 100)
            made.turn(1.0)
            before = classes(lab, "wan1")[own].drops
            assert echoes(lab, "S03", 4, 20) == 20
            assert within(10, lambda: classes(lab, "wan1")[own].drops > before)
        finally:
            end.set()
            filling.join()


def test_protected_prefixes_pass_in_every_mode(lab: Standing, tmp_path: Path) -> None:
    source = lab.clients("S03")[0][0]
    with gateway(lab, tmp_path) as (made, _):
        for at, mode in enumerate(Panic):
            made.aim(plan(SITES, [CAP, CAP], [CAP, CAP], protected=[f"{source}/32"]), BOTH, mode)
            made.turn(float(at))
            minor = seats(tmp_path)["UP-1/!protected"]
            before = classes(lab, "lan")[minor].packets
            assert echoes(lab, "S03", 4, 10) == 10
            assert classes(lab, "lan")[minor].packets - before == 10
            assert classes(lab, "lan")[minor].ceil == CAP


def test_what_somebody_takes_away_is_made_again_and_told(lab: Standing, tmp_path: Path) -> None:
    with gateway(lab, tmp_path) as (made, trouble):
        made.aim(plan(SITES, [CAP, CAP], [CAP, CAP]), BOTH, Panic.NORMAL)
        made.turn(0.0)
        made.turn(0.5)
        site = f"1:{seats(tmp_path)['UP-1/G-UP-1/S01']:x}"
        lab.run(GATEWAY, ["tc", "class", "del", "dev", "lan", "classid", site])
        lab.run(GATEWAY, ["tc", "qdisc", "del", "dev", "wan2", "root"])
        lab.run(GATEWAY, ["nft", "delete", "table", "inet", "simpul"])
        lab.run(GATEWAY, ["ip", "rule", "del", "pref", "5301"])
        lab.run(GATEWAY, ["ip", "-6", "route", "flush", "table", "5302"])
        lab.run(GATEWAY, ["tc", "qdisc", "del", "dev", "wan1", "parent", site])
        made.turn(11.0)
        assert made.unfinished() == []
        told = " ".join(trouble.lines())
        for words in ("lan: 1 classes", "wan2: all its classes", "table inet simpul", "lookup 5301", "table 5302"):
            assert words in told
        assert "wan1: 1 queues" in told
        assert site in lab.run(GATEWAY, ["tc", "class", "show", "dev", "lan"])
        made.turn(22.0)
        assert made.unfinished() == []


def test_everyone_is_alike_in_an_emergency_and_nobody_is_shaped_when_it_is_off(lab: Standing, tmp_path: Path) -> None:
    ceiling = {"S01": {"guarantee": "10M", "ceiling": "12M"}}
    with gateway(lab, tmp_path) as (made, _):
        aim = plan(SITES, [CAP, CAP], [CAP, CAP], nodes=ceiling)
        made.aim(aim, BOTH, Panic.EQUAL)
        made.turn(0.0)
        numbers = seats(tmp_path)
        own = [classes(lab, "lan")[numbers[f"UP-1/G-UP-1/{site}"]] for site in SITES]
        assert len({state.rate // 100_000 for state in own}) == 1
        assert {state.ceil for state in own} == {CAP}
        made.aim(aim, BOTH, Panic.OFF)
        for at in range(1, 4):
            made.turn(float(at))
        assert classes(lab, "lan")[numbers["UP-1/!unclassified"]].ceil == CAP
        assert classes(lab, "lan")[numbers["UP-1/!unclassified"]].rate > 0.8 * CAP
        assert sum(classes(lab, "lan")[numbers[f"UP-1/G-UP-1/{site}"]].rate for site in SITES) <= 0.1 * CAP
        made.aim(aim, BOTH, Panic.NORMAL)
        made.turn(4.0)
        assert classes(lab, "lan")[numbers["UP-1/G-UP-1/S01"]].ceil == 12_000_000


def test_a_device_that_is_not_there_is_named_and_used_once_it_is(lab: Standing, tmp_path: Path) -> None:
    lab.run(GATEWAY, ["ip", "link", "set", "wan2", "down"])
    lab.run(GATEWAY, ["ip", "link", "set", "wan2", "name", "wan9"])
    try:
        with gateway(lab, tmp_path) as (made, trouble):
            made.aim(plan(SITES, [CAP, CAP], [CAP, CAP]), frozenset({"UP-1"}), Panic.NORMAL)
            made.turn(0.0)
            assert any('"wan2"' in line for line in trouble.lines())
            assert len(classes(lab, "lan")) > len(SITES)
            lab.run(GATEWAY, ["ip", "link", "set", "wan9", "name", "wan2"])
            lab.run(GATEWAY, ["ip", "link", "set", "wan2", "up"])
            lab.lab.converge()
            made.turn(0.5)
            made.turn(11.0)
            assert made.unfinished() == []
    finally:
        lab.start(GATEWAY, ["ip", "link", "set", "wan9", "name", "wan2"], check=False)
        lab.start(GATEWAY, ["ip", "link", "set", "wan2", "up"], check=False)


def test_a_dead_uplink_or_a_missing_device_of_before_is_no_reason_against_a_plan(lab: Standing, tmp_path: Path) -> None:
    with gateway(lab, tmp_path) as (made, trouble):
        made.aim(plan(SITES, [CAP, CAP], [CAP, CAP]), BOTH, Panic.NORMAL)
        trouble.tell("uplink UP-2", "uplink UP-2 is dead; its sites use another")
        trouble.tell("device wan2", "it is not there")
        known = trouble.now().keys()
        made.turn(0.0)
        trouble.tell("device wan2", "it is not there")
        assert made.unfinished(known) == []
        assert made.unfinished() == ["it is not there"]


def test_a_second_agent_with_another_state_folder_is_refused(
    lab: Standing, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with agent(lab, tmp_path, plan_data(SITES, [CAP, CAP], [CAP, CAP])) as first:
        other = ["--plan", str(tmp_path / "plan.json"), "--state", str(tmp_path / "other")]
        for deed in ("--once", "--remove"):
            with lab.inside(GATEWAY):
                assert main(["agent", *other, deed]) == 2
            assert f"another agent (process {first.pid}) works on this gateway" in capsys.readouterr().err


def test_a_plan_file_that_would_be_refused_as_an_order_is_carried_out_and_that_is_said(
    lab: Standing, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plan.json"
    said = {}
    for name, more in {"sound": {}, "unsound": {"guarantee": "50M"}}.items():
        file.write_text(json.dumps(plan_data(SITES, [CAP, CAP], [CAP, CAP], nodes={"S01": more})), encoding="utf-8")
        with lab.inside(GATEWAY):
            assert main(["agent", "--plan", str(file), "--state", str(tmp_path / "state"), "--once", "--json"]) == 0
        said[name] = json.loads(capsys.readouterr().out)
    assert said["sound"]["refusals"] == []
    assert not any("refused" in line for line in said["sound"]["report"]["trouble"])
    assert "guaranteed" in said["unsound"]["refusals"][0]
    assert any("would be refused" in line for line in said["unsound"]["report"]["trouble"])
    forget(lab)
