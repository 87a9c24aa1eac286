"""The application that the web server runs."""

from __future__ import annotations

import os
from pathlib import Path

import django
from django.conf import settings

from simpul import __version__
from simpul.configuration import load
from simpul.web.entrance import DjangoApp, Entrance
from simpul.web.healthz import HealthApp
from simpul.web.static_files import StaticFiles, compress

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "simpul.settings")
django.setup(set_prefix=False)

_configuration = load()
_static = Path(settings.STATIC_ROOT)
compress(_static)
application = Entrance(
    DjangoApp(_configuration.server.threads),
    {
        "/healthz": HealthApp(_configuration.data.run, __version__),
        "/static/": StaticFiles(_static),
    },
    trust_headers=_configuration.server.proxy_headers,
)
