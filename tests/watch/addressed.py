"""The small networks of the register's tests with addresses, so that they can be asked."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

from register.networks import PROBER, network
from simpul.register.logic.snapshot import Snapshot
from simpul.watch import targets
from simpul.watch.logic.pulse import Patience
from simpul.watch.observed import Observed
from simpul.watch.polls import PortReading, Reading
from simpul.watch.targets import Polled, Target

# CORE - A - B - CORE is a ring; B carries X, X carries Y; A carries the leased L; the asker sits at R-CENTER.
PAIRS = [
    ("GW", "CORE"),
    ("CORE", "R-CENTER"),
    ("R-CENTER", PROBER),
    ("CORE", "A"),
    ("A", "B"),
    ("B", "CORE"),
    ("B", "X"),
    ("X", "Y"),
    ("A", "L"),
]
PATIENCE = Patience()


def addressed(snapshot: Snapshot) -> Snapshot:
    """Every device and both ends of every link get an address of the documentation's prefixes."""
    devices, links = count(1), count(1)
    return Snapshot(
        {code: replace(device, address=f"192.0.2.{next(devices)}") for code, device in snapshot.devices.items()},
        {
            code: replace(link, a_address=f"198.51.100.{next(links)}", b_address=f"198.51.100.{next(links)}")
            for code, link in snapshot.links.items()
        },
        snapshot.sites,
        snapshot.uplinks,
    )


def town() -> Snapshot:
    """The ring with its spurs; A and B are points of presence."""
    return addressed(network(PAIRS, leased=["A-L"], pops=["A", "B"]))


class Eyes:
    """What is seen of the town, told answer by answer; `now` is the moment of the next question."""

    def __init__(self, snapshot: Snapshot | None = None) -> None:
        self.snapshot = snapshot or town()
        self.targets = targets.targets(self.snapshot, PROBER)
        self.observed = Observed(self.snapshot, PROBER, self.targets, PATIENCE, 5.0)
        self.polled = {each.device: each for each in targets.polled(self.snapshot)}
        self.now = 0.0
        self.octets = 0

    def of(self, *devices: str) -> list[Target]:
        """Every address of these devices."""
        return [target for target in self.targets if target.device in devices]

    def round(self, silent: set[str] | frozenset[str] = frozenset(), seconds: float = 1.0) -> None:
        """Ask everybody once; devices in `silent`, and addresses in it, do not answer."""
        for target in self.targets:
            if {target.device, target.address} & silent:
                self.observed.missed(target, self.now)
            else:
                self.observed.answered(target, self.now, 0.001)
        self.now += seconds

    def tell(self, device: str, *dark: str, changed: int = 0) -> None:
        """The device tells by SNMP of all its ports; those on links in `dark` have no signal."""
        polled: Polled = self.polled[device]
        self.octets += 125_000
        ports = {
            name: PortReading(link not in dark, self.octets, 2 * self.octets, changed)
            for name, (link, _) in polled.ports.items()
        }
        self.observed.read(polled, Reading(self.now, round(100 * self.now), ports))
