"""All routers under one roof. A test compares what is mounted with the written page about it."""

from __future__ import annotations

from ninja import NinjaAPI

import simpul
from simpul.web.api import audit, cameras, contracts, network, organisations, rollout, sites
from simpul.web.api.access import EITHER
from simpul.web.api.errors import add_handlers

api = NinjaAPI(
    title="Simpul",
    version=simpul.__version__,
    description=(
        "Lists answer {items, next}; follow next until it is null. A refusal answers {error: {code, message, place, "
        "remedy}}. What the caller may not see does not exist: 404. Rates are layer-2 bit/s, times ISO 8601."
    ),
    openapi_url="/openapi.json",
    # Ready-made documentation pages load scripts from a foreign host; /api/ is our own page instead.
    docs_url=None,
    urls_namespace="api",
    auth=EITHER,
)
add_handlers(api)
api.add_router("/v1/organisations", organisations.router)
api.add_router("/v1/sites", sites.router)
api.add_router("/v1/contracts", contracts.router)
api.add_router("/v1", network.router)
api.add_router("/v1", cameras.router)
api.add_router("/v1/rollout", rollout.router)
api.add_router("/v1/audit", audit.router)
