"""What the invented region sets before anything starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from simpul.configuration import load
from simpul.lab.region import instance, settings

SOURCE = Path(__file__).resolve().parents[2] / "src"


def test_its_settings_are_settings_and_name_the_gateway_and_where_it_finds_the_bus() -> None:
    given = {f"SIMPUL_{key.upper()}": value for key, value in settings().items()}
    made = load(environ={"SIMPUL_CONFIG": os.devnull, **given})
    assert made.bus.agents == ("GW-INTI",)
    # The second host of the network of the site where SRV-KENDALI stands.
    assert made.bus.names == ("198.18.0.66",)
    assert made.instance.name == instance()["name"]


def test_reading_them_loads_no_django() -> None:
    script = "import sys; from simpul.lab.region import settings; settings(); print('django' in sys.modules)"
    line = [sys.executable, "-c", script]
    assert subprocess.check_output(line, env={"PYTHONPATH": str(SOURCE)}, text=True) == "False\n"
