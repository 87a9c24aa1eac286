"""A plan file is read whole, or refused by the place of what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from simpul.traffic.logic.plan import Match, Node, Plan, Rates, Uplink
from simpul.traffic.logic.plan_file import PlanError, plan_from_data, read_plan
from traffic.trees import Case, cases

WRITTEN = """
format: 1
uplinks:
  - {name: A, dev: wan0, down: 100M, up: 1.5G, probes: [192.0.2.1, 2001:db8::1]}
  - {name: B, dev: wan1, down: 20000000, up: 10M}
lan: [lan0]
nodes:
  - {name: DINKES, parent: OPD, guarantee: 10M, ceiling: {down: 20M, up: 10M}, prefixes: [198.51.100.0/25]}
  - {name: OPD, parent: A, weight: 2.5, tier: 1, uplinks: [A, B]}
  - name: 6205
    parent: OPD
    match:
      - vlan: 20
      - interface: eth0.7
      - prefix: 2001:db8:1::/48
protected: [203.0.113.0/28]
"""


def refusal(text: str, name: str = "plan.yaml") -> str:
    """What is said about it."""
    with pytest.raises(PlanError) as refused:
        read_plan(text, name)
    return str(refused.value)


def refusal_if_any(read: Callable[[], Plan]) -> str:
    """What is said about it, or nothing if it is a plan after all. Any other error is an error of the reader."""
    try:
        read()
    except PlanError as refused:
        return str(refused)
    return ""


def test_everything_that_is_written_is_read() -> None:
    dinkes, inside = ip_network("198.51.100.0/25"), ip_network("2001:db8:1::/48")
    assert read_plan(WRITTEN, "plan.yaml") == Plan(
        uplinks=(
            Uplink("A", "wan0", Rates(100_000_000, 1_500_000_000), ("192.0.2.1", "2001:db8::1")),
            Uplink("B", "wan1", Rates(20_000_000, 10_000_000)),
        ),
        lan=("lan0",),
        nodes=(
            Node(
                "DINKES",
                "OPD",
                Rates(10_000_000, 10_000_000),
                Rates(20_000_000, 10_000_000),
                match=(Match(prefix=dinkes),),
            ),
            Node("OPD", "A", weight=2.5, tier=1, uplinks=("A", "B")),
            Node("6205", "OPD", match=(Match(vlan=20), Match(interface="eth0.7"), Match(prefix=inside))),
        ),
        protected=(ip_network("203.0.113.0/28"),),
    )


def test_json_says_the_same() -> None:
    data = yaml.safe_load(WRITTEN)
    for name in ("plan.json", "plan.yaml"):
        assert read_plan(json.dumps(data), name) == read_plan(WRITTEN, "plan.yaml")


@given(cases())
def test_a_plan_as_data_reads_back_equal(case: Case) -> None:
    data = case.plan.to_data()
    assert plan_from_data(json.loads(json.dumps(data)), "plan") == case.plan
    assert read_plan(yaml.safe_dump(data), "plan.yaml") == case.plan


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("format: 1", "format: 2", "plan.yaml, format: 2 is not known; this version reads format 1"),
        ("format: 1", "format: true", "plan.yaml, format: true is not known; this version reads format 1"),
        ("lan: [lan0]", "lans: [lan0]", 'plan.yaml: there is no key "lans"; did you mean "lan"?'),
        ("lan: [lan0]", "lan: lan0", 'plan.yaml, lan: "lan0" is not a list.'),
        ("lan: [lan0]", "lan: [lan0, lan0]", 'plan.yaml, lan[1]: "lan0" stands there twice.'),
        ("lan: [lan0]", "lan: [wan1]", 'plan.yaml, uplinks[1] "B", dev: wan1 stands in lan as well.'),
        ("lan: [lan0]", "lan: ['a b']", 'plan.yaml, lan[0]: "a b" is no name of a network interface.'),
        ("dev: wan1, ", "", 'plan.yaml, uplinks[1] "B": "dev" is missing.'),
        ("dev: wan1", "dev: wan0", 'plan.yaml, uplinks[1] "B", dev: wan0 stands in uplinks[0] "A" as well.'),
        ("name: B", "name: A", 'plan.yaml, uplinks[1] "A": uplinks[0] has the same name.'),
        ("name: OPD", "name: B", 'plan.yaml, nodes[1] "B": uplinks[1] has the same name.'),
        ("down: 100M", "down: 0", 'plan.yaml, uplinks[0] "A", down: 0 is outside 8 bit/s to 100T.'),
        ("down: 100M", "down: 7", 'plan.yaml, uplinks[0] "A", down: 7 is outside 8 bit/s to 100T.'),
        ("down: 100M", "down: 200T", 'plan.yaml, uplinks[0] "A", down: "200T" is outside 8 bit/s to 100T.'),
        ("down: 100M", "down: .nan", 'plan.yaml, uplinks[0] "A", down: nan is not a rate.'),
        ("down: 100M", "down: true", 'plan.yaml, uplinks[0] "A", down: true is not a rate.'),
        ("down: 100M", "down: 1.5", 'plan.yaml, uplinks[0] "A", down: 1.5 is not a rate.'),
        ("192.0.2.1,", "192.0.2.256,", 'plan.yaml, uplinks[0] "A", probes[0]: "192.0.2.256" is no IP address.'),
        ("guarantee: 10M", "guarantee: -10M", 'plan.yaml, nodes[0] "DINKES", guarantee: "-10M" is not a rate.'),
        ("guarantee: 10M", "guarantee: -1", 'plan.yaml, nodes[0] "DINKES", guarantee: -1 is outside 0 to 100T.'),
        ("guarantee: 10M", "guarantee: {down: 1M}", 'plan.yaml, nodes[0] "DINKES", guarantee: "up" is missing.'),
        (
            "guarantee: 10M",
            "guarantee: 15M",
            'plan.yaml, nodes[0] "DINKES", ceiling: 10 Mbps up is less than the guarantee of 15 Mbps.',
        ),
        ("weight: 2.5", "wieght: 2", 'plan.yaml, nodes[1] "OPD": there is no key "wieght"; did you mean "weight"?'),
        ("weight: 2.5", "weight: 0", 'plan.yaml, nodes[1] "OPD", weight: 0 is no weight.'),
        ("weight: 2.5", "weight: .inf", 'plan.yaml, nodes[1] "OPD", weight: inf is no weight.'),
        ("tier: 1", "tier: -1", 'plan.yaml, nodes[1] "OPD", tier: -1 is not a whole number'),
        ("tier: 1", "tier: true", 'plan.yaml, nodes[1] "OPD", tier: true is not a whole number'),
        ("[A, B]", "[A, C]", 'plan.yaml, nodes[1] "OPD", uplinks: there is no uplink "C"'),
        ("parent: A", "parent: OPD", 'plan.yaml, nodes[1] "OPD", parent: is the node itself.'),
        ("name: OPD, parent: A", "name: A, parent: A", 'plan.yaml, nodes[1] "A": uplinks[0] has the same name.'),
        ("parent: A", "parent: DINKE", 'no uplink or node "DINKE"; did you mean "DINKES"?'),
        ("vlan: 20", "vlan: 4095", "plan.yaml, nodes[2], match[0], vlan: 4095 is not a whole number from 1 to 4094."),
        ("vlan: 20", "vlan: 20\n        interface: x", "plan.yaml, nodes[2], match[0]: holds 2 keys."),
        ("2001:db8:1::/48", "203.0.113.9/28", 'match[2], prefix: "203.0.113.9/28" has bits set behind its length.'),
        ("2001:db8:1::/48", "203.0.113.9", 'match[2], prefix: "203.0.113.9" is no prefix.'),
        ("2001:db8:1::/48", "198.51.100.0/25", 'nodes[2] "6205", match: prefix 198.51.100.0/25 belongs to "DINKES"'),
        ("203.0.113.0/28", "198.51.100.0/25", 'nodes[0] "DINKES", match: prefix 198.51.100.0/25 belongs to protected'),
        ("tier: 1", "prefixes: [198.51.100.128/25]", 'nodes[1] "OPD", match: nodes stand below it.'),
        ("name: 6205", "name: 6.205", "plan.yaml, nodes[2], name: 6.205 is not a name."),
        ("name: 6205", 'name: "a\\nb"', "nodes[2] 'a\\nb', name: 'a\\nb' is no name."),
        ("name: 6205", "name: x\n    name: y", 'plan.yaml, line 11: "name" is written twice.'),
        ("lan: [lan0]", "lan: &x [lan0]\nprotected: *x", "plan.yaml, line 7: the alias *x is not read."),
        ("lan: [lan0]", "lan: !!python/name:os.system lan0", "plan.yaml, line 6: the tag tag:yaml.org"),
        ("lan: [lan0]", "lan: [lan0", "plan.yaml, line 7: "),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_place(old: str, new: str, said: str) -> None:
    assert old in WRITTEN
    refused = refusal(WRITTEN.replace(old, new, 1))
    assert said in refused
    assert "\n" not in refused


def test_a_circle_of_parents_is_refused() -> None:
    text = WRITTEN.replace("parent: A", "parent: DINKES")
    assert 'nodes[0] "DINKES", parent: the way up comes back to "DINKES".' in refusal(text)


def test_a_tree_deeper_than_the_kernel_can_build_is_refused() -> None:
    def chain(levels: int) -> dict[str, Any]:
        nodes = [{"name": f"N{level}", "parent": f"N{level - 1}" if level else "A"} for level in range(levels)]
        return {"uplinks": [{"name": "A", "dev": "wan0", "down": 8, "up": 8}], "nodes": nodes[::-1]}

    plan_from_data(chain(7), "plan.yaml")
    with pytest.raises(PlanError, match="more than 7 levels"):
        plan_from_data(chain(8), "plan.yaml")


def test_a_prefix_inside_another_nodes_prefix_is_allowed() -> None:
    plan = read_plan(WRITTEN.replace("2001:db8:1::/48", "198.51.100.16/28"), "plan.yaml")
    assert Match(prefix=ip_network("198.51.100.16/28")) in plan.node("6205").match


def test_words_that_other_readers_take_for_yes_or_for_times_stay_names() -> None:
    text = WRITTEN.replace("6205", "NO").replace("DINKES", "12:30:45").replace("OPD", "0012")
    assert [node.name for node in read_plan(text, "plan.yaml").nodes] == ["12:30:45", "0012", "NO"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nodes",
        "[" * 100_000,
        "- " * 5_000,
        '{"uplinks": ' * 100_000,
        '{"nodes": ' + "9" * 5_000 + "}",
        "? [a]\n: b",
        "a: 1\n--- \nb: 2",
        "\x00",
        "\ud800",
        "a: &a [*a]",
        "&a : *a",
        "a: !!timestamp x",
        "!!int x",
        "uplinks: {}\nnodes: []",
        "uplinks: []\nnodes: []",
        "uplinks:\nnodes:",
    ],
)
@pytest.mark.parametrize("name", ["plan.yaml", "plan.json"])
def test_hostile_texts_are_refused_in_one_short_line(text: str, name: str) -> None:
    refused = refusal(text, name)
    assert refused.startswith(name)
    assert len(refused) < 300
    assert "\n" not in refused


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates()
WORDS = st.sampled_from(["A", "OPD", "10M", "198.51.100.0/25", "2001:db8::/32", "lan0", "-1", "1e400", "inf"])
KEYS = st.sampled_from(["format", "uplinks", "nodes", "lan", "protected", "name", "dev", "down", "up", "probes"])
KEYS |= st.sampled_from(["parent", "guarantee", "ceiling", "weight", "tier", "match", "prefixes", "prefix", "vlan"])
ANYTHING = st.recursive(
    LEAVES | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=5),
    max_leaves=25,
)


@given(ANYTHING)
def test_any_data_is_a_plan_or_refused(data: object) -> None:
    assert refusal_if_any(lambda: plan_from_data(data, "plan.yaml")).startswith("plan.yaml")


@given(st.dictionaries(KEYS, ANYTHING, max_size=4), st.sampled_from(["uplinks", "nodes"]))
def test_any_entry_of_a_good_plan_is_read_or_refused(entry: dict[str, object], kind: str) -> None:
    data = yaml.safe_load(WRITTEN)
    data[kind][0] |= entry
    said = refusal_if_any(lambda: plan_from_data(data, "plan.yaml"))
    assert not said or said.startswith("plan.yaml, ")


@given(st.text(alphabet=st.sampled_from("abn:-[]{},&*!|>'\"%@`# \n\t?0179.~<=\\é\ud800\x00")))
def test_a_text_of_signs_is_refused(text: str) -> None:
    for name in ("plan.yaml", "plan.json"):
        assert refusal(text, name).startswith(name)


@given(st.text(), st.integers(0, len(WRITTEN)), st.integers(0, 20))
def test_a_damaged_file_is_a_plan_or_refused(noise: str, at: int, lost: int) -> None:
    said = refusal_if_any(lambda: read_plan(WRITTEN[:at] + noise + WRITTEN[at + lost :], "plan.yaml"))
    assert not said or said.startswith("plan.yaml")
