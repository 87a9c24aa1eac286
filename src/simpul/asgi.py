"""The application that the web server runs."""

from __future__ import annotations

import os

import django

from simpul import __version__
from simpul.configuration import load
from simpul.web.entrance import DjangoApp, Entrance
from simpul.web.healthz import HealthApp

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "simpul.settings")
django.setup(set_prefix=False)

_configuration = load()
application = Entrance(
    DjangoApp(_configuration.server.threads),
    {"/healthz": HealthApp(_configuration.data.run, __version__)},
    trust_headers=_configuration.server.proxy_headers,
)
