"""Tables of the room, one file per noun."""

from simpul.register.models.area import Area
from simpul.register.models.batch import ImportBatch, ImportRow
from simpul.register.models.camera import Application, Camera
from simpul.register.models.circuit import Circuit
from simpul.register.models.contract import Contract, ContractLine
from simpul.register.models.device import Device, Interface
from simpul.register.models.link import Link
from simpul.register.models.prefix import Prefix
from simpul.register.models.rollout import (
    Handover,
    InternetEvent,
    InternetState,
    NetworkEvent,
    NetworkState,
    Stall,
    Track,
)
from simpul.register.models.site import Medium, Site
from simpul.register.models.uplink import Uplink

__all__ = [
    "Application",
    "Area",
    "Camera",
    "Circuit",
    "Contract",
    "ContractLine",
    "Device",
    "Handover",
    "ImportBatch",
    "ImportRow",
    "Interface",
    "InternetEvent",
    "InternetState",
    "Link",
    "Medium",
    "NetworkEvent",
    "NetworkState",
    "Prefix",
    "Site",
    "Stall",
    "Track",
    "Uplink",
]
