"""An instance of which only the bus runs, for agents that reach it over a network."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simpul.configuration import Configuration, load
from simpul.up.folder import make_folder
from up.processes import PYTHON, environment


@contextmanager
def running_bus(folder: Path, name: str, agent: str, **settings: str) -> Iterator[Configuration]:
    """It listens everywhere, is called `name` in its certificate, and lets the gateway `agent` in."""
    environ = environment(
        SIMPUL_CONFIG=os.devnull,
        SIMPUL_DATA_FOLDER=str(folder),
        SIMPUL_BUS_HOST="0.0.0.0",
        SIMPUL_BUS_NAMES=name,
        SIMPUL_BUS_AGENTS=agent,
        **settings,
    )
    configuration = load(environ=environ)
    make_folder(configuration.data)
    line = [PYTHON, "-m", "simpul", "up", "--only", "bus", "--json"]
    with subprocess.Popen(line, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as tree:
        assert tree.stdout is not None
        assert tree.stdout.readline()
        yield configuration
        tree.terminate()
