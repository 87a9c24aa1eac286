"""Every address of the product. Each page module lists its own; a test holds them all against the rights matrix."""

from __future__ import annotations

from django.urls import include, path

handler400 = "simpul.web.errors.bad_request"
handler403 = "simpul.web.errors.forbidden"
handler404 = "simpul.web.errors.not_found"
handler500 = "simpul.web.errors.broken"

PAGES = (
    "simpul.web.home",
    "simpul.web.home_agency",
    "simpul.web.home_chart",
    "simpul.web.home_live",
    "simpul.web.map_elements",
    "simpul.web.map_table",
    "simpul.web.alarm_list",
    "simpul.web.alarm_windows",
    "simpul.web.alarm_page",
    "simpul.web.sites",
    "simpul.web.site_page",
    "simpul.web.site_now",
    "simpul.web.site_rates",
    "simpul.web.site_record",
    "simpul.web.share_board",
    "simpul.web.share_table",
    "simpul.web.share_plans",
    "simpul.web.share_trial",
    "simpul.web.share_editor",
    "simpul.web.share_emergency",
    "simpul.web.rollout_board",
    "simpul.web.network",
    "simpul.web.contracts",
    "simpul.web.organisations",
    "simpul.web.import_assistant",
    "simpul.web.import_list",
    "simpul.web.audit",
    "simpul.web.jobs",
    "simpul.web.drills",
    "simpul.web.evidence",
    "simpul.web.people",
    "simpul.web.invitations",
    "simpul.web.account",
    "simpul.web.identity",
    "simpul.web.manual",
    "simpul.web.preferences",
    "simpul.web.api.page",
)

urlpatterns = [
    *(path("", include(module)) for module in PAGES),
    # After the account's own pages, which close what a government's instance has no use for.
    path("account/", include("allauth.urls")),
]
