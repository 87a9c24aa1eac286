"""What is asked of the small network: who reaches whom."""

from __future__ import annotations

from network.echo import Question
from network.small import CENTER, Standing
from simpul.lab.network.plan import SERVERS, Network


def from_clients(network: Network, sites: list[str] | None = None) -> list[Question]:
    """From the first client of every site to the servers of the internet and to the center, in both families."""
    center = targets_of_center(network)
    return [
        Question(node.code, target, node.client_addresses()[0][":" in target])
        for node in network.sites
        if sites is None or node.code in sites
        for target in (*SERVERS, *center)
    ]


def targets_of_center(network: Network) -> tuple[str, ...]:
    """The center's addresses, if the network has one."""
    span = network.span_by_code.get("L-SRV")
    return (span.b.bare(4), span.b.bare(6)) if span else ()


def served(standing: Standing, *, within: float = 20.0) -> set[str]:
    """The sites for which everything is answered; a site for which only something is fails."""
    questions = from_clients(standing.network)
    answers = standing.answered(questions, within=within)
    whole = {question.node for question in questions} - {each.node for each in questions if each not in answers}
    assert {each.node for each in answers} == whole
    return whole


def everybody(standing: Standing) -> set[str]:
    """Codes of all sites."""
    return {node.code for node in standing.network.sites}


def from_center(standing: Standing) -> list[Question]:
    """From the center to every router, by the address it is managed at."""
    return [
        Question(CENTER, address.partition("/")[0])
        for node in standing.network.nodes
        if node.kind != "provider"
        for address in node.loopback
    ]
