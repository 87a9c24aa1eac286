"""The application that the web server runs."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import django
from django.conf import settings
from django.urls import get_resolver

from simpul import __version__
from simpul.configuration import Configuration, load
from simpul.engines.nats import Bus
from simpul.up.bus_login import bus_login
from simpul.web.asking import BusAsking
from simpul.web.bodies import MB, Bodies, Limits
from simpul.web.entrance import DjangoApp, Entrance
from simpul.web.healthz import HealthApp
from simpul.web.proxies import networks
from simpul.web.static_files import StaticFiles, compress

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "simpul.settings")
django.setup(set_prefix=False)

# They ask the database, whose models need what stands above.
from simpul.web.live import feed  # noqa: E402
from simpul.web.live.app import FeedApp  # noqa: E402
from simpul.web.senders import Senders  # noqa: E402


def live_feed(configuration: Configuration) -> feed.Feed:
    """The live feed with a connection of its own to the bus; made when somebody first wants to follow."""
    return feed.Feed(feed.Config(), Bus(bus_login(configuration, "web")))


def asking_bus(configuration: Configuration) -> Bus:
    """The connection for questions of pages; made when there is a first one."""
    return Bus(bus_login(configuration, "web-asks"))


# Loads all pages now: else the first visitor would wait for them.
_pages = get_resolver().url_patterns
_configuration = load()
_static = Path(settings.STATIC_ROOT)
compress(_static)
_live = FeedApp(partial(live_feed, _configuration), settings.SESSION_COOKIE_NAME)
_limits = Limits(person=(_configuration.evidence.max_mb + 1) * MB, grace=_configuration.server.patience_seconds)
application = Entrance(
    DjangoApp(
        _configuration.server.threads, _live, BusAsking(partial(asking_bus, _configuration)), Bodies(_limits, Senders())
    ),
    {
        "/healthz": HealthApp(_configuration.data.run, __version__),
        "/feed": _live,
        "/static/": StaticFiles(_static),
    },
    trust_headers=_configuration.server.proxy_headers,
    trusted=networks(_configuration.server.proxies),
)
