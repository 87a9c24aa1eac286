"""The controller as a process of its own on the test's database, so that it can be killed.

python -c "... alone.main()" DATABASE DATA_FOLDER_OF_THE_BUS
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from simpul.configuration import load
from simpul.engines.nats import Bus
from simpul.kit.component import run_components
from simpul.kit.process import die_with_parent
from simpul.traffic.controller import Config, Controller
from simpul.up.bus_login import bus_login

START = """
import sys, django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from network.control import alone
alone.main()
"""


def main() -> None:
    """Until it is killed."""
    die_with_parent(os.getppid())
    configuration = load(environ={**os.environ, "SIMPUL_DATA_FOLDER": sys.argv[2]})
    bus = Bus(bus_login(configuration, "control"))
    run_dir = Path(sys.argv[2]) / "run"
    controller = Controller(Config(run_dir, poll_seconds=0.05, well_seconds=2), bus)
    asyncio.run(run_components([bus, controller], run_dir, "control"))
