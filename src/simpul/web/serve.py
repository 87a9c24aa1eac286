"""The group `web`: granian with one worker process, which cannot outlive it."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import resource
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from simpul.configuration import Configuration, load
from simpul.kit.logs import configure_logging
from simpul.kit.problem import Problem
from simpul.kit.process import die_with_parent

log = logging.getLogger(__name__)
# Seconds: open streams never end by themselves; the supervisor's own patience is three.
KILL_AFTER = 2
# Connections served at once, each an open file. The live feed holds one for each browser and keeps below it.
MOST_CONNECTIONS = 8192
MOST_FILES = MOST_CONNECTIONS + 512
# Bytes read ahead for each connection. A longer head is answered with 431, as are more than 100 of its lines.
READ_AHEAD = 65_536
# For the worker, which starts as a program of its own. A second's values go to every viewer at once, and both
# allocators would keep that much for the next time: granian's, and the system's for each thread. No page calculates
# with several threads.
MEMORY = {
    "_RJEM_MALLOC_CONF": "narenas:1,tcache:false,dirty_decay_ms:0,muzzy_decay_ms:0",
    "MALLOC_ARENA_MAX": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
# granian would print by itself; through the root logger its records become like all others.
_LOGGERS: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {},
    "handlers": {},
    "loggers": {"_granian": {"propagate": True}, "granian.access": {"propagate": True}},
}


def register(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(_: argparse.Namespace, provide: Callable[[], Any]) -> int:
    """Until SIGTERM. `provide` imports the application; only the worker calls it, so only that holds Django."""
    configuration = load()
    if configuration.server.listen == "unix":
        configuration.data.socket.unlink(missing_ok=True)
    allow_files(MOST_FILES)
    os.environ.update(MEMORY | os.environ)
    server = Server("simpul.asgi:application", **server_options(configuration))
    loader = partial(load_in_worker, os.getpid(), configuration.log.level, provide)
    server.serve(target_loader=loader, wrap_loader=False)
    return 0


def server_options(configuration: Configuration) -> dict[str, Any]:
    """How granian is set up."""
    # For the first request as well as for the next one on the same connection: who says nothing, or a line now and
    # then, holds a connection no longer.
    head_within = int(configuration.server.patience_seconds * 1000)
    options: dict[str, Any] = {
        "interface": Interfaces.ASGINL,
        # Browsers speak HTTP/2 only over TLS, which ends before this server.
        "http": HTTPModes.http1,
        "workers": 1,
        "workers_kill_timeout": KILL_AFTER,
        "backlog": 2048,
        "backpressure": MOST_CONNECTIONS,
        "http1_settings": HTTP1Settings(header_read_timeout=head_within, max_buffer_size=READ_AHEAD),
        "websockets": False,
        "log_level": LogLevels(configuration.log.level),
        "log_dictconfig": _LOGGERS,
    }
    if configuration.server.listen == "unix":
        return options | {"uds": configuration.data.socket, "uds_permissions": 0o600}
    host, _, port = configuration.server.listen.rpartition(":")
    return options | {"address": host.strip("[]"), "port": int(port)}


def allow_files(number: int) -> None:
    """Let this process and its children open so many files, as far as the system lets them; many start at 1,024."""
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number if most == resource.RLIM_INFINITY else min(number, most)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def load_in_worker(parent: int, level: str, provide: Callable[[], Any]) -> Any:
    """The application; first the worker ties itself to granian's main process, which spawned it."""
    die_with_parent(parent)
    configure_logging(level, as_json=True)
    try:
        application = provide()
    except Problem as problem:
        # One line: the supervisor starts this again, and repeats it no more than it must.
        log.error("%s", problem)
        sys.exit(2)
    # What is loaded stays; without it in the balance, what requests leave behind is looked for far sooner.
    gc.collect()
    gc.freeze()
    return application
