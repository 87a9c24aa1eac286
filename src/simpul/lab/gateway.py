"""The process `agent`: the demonstration's gateway agent, in the gateway's own namespace as if it were another machine.

Its credential is written by the lab's daemon; what it keeps lies beside it, in `agent/<gateway>/` of the data folder.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from simpul.configuration import Configuration, load
from simpul.kit.health import Health, write_report
from simpul.kit.keyfile import write_private
from simpul.lab.network.namespaces import NAMES, enter_for_good
from simpul.lab.standing import Standing
from simpul.traffic.agent import AgentOptions
from simpul.traffic.agent import run as run_agent
from simpul.traffic.logic.admission import FLOOR_BPS

log = logging.getLogger(__name__)
GROUP = "agent"
LOOK_SECONDS = 0.5
HERE = Path("/proc/self/ns/net")


def register(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(_: argparse.Namespace) -> int:
    """Until SIGTERM, or until the gateway that it lives in is gone."""
    configuration = load()
    data = configuration.data
    gateway = _await_gateway(data.folder, data.run)
    # Before any thread is started: only the calling thread moves, and later ones are born where it is.
    enter_for_good(gateway)
    wellbeing = Wellbeing(gateway)
    threading.Thread(target=_watch, args=(wellbeing, data.run), daemon=True).start()
    log.info("lives in the namespace of %s", gateway)
    return run_agent(options(configuration, gateway), wellbeing.hear)


class Wellbeing:
    """What the agent says is wrong, for the thread that reports its health."""

    def __init__(self, gateway: str) -> None:
        self.gateway = gateway
        self.health = Health("up", f"shapes at {gateway}")

    def hear(self, lines: Sequence[str]) -> None:
        """It goes on shaping whatever is wrong, so it is up."""
        self.health = Health("up", "; ".join([f"shapes at {self.gateway}", *lines]), {"troubles": len(lines)})


def options(configuration: Configuration, gateway: str) -> AgentOptions:
    """Its floor is in the rates of the virtual network, as the plans are that it gets."""
    folder = configuration.data.folder
    return AgentOptions(
        credential=credential_file(folder, gateway),
        state=agent_folder(folder, gateway),
        floor_bps=round(FLOOR_BPS * configuration.demo.rate_scale),
    )


def agent_folder(data: Path, gateway: str) -> Path:
    """Where the agent of a gateway keeps what it must not forget."""
    return data / "agent" / gateway


def credential_file(data: Path, gateway: str) -> Path:
    """By what the agent is known."""
    return agent_folder(data, gateway) / "credential.json"


def write_credential(data: Path, gateway: str, credential: Mapping[str, Any]) -> None:
    """Put it where the agent looks, readable by its owner only, unless it stands there already."""
    path = credential_file(data, gateway)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = json.dumps(credential, indent=1)
    if not path.exists() or path.read_text(encoding="utf-8") != text + "\n":
        write_private(path, text)


def _await_gateway(data: Path, run_dir: Path) -> str:
    """The gateway's code, once its namespace stands and its credential is there."""
    standing = Standing(run_dir)
    while True:
        standing.changed()
        network = standing.network
        if network is not None and credential_file(data, network.gateway.code).exists():
            return network.gateway.code
        missing = "waits for its credential" if network is not None else standing.trouble
        write_report(run_dir, GROUP, {GROUP: Health("starting", missing)})
        time.sleep(LOOK_SECONDS)


def _watch(wellbeing: Wellbeing, run_dir: Path) -> None:
    """Report health, and end this process when its namespace is no longer the gateway's: a new one then begins anew."""
    own = HERE.stat().st_ino
    while True:
        try:
            same = (NAMES / wellbeing.gateway).stat().st_ino == own
            write_report(run_dir, GROUP, {GROUP: wellbeing.health})
        except FileNotFoundError:
            same = False
        except OSError:
            log.exception("the health of the agent could not be written")
            same = True
        if not same:
            log.warning("the namespace of %s has gone", wellbeing.gateway)
            os.kill(os.getpid(), signal.SIGTERM)
            return
        time.sleep(LOOK_SECONDS)
