"""`simpul impact`: whom it hits when something of the invented regency is gone."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from register.networks import CORE, random_network, reached
from simpul import cli
from simpul.register.logic.elements import elements_called
from simpul.register.logic.graph import graph_of
from simpul.register.logic.impact import impact_of
from simpul.register.models import Site
from told import told_regency

pytestmark = pytest.mark.django_db
Out = pytest.CaptureFixture[str]


@pytest.fixture(scope="module", autouse=True)
def story(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The invented regency, told once; taken back after the last test of the file."""
    with told_regency(django_db_blocker):
        yield


def asked(capsys: Out, *words: str) -> dict[str, Any]:
    assert cli.main(["impact", *words, "--json"]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def codes(rows: list[dict[str, Any]]) -> list[str]:
    return [row["code"] for row in rows]


def test_a_cut_spur_takes_the_network_of_all_behind_it(capsys: Out) -> None:
    told = asked(capsys, "L-BAPPEDALITBANG")
    assert codes(told["without_network"]) == ["BAPPEDALITBANG", "BKPSDM", "BPKAD"]
    assert told["without_internet"] == []
    assert told["parties"] == [
        {
            "organisation": "DISKOMINFOSANDI",
            "service_number": "",
            "name": "Dinas Komunikasi, Informatika dan Persandian",
        }
    ]
    assert cli.main(["impact", "L-BAPPEDALITBANG"]) == 0
    assert capsys.readouterr().out.startswith("Without link L-BAPPEDALITBANG: 3 sites without network\n")


def test_a_cut_of_the_ring_hits_nobody_and_a_second_one_does(capsys: Out) -> None:
    assert asked(capsys, "RING-2")["without_network"] == asked(capsys, "RING-4")["without_network"] == []
    told = asked(capsys, "RING-2", "RING-4")
    assert len(told["without_network"]) == 11
    assert {"RSUD", "DISDIK", "KEC-LAHEI"} <= set(codes(told["without_network"]))
    assert {each["code"] for each in told["attached"]} == {"CAM-PASAR-1", "CAM-PASAR-2", "APP-ANTREAN"}
    assert cli.main(["impact", "RING-2"]) == 0
    assert "every site keeps its network and its internet" in capsys.readouterr().out


def test_a_leased_circuit_names_the_provider_and_its_service_number(capsys: Out) -> None:
    by_circuit, by_link = asked(capsys, "SW-RSUD"), asked(capsys, "L-RSUD")
    assert by_circuit["elements"][0]["kind"] == "circuit"
    for told in (by_circuit, by_link):
        assert codes(told["without_network"]) == ["RSUD"]
        assert [(each["organisation"], each["service_number"]) for each in told["parties"]] == [
            ("SERAT", "SCN-CTH-0101")
        ]


def test_one_way_out_is_no_loss_and_both_are_the_internet_of_all_who_have_it(capsys: Out) -> None:
    one = asked(capsys, "UP-SERAT")
    assert (one["without_internet"], one["ways_out"]["lost"]) == ([], ["UP-SERAT"])
    assert one["ways_out"]["left"] == [{"code": "UP-JALUR", "down_bps": 400_000_000}]
    both = asked(capsys, "UP-SERAT", "UP-JALUR")
    assert both["without_network"] == both["ways_out"]["left"] == []
    assert len(both["without_internet"]) == 36


def test_a_device_takes_what_hangs_on_it(capsys: Out) -> None:
    assert "KESBANGPOL" in codes(asked(capsys, "R-MELAYU")["without_network"])
    assert asked(capsys, "GW-INTI")["ways_out"]["left"] == []
    whole = asked(capsys, "POP-MELAYU")
    assert whole["elements"] == [{"kind": "site", "code": "POP-MELAYU", "name": "POP Melayu", "planned": False}]
    assert whole["without_network"] == asked(capsys, "R-MELAYU")["without_network"]


def test_nothing_hangs_on_what_is_only_planned(capsys: Out) -> None:
    told = asked(capsys, "L-DLH")
    assert told["elements"][0]["planned"] is True
    assert told["without_network"] == []
    assert cli.main(["impact", "L-DLH"]) == 0
    assert capsys.readouterr().out == "link L-DLH: not built yet, so nothing hangs on it.\n"


def test_an_unknown_code_is_one_line_with_codes_like_it(capsys: Out) -> None:
    assert cli.main(["impact", "ring-1", "--json"]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)
    assert captured.err.startswith("simpul impact: ring-1: no link, circuit, device, way out or site has this code.")
    assert "RING-1" in captured.err
    assert cli.main(["impact", "CAM-PASAR-1"]) == 2
    assert "CAM-PASAR-1 (camera, site RP-PASAR) stands at an end of the network" in capsys.readouterr().err
    assert cli.main(["impact", "RING-1", "--kind", "device"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_code_of_two_elements_is_asked_back(capsys: Out) -> None:
    Site.objects.filter(code="RP-TAMAN").update(code="L-SETDA")
    try:
        assert cli.main(["impact", "L-SETDA"]) == 2
        said = capsys.readouterr().err
        assert "the code of several elements (link, site). Say which one: --kind link" in said
        assert codes(asked(capsys, "L-SETDA", "--kind", "link")["without_network"]) == ["SETDA"]
    finally:
        Site.objects.filter(code="L-SETDA").update(code="RP-TAMAN")


@pytest.mark.parametrize("seed", range(50))
def test_whatever_is_gone_those_without_network_are_those_that_joined_sets_lose(seed: int) -> None:
    dice = random.Random(seed)
    snapshot = random_network(dice)
    gone = [*dice.sample(sorted(snapshot.links), 2), *dice.sample(sorted({*snapshot.devices} - {CORE}), 1)]
    elements = [elements_called(snapshot, code)[0] for code in gone]
    told = impact_of(graph_of(snapshot), elements)
    after = reached(snapshot, [CORE], set(gone[:2]), set(gone[2:]))
    before = reached(snapshot, [CORE])
    places = snapshot.sites.values()
    assert set(told.network) == {p.code for p in places if p.counted and p.device in before - after}
    assert set(told.silent) == {p.code for p in places if p.device in before - after}
    assert set(told.ways_lost) == {way.code for way in snapshot.uplinks.values() if way.device not in after}
