"""The process `watch`: asks the network how it is and says what is wrong."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Sequence

from simpul.configuration import Configuration, load
from simpul.kit.component import Component, run_components

MakeComponents = Callable[[Configuration], Sequence[Component]]


def register(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(_: argparse.Namespace, provide: Callable[[], MakeComponents]) -> int:
    """Until SIGTERM; 1 when the watch could not go on."""
    configuration = load()
    return asyncio.run(run_components(provide()(configuration), configuration.data.run, "watch"))
