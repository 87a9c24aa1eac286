"""Stands where the lab would answer on the bus: a small network that can be cut and put right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from simpul.engines.nats import NoAnswer
from simpul.web.asking import CONNECTION_KEY


class LabStand:
    """Answers as `lab/daemon.py` does. `spans` as (code, end, end); without `running` nobody answers."""

    def __init__(self, spans: list[tuple[str, str, str]], uplinks: list[str]) -> None:
        self.spans, self.uplinks = spans, uplinks
        self.cut: set[str] = set()
        self.greedy: list[str] = []
        self.running = self.up = self.converged = True
        self.problem = ""
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def ask(self, subject: str, payload: Mapping[str, Any], within: float) -> dict[str, Any]:
        """One question of a page."""
        assert within > 1
        self.asked.append((subject, dict(payload)))
        if not self.running:
            raise NoAnswer(f"{subject}: nats: no responders available for request")
        if subject == "lab.drill" and self.problem:
            return {"ok": False, "problem": self.problem}
        if subject == "lab.drill":
            self._drill(payload["name"], payload["target"])
        return {"ok": True, **self._status()}

    def _drill(self, name: str, target: str) -> None:
        if name == "cut-span":
            self.cut.add(target)
        elif name == "lose-uplink":
            self.cut.add(f"L-{target}")
        elif name == "greedy-site":
            self.greedy.append(target)
        elif not target:
            self.cut.clear()
            self.greedy.clear()
        else:
            self.cut -= {target, f"L-{target}"}
            self.greedy = [code for code in self.greedy if code != target]

    def _status(self) -> dict[str, Any]:
        if not self.up:
            return {"up": False, "detail": "taken down"}
        lines = [*self.spans, *((f"L-{code}", code, "GW") for code in self.uplinks)]
        return {
            "up": True,
            "cut": sorted(self.cut),
            "converged": self.converged,
            "greedy": list(self.greedy),
            "uplinks": [
                {"code": code, "state": "cut" if f"L-{code}" in self.cut else "lit", "down_bps": 1}
                for code in self.uplinks
            ],
            "spans": [
                {"code": code, "state": "cut" if code in self.cut else "lit", "a": a, "b": b, "leased": False}
                for code, a, b in lines
            ],
        }


class Wired:
    """A middleware: gives every request the stand-in that the test has put into `lab`, as the application would."""

    lab: LabStand | None = None

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """One request."""
        request.connection = {CONNECTION_KEY: Wired.lab}  # type: ignore[attr-defined]  # as PageRequest has it
        return self._answer(request)
