"""Builds the virtual network in this machine's kernel, cuts and restores its spans, takes it down. Blocking."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from simpul.lab.network import commands
from simpul.lab.network.namespaces import CommandFailed, existing, run_batches, run_in, settle
from simpul.lab.network.plan import GROUND, Network, network_from_text
from simpul.lab.network.routes import Route, tables

# Inside the sandbox, and gone with it: what stands there, as far as its builder came.
RECORD = Path("/run/simpul-lab.json")


class Lab:
    """The network in the kernel. Its cut spans are read from there; what it remembers are the routes it has set."""

    def __init__(self, network: Network, record: Path = RECORD) -> None:
        self.network = network
        self.record = record
        self._ports = commands.ports(network)
        self._routes: dict[str, frozenset[Route]] = {}
        self._cut: frozenset[str] = frozenset()

    @property
    def cut_spans(self) -> frozenset[str]:
        """Codes of the spans that are dark now."""
        return self._cut

    @property
    def stands(self) -> bool:
        """Whether it has been built, or adopted."""
        return bool(self._routes)

    def up(self) -> str:
        """`built`, or `adopted` where the same network stands already; anything else that stands is removed first."""
        if self.stands:
            return "adopted"
        if self._same_stands():
            self._adopt()
            return "adopted"
        self._clear()
        self._build()
        return "built"

    def down(self) -> None:
        """Remove everything that was built, whoever built it; nothing where nothing stands."""
        self._clear()
        self._routes, self._cut = {}, frozenset()

    def cut(self, span: str) -> None:
        """Both ends lose their line at once; routes stay as they are until `converge`."""
        self._switch([span], on=False)

    def restore(self, spans: Iterable[str] = (), unnoticed: Iterable[str] = ()) -> None:
        """Give these spans, or all that are cut, their line back, and the routes that fit."""
        self._switch(list(spans) or sorted(self._cut), on=True)
        self.converge(unnoticed)

    def converge(self, unnoticed: Iterable[str] = ()) -> int:
        """Set the routes that fit the living spans; returns how many nodes changed theirs.

        `unnoticed` spans are cut, but routers do not know it yet: routes go over them still.
        """
        wanted = tables(self.network, self._cut.difference(unnoticed))
        lines = {
            self._place(node): commands.change_routes(self._routes.get(node, ()), routes)
            for node, routes in wanted.items()
        }
        run_batches(lines)
        self._routes = wanted
        return sum(1 for batch in lines.values() if batch)

    @property
    def converged(self) -> bool:
        """Whether the routes that are set fit the living spans."""
        return self._routes == tables(self.network, self._cut)

    def _switch(self, spans: Iterable[str], *, on: bool) -> None:
        chosen = set(spans)
        run_batches({GROUND: [line for span in sorted(chosen) for line in commands.switch(self._ports[span], on=on)]})
        self._cut = self._cut - chosen if on else self._cut | chosen

    def _place(self, node: str) -> str:
        """The name of a node's namespace; empty for the one that we stand in."""
        return "" if self.network.by_code[node].kind == "center" else node

    def _build(self) -> None:
        self._write(complete=False)
        run_batches({"": commands.make_namespaces(self.network)})
        settle(GROUND, commands.GROUND_SETTINGS)
        for node in self.network.nodes:
            settle(self._place(node.code), _settings(node.kind))
        run_batches({GROUND: commands.lay_spans(self.network, os.getpid())})
        run_batches({GROUND: commands.limits(self.network)}, tool="tc")
        for node in self.network.nodes:
            settle(self._place(node.code), commands.impatience(self.network, node))
        wanted = tables(self.network)
        run_batches(
            {
                self._place(node.code): [
                    *commands.furnish(self.network, node),
                    *commands.change_routes((), wanted[node.code]),
                ]
                for node in self.network.nodes
            }
        )
        translation = commands.masquerade(self.network)
        if translation:
            run_in(self.network.gateway.code, ["nft", "-f", "-"], translation)
        self._routes, self._cut = wanted, frozenset()
        self._write(complete=True)

    def _write(self, *, complete: bool) -> None:
        draft = self.record.with_suffix(".draft")
        draft.write_text(json.dumps({"complete": complete, "network": self.network.to_text()}), encoding="utf-8")
        draft.replace(self.record)

    def _recorded(self) -> tuple[Network | None, bool]:
        """What was built here last, and whether its builder came to the end."""
        with contextlib.suppress(OSError, ValueError, KeyError):
            record = json.loads(self.record.read_text(encoding="utf-8"))
            return network_from_text(record["network"], str(self.record)), bool(record["complete"])
        return None, False

    def _same_stands(self) -> bool:
        recorded, complete = self._recorded()
        return complete and recorded == self.network and existing() >= set(commands.namespaces(self.network))

    def _adopt(self) -> None:
        """Read from the kernel which spans are dark and which routes an earlier process has left, then mend those."""
        dark = {
            link["ifname"] for link in json.loads(run_in(GROUND, ["ip", "-j", "link"])) if "UP" not in link["flags"]
        }
        self._cut = frozenset(span for span, pair in self._ports.items() if dark & set(pair))
        self._switch(self._cut, on=False)
        self._routes = {
            node.code: _read_routes(self._place(node.code)) for node in self.network.nodes if node.kind != "provider"
        }
        self.converge()

    def _clear(self) -> None:
        recorded, _ = self._recorded()
        names: set[str] = set()
        for network in (recorded, self.network):
            if network is not None:
                names |= set(commands.namespaces(network))
        if self.network.center or (recorded and recorded.center):
            _remove_center_ends(recorded or self.network)
        run_batches({"": commands.remove_namespaces(sorted(names & existing()))})
        self.record.unlink(missing_ok=True)


def _settings(kind: str) -> Mapping[str, str]:
    if kind == "center":
        return commands.CENTER_SETTINGS
    return {**commands.SETTINGS, **commands.GATEWAY_SETTINGS} if kind == "gateway" else commands.SETTINGS


def _remove_center_ends(network: Network) -> None:
    """The center's cable would vanish with the ground, but only when the kernel gets round to it."""
    center = network.center
    for span in network.spans:
        for end in (span.a, span.b):
            if center is not None and end.node == center.code:
                with contextlib.suppress(CommandFailed):
                    run_in("", ["ip", "link", "del", end.interface])


def _read_routes(place: str) -> frozenset[Route]:
    """The lab's routes that a namespace holds now."""
    found = set()
    for family, everywhere in (("-4", "0.0.0.0/0"), ("-6", "::/0")):
        where = ["-n", place] if place else []
        said = run_in("", ["ip", *where, family, "-j", "route", "show", "proto", str(commands.PROTOCOL)])
        for route in json.loads(said or "[]"):
            found.add(_route(route, everywhere))
    return frozenset(found)


def _route(route: Mapping[str, object], everywhere: str) -> Route:
    prefix = str(route["dst"])
    if prefix == "default":
        prefix = everywhere
    elif "/" not in prefix:
        prefix += "/128" if ":" in prefix else "/32"
    metric = int(str(route.get("metric", 0)))
    via = str(route.get("gateway", ""))
    # An IPv6 route without metric reads back with the kernel's own.
    return Route(prefix, via, str(route["dev"]) if via else "", 0 if metric == 1024 else metric)
