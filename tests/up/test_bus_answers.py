"""Where the instance answers an agent: below its own inbox, whatever place the agent names."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from nats.errors import Error as NatsError

from up.bus_server import BusServer
from up.test_bus_agents import AGENTS, Thief, agent, connected, echo, owner

HOSTILE_REPLIES = [
    "_INBOX.simpul.a.b",
    "_INBOX.agent-GW-B.a.b",
    "_INBOX.agent-GW-A",
    "_INBOX.agent-GW-A.",
    "_INBOX.agent-GW-A.>",
    "_INBOX.agent-GW-A.*.x",
    "_INBOX.agent-GW-A..x",
    "_INBOX.agent-GW-A" + ".x" * 1000,
    "agent.GW-B.do.panic",
    "agent.GW-A.do.panic",
    "control.traffic",
    "traffic.gateways",
    "live.alarms",
]


def test_the_instance_answers_an_agent_nowhere_but_below_its_own_inbox(server: BusServer) -> None:
    async def scenario() -> tuple[list[str], dict[str, Any], dict[str, Any]]:
        server.start(AGENTS)
        everything: list[str] = []

        async def hear(subject: str, _: dict[str, Any]) -> None:
            everything.append(subject)

        controller, listener, gateway = owner(server), owner(server), agent(server, "GW-A")
        await controller.subscribe("agent.*.ask", echo)
        await listener.subscribe(">", hear)
        thief = Thief(server.config("agent-GW-A", AGENTS["GW-A"]))
        async with connected(controller, listener, gateway):
            await thief.connect()
            for reply in HOSTILE_REPLIES:
                await thief.client.publish("agent.GW-A.ask", b"{}", reply=reply)
            await thief.settle()
            # Asked after them on another connection, and answered after them by the same one.
            async with asyncio.timeout(20):
                while everything.count("agent.GW-A.ask") < len(HOSTILE_REPLIES):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            answer = await gateway.request("agent.GW-A.ask", {"n": 1}, within=20)
            await thief.client.close()
            return everything, answer, dict(controller.health().counters)

    heard, answer, counters = asyncio.run(scenario())
    assert answer == {"subject": "agent.GW-A.ask", "n": 1}
    assert counters["unanswered"] == len(HOSTILE_REPLIES)
    assert set(heard) & set(HOSTILE_REPLIES) == set()


def test_a_reply_of_a_megabyte_costs_the_agent_its_own_connection_alone(server: BusServer) -> None:
    async def scenario() -> dict[str, Any]:
        server.start(AGENTS)
        controller, other = owner(server), agent(server, "GW-B")
        await controller.subscribe("agent.*.ask", echo)
        thief = Thief(server.config("agent-GW-A", AGENTS["GW-A"]))
        async with connected(controller, other):
            await thief.connect()
            with suppress(NatsError, OSError):
                await thief.client.publish("agent.GW-A.ask", b"{}", reply="_INBOX.agent-GW-A." + "x" * 2**20)
                await thief.settle()
            await thief.client.close()
            return await other.request("agent.GW-B.ask", {"n": 1}, within=20)

    assert asyncio.run(scenario()) == {"subject": "agent.GW-B.ask", "n": 1}


def test_where_an_answer_is_awaited_cannot_be_told_from_the_places_before(server: BusServer) -> None:
    async def scenario() -> list[str]:
        server.start(AGENTS)
        controller, gateway = owner(server), Thief(server.config("agent-GW-A", AGENTS["GW-A"]))
        places: list[str] = []

        async def answer(message: Any) -> None:
            places.append(message.reply.rpartition(".")[2])
            await message.respond(b"{}")

        async with connected(controller):
            await gateway.connect()
            await gateway.client.subscribe("agent.GW-A.do.>", cb=answer)
            await gateway.settle()
            for _ in range(3):
                await controller.request("agent.GW-A.do.status", {}, within=20)
            await gateway.client.close()
        return places

    places = asyncio.run(scenario())
    # The library's own names share their first twelve letters.
    assert len({place[:8] for place in places}) == 3
