"""The verbs of the room: the only writer of its tables. Each takes the actor first."""

from simpul.register.service.areas import create_area, update_area
from simpul.register.service.cameras import create_application, create_camera, update_application, update_camera
from simpul.register.service.circuits import (
    create_circuit,
    create_link,
    create_uplink,
    remove_circuit,
    remove_link,
    update_circuit,
    update_link,
    update_uplink,
)
from simpul.register.service.contracts import (
    create_contract,
    create_contract_line,
    remove_contract_line,
    update_contract,
    update_contract_line,
)
from simpul.register.service.devices import (
    create_device,
    create_interface,
    remove_device,
    update_device,
    update_interface,
)
from simpul.register.service.imports import ImportRefused, apply_import, discard_import, start_import, undo_import
from simpul.register.service.prefixes import create_prefix, next_free_in, remove_prefix, update_prefix
from simpul.register.service.rollout import (
    advance_network,
    change_internet,
    cut_off,
    hand_over,
    resume,
    stall,
    status_at,
    withdraw,
)
from simpul.register.service.sites import create_site, remove_site, update_site
from simpul.register.service.snapshot import snapshot
from simpul.register.service.writing import InUse, Stale

__all__ = [
    "ImportRefused",
    "InUse",
    "Stale",
    "advance_network",
    "apply_import",
    "change_internet",
    "create_application",
    "create_area",
    "create_camera",
    "create_circuit",
    "create_contract",
    "create_contract_line",
    "create_device",
    "create_interface",
    "create_link",
    "create_prefix",
    "create_site",
    "create_uplink",
    "cut_off",
    "discard_import",
    "hand_over",
    "next_free_in",
    "remove_circuit",
    "remove_contract_line",
    "remove_device",
    "remove_link",
    "remove_prefix",
    "remove_site",
    "resume",
    "snapshot",
    "stall",
    "start_import",
    "status_at",
    "undo_import",
    "update_application",
    "update_area",
    "update_camera",
    "update_circuit",
    "update_contract",
    "update_contract_line",
    "update_device",
    "update_interface",
    "update_link",
    "update_prefix",
    "update_site",
    "update_uplink",
    "withdraw",
]
