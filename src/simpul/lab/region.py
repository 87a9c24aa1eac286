"""What the demonstration's settings say of its region. No Django: the command line reads it before anything starts."""

from __future__ import annotations

from simpul.lab.csv_tables import rows
from simpul.lab.snmp.mib import COMMUNITY
from simpul.lab.story.topology import topology


def instance() -> dict[str, str]:
    """Settings of the section `instance` as one writes them into the environment: `{"name": ..., "timezone": ...}`."""
    return {row["key"]: row["value"] for row in rows("instance")}


def settings() -> dict[str, str]:
    """All settings of the region, as one writes them into the environment: `{"instance_name": ..., "bus_agents": ...}`.

    The gateways' agents reach the bus on the server of the command center, at its address in the virtual network.
    """
    boxes = topology().boxes.values()
    return {
        **{f"instance_{key}": value for key, value in instance().items()},
        "bus_agents": ",".join(box.code for box in boxes if box.kind == "gateway"),
        "bus_names": ",".join(box.address for box in boxes if box.kind == "server"),
        "watch_snmp_community": COMMUNITY,
    }
