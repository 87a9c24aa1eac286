"""`simpul trace`: hop by hop to the core and out, and whose each piece is."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from register.networks import random_network, reached
from simpul import cli
from simpul.register.logic.elements import elements_called
from simpul.register.logic.graph import graph_of
from simpul.register.logic.way import way_of
from told import told_regency

pytestmark = pytest.mark.django_db
Out = pytest.CaptureFixture[str]


@pytest.fixture(scope="module", autouse=True)
def story(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The invented regency, told once; taken back after the last test of the file."""
    with told_regency(django_db_blocker):
        yield


def asked(capsys: Out, *words: str) -> dict[str, Any]:
    assert cli.main(["trace", *words, "--json"]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def links(told: dict[str, Any]) -> list[str]:
    return [hop["link"] for hop in told["hops"]]


def test_the_way_of_a_site_is_told_port_by_port(capsys: Out) -> None:
    told = asked(capsys, "BKPSDM")
    assert links(told) == ["L-BKPSDM", "L-BPKAD", "L-BAPPEDALITBANG", "RING-1"]
    assert told["core"] == "R-INTI"
    first = told["hops"][0]
    assert (first["device"], first["port"], first["to_device"]) == ("R-BKPSDM", "sfp1", "R-BPKAD")
    assert (first["carried_by"], first["circuit"], first["owner"]) == ("own", "FO-BKPSDM", "DISKOMINFOSANDI")
    assert first["contract"] == "CONTOH/SPK-02/2019#2"
    assert [hop["only_way"] for hop in told["hops"]] == [True, True, True, False]
    for before, after in pairwise(told["hops"]):
        assert before["to_device"] == after["device"]


def test_both_ways_out_are_told_with_provider_and_contract(capsys: Out) -> None:
    told = asked(capsys, "RSUD")
    assert [out["uplink"] for out in told["ways_out"]] == ["UP-JALUR", "UP-SERAT"]
    main = told["ways_out"][1]
    assert [hop["carried_by"] for hop in main["hops"]] == ["patch"]
    assert (main["device"], main["port"], main["provider"]) == ("GW-INTI", "wan1", "SERAT")
    assert (main["service_number"], main["contract"]) == ("SCN-CTH-0001", "CONTOH/PKS-06/2026#1")


def test_a_leased_circuit_is_one_hop_of_its_provider(capsys: Out) -> None:
    hop = asked(capsys, "RSUD")["hops"][0]
    assert (hop["carried_by"], hop["provider"], hop["service_number"]) == ("leased", "SERAT", "SCN-CTH-0101")
    assert asked(capsys, "SW-RSUD")["hops"] == asked(capsys, "L-RSUD")["hops"] == asked(capsys, "RSUD")["hops"]
    assert cli.main(["trace", "RSUD"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("site RSUD: 3 hops to the core R-INTI\n  1. R-RSUD:")
    assert "leased circuit SW-RSUD, SERAT SCN-CTH-0101; owner SERAT, repaired by SERAT" in said


def test_a_link_of_the_ring_is_crossed_first(capsys: Out) -> None:
    told = asked(capsys, "RING-4")
    assert links(told) == ["RING-4", "RING-5", "RING-6"]
    assert told["hops"][0]["device"] == "R-MALAWAKEN"


def test_a_camera_goes_the_way_of_its_site(capsys: Out) -> None:
    told = asked(capsys, "CAM-PASAR-1")
    assert told["element"] == {"kind": "site", "code": "RP-PASAR", "name": "Pasar Kota"}
    assert links(told) == links(asked(capsys, "RP-PASAR"))


def test_a_way_out_is_traced_alone(capsys: Out) -> None:
    told = asked(capsys, "UP-JALUR")
    assert [out["uplink"] for out in told["ways_out"]] == ["UP-JALUR"]
    assert links(told) == ["L-GW"]


def test_what_is_not_joined_answers_one(capsys: Out) -> None:
    for code in ("DLH", "R-DLH", "L-DLH"):
        assert cli.main(["trace", code, "--json"]) == 1
        told = json.loads(capsys.readouterr().out)
        assert (told["joined"], told["core"], told["hops"], told["ways_out"]) == (False, None, [], [])
    assert cli.main(["trace", "DLH"]) == 1
    assert capsys.readouterr().out.endswith(": not joined to the network.\n")


def test_an_unknown_code_is_one_line(capsys: Out) -> None:
    assert cli.main(["trace", "R-NOWHERE"]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)
    assert captured.err.startswith("simpul trace: R-NOWHERE: ")


@pytest.mark.parametrize("seed", range(50))
def test_every_way_is_whole_and_crosses_the_link_that_was_asked_for(seed: int) -> None:
    snapshot = random_network(random.Random(seed))
    graph = graph_of(snapshot)
    for code in snapshot.links:
        way = way_of(graph, elements_called(snapshot, code)[0])
        assert way.core in graph.core
        assert way.hops[0].link.code == code
        assert [hop.to_device for hop in way.hops][:-1] == [hop.device for hop in way.hops][1:]
        for hop in way.hops:
            apart = hop.to_device not in reached(snapshot, [hop.device], {hop.link.code})
            assert apart is hop.only_way
