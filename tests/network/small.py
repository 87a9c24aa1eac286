"""A small network of the same making as the demonstration's, for tests that need real packets."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network

from network.echo import Question, answered
from simpul.lab.network.build import Lab
from simpul.lab.network.namespaces import entered
from simpul.lab.network.plan import SERVERS, End, Network, Node, Span, Uplink

SITES_V4, SITES_V6 = IPv4Network("198.18.0.0/16"), IPv6Network("2001:db8:6205:1000::/52")
LINKS_V4, LINKS_V6 = IPv4Network("198.19.0.0/20"), IPv6Network("2001:db8:6205:f000::/64")
HOMES_V4, HOMES_V6 = IPv4Network("198.19.250.0/23"), IPv6Network("2001:db8:6205:ff00::/64")
GATEWAY, CORE, CENTER = "GW", "R-CORE", "SRV"
FIRST_CLIENT = 10
DOWN, UP = 100_000_000, 100_000_000
HANDOVERS = (("203.0.113", "2001:db8:a"), ("198.51.100", "2001:db8:b"))


class _Addresses:
    """Hands out the next block of each pool."""

    def __init__(self) -> None:
        self.links = 0
        self.homes = 0

    def link(self) -> tuple[tuple[str, str], tuple[str, str]]:
        first = 2 * self.links
        self.links += 1
        a, b = ((f"{LINKS_V4[first + end]}/31", f"{LINKS_V6[first + end]}/127") for end in (0, 1))
        return a, b

    def home(self) -> tuple[str, str]:
        self.homes += 1
        return f"{HOMES_V4[self.homes]}/32", f"{HOMES_V6[self.homes]}/128"


def site_blocks(number: int) -> tuple[IPv4Network, IPv6Network]:
    """The blocks of the `number`-th site, from 1."""
    v4 = IPv4Network((int(SITES_V4.network_address) + (number << 6), 26))
    v6 = IPv6Network((int(SITES_V6.network_address) + (number << 64), 64))
    return v4, v6


def small_network(
    sites: int = 12,
    *,
    ring: int = 0,
    spur: int = 1,
    providers: int = 1,
    center: bool = False,
    clients: int = 2,
    down_bps: Sequence[int] = (DOWN, DOWN),
    up_bps: Sequence[int] = (UP, UP),
    limited: bool = False,
) -> Network:
    """Gateway `GW`, core `R-CORE`, sites `S01` ...; spans `L-GW`, `L-S01` ..., ways out `UP-1`, `UP-2` (`wan1` ...).

    With `ring` routers `D1` ... stand in a ring with the core (spans `RING-1` ...; one more than routers), and sites
    hang on them in turn; sites hang behind each other in spurs of length `spur`. `center` puts the sandbox's own
    namespace behind `S01`. `limited`: providers let through no more than was bought.
    """
    addresses = _Addresses()
    nodes = [Node(GATEWAY, "gateway", loopback=addresses.home()), Node(CORE, "core", loopback=addresses.home())]
    spans = [_span("L-GW", (GATEWAY, "lan"), (CORE, "sfp1"), addresses)]
    ports = {CORE: 1}

    def port(node: str) -> tuple[str, str]:
        ports[node] = ports.get(node, 0) + 1
        return node, f"sfp{ports[node]}"

    around = [CORE, *(f"D{number}" for number in range(1, ring + 1))]
    nodes += [Node(code, "ring", loopback=addresses.home()) for code in around[1:]]
    if ring:
        for number, (one, other) in enumerate(zip(around, [*around[1:], CORE], strict=True), start=1):
            spans.append(_span(f"RING-{number}", port(one), port(other), addresses))
    above = ""
    roots = around[1:] or around
    for number in range(1, sites + 1):
        code = f"S{number:02d}"
        first_of_spur = (number - 1) % spur == 0
        parent = roots[(number - 1) // spur % len(roots)] if first_of_spur else above
        nodes.append(_site(number, code, clients, addresses))
        spans.append(_span(f"L-{code}", port(parent), port(code), addresses))
        above = code
    if center:
        server = tuple(f"{block[2]}/{block.prefixlen}" for block in site_blocks(1))
        nodes.append(Node(CENTER, "center", site="S01", lan=()))
        router = next(node for node in nodes if node.code == "S01")
        spans.append(Span("L-SRV", End("S01", "lan", router.lan[:2]), End(CENTER, "net0", server)))
    return _with_providers(nodes, spans, providers, down_bps, up_bps, limited=limited)


def _site(number: int, code: str, clients: int, addresses: _Addresses) -> Node:
    blocks = site_blocks(number)
    hosts = [1, *range(FIRST_CLIENT, FIRST_CLIENT + clients)]
    lan = tuple(f"{block[host]}/{block.prefixlen}" for host in hosts for block in blocks)
    return Node(code, "site", site=code, lan=lan, loopback=addresses.home(), clients=clients)


def _span(code: str, a: tuple[str, str], b: tuple[str, str], addresses: _Addresses) -> Span:
    one, other = addresses.link()
    return Span(code, End(*a, one), End(*b, other))


def _with_providers(
    nodes: list[Node],
    spans: list[Span],
    providers: int,
    down_bps: Sequence[int],
    up_bps: Sequence[int],
    *,
    limited: bool,
) -> Network:
    uplinks = []
    for number, (v4, v6) in enumerate(HANDOVERS[:providers], start=1):
        code = f"UP-{number}"
        server = (f"{SERVERS[0]}/32", f"{SERVERS[1]}/128")
        nodes.append(Node(code, "provider", loopback=server))
        ours = End(GATEWAY, f"wan{number}", (f"{v4}.2/30", f"{v6}::2/64"))
        theirs = End(code, "net", (f"{v4}.1/30", f"{v6}::1/64", f"{v4}.53/32", f"{v6}::53/128"))
        spans.append(Span(f"L-{code}", ours, theirs))
        uplinks.append(Uplink(code, f"L-{code}", down_bps[number - 1], up_bps[number - 1], code))
    return Network(tuple(nodes), tuple(spans), tuple(uplinks), limited=limited)


@dataclass
class Standing:
    """A network that stands. Names of nodes and spans are those of `network`."""

    network: Network
    lab: Lab
    seconds: float

    @contextlib.contextmanager
    def inside(self, node: str) -> Iterator[None]:
        """This thread stands in the node's namespace; what it opens or starts belongs there."""
        with entered("" if self.network.by_code[node].kind == "center" else node):
            yield

    def run(self, node: str, argv: Sequence[str], *, within: float = 120, check: bool = True) -> str:
        """What a program says that runs in the node."""
        return self.start(node, argv, check=check, within=within).stdout

    def start(
        self, node: str, argv: Sequence[str], *, within: float = 120, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """A program's end and words."""
        with self.inside(node):
            return subprocess.run(list(argv), capture_output=True, text=True, timeout=within, check=check)

    def popen(self, node: str, argv: Sequence[str]) -> subprocess.Popen[str]:
        """A program that goes on running in the node; whoever starts it ends it."""
        with self.inside(node):
            return subprocess.Popen(list(argv), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def answers(self, node: str, target: str, *, source: str = "", within: float = 20.0) -> bool:
        """Whether `target` answers an echo request from the node."""
        return bool(self.answered([Question(node, target, source)], within=within))

    def answered(self, questions: Iterable[Question], *, within: float = 20.0) -> set[Question]:
        """Which of many echo requests, asked at once, are answered."""
        return answered(self.inside, questions, within=within)

    def clients(self, site: str) -> tuple[tuple[str, str], ...]:
        """The addresses (IPv4, IPv6) that a site's clients speak from."""
        return self.network.by_code[site].client_addresses()

    def blocks(self, site: str) -> tuple[IPv4Network, IPv6Network]:
        """The site's two prefixes."""
        return site_blocks(int(site[1:]))

    def cut(self, *spans: str, converge: bool = True) -> None:
        """Cut spans; the routes follow at once unless told otherwise."""
        for span in spans:
            self.lab.cut(span)
        if converge:
            self.lab.converge()

    def restore(self, *spans: str) -> None:
        """Restore these spans, or all."""
        self.lab.restore(spans)

    def lose_uplink(self, uplink: str) -> None:
        """The line to this provider goes dark; `restore()` brings it back."""
        self.lab.cut(next(each.span for each in self.network.uplinks if each.code == uplink))

    def silence_uplink(self, uplink: str) -> None:
        """The provider answers nothing any more although the line is lit; `restore_uplink` brings it back."""
        self._loopback_drop(uplink, on=True)

    def restore_uplink(self, uplink: str) -> None:
        """End a silence."""
        self._loopback_drop(uplink, on=False)

    def _loopback_drop(self, uplink: str, *, on: bool) -> None:
        silent = "table inet silent { chain c { type filter hook prerouting priority 0; policy drop; }; }"
        argv = ["nft", silent] if on else ["nft", "delete table inet silent"]
        self.run(uplink, argv)


def stand_up(network: Network) -> Standing:
    """Build it; `standing.lab.down()` takes it away."""
    began = time.monotonic()
    lab = Lab(network)
    lab.up()
    return Standing(network, lab, time.monotonic() - began)


def with_scale(network: Network, scale: float) -> Network:
    """The same network at other rates."""
    return replace(network, scale=scale)
