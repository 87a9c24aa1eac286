"""Every page that a browser is sent to, with the account that may open it. A new page belongs in this list."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Address:
    """`path` as that account opens it; with `follow`, the first link of that kind on it is the page meant."""

    account: str
    path: str
    follow: str = ""

    def __str__(self) -> str:
        return f"{self.account or 'stranger'} {self.path}{' ' + self.follow if self.follow else ''}"


FIRST_ROW = "table.table tbody th a"

ADDRESSES = [
    Address("", "/account/login/"),
    Address("", "/no/such/page/"),
    Address("teknisi", "/"),
    Address("teknisi", "/map/table/"),
    Address("teknisi", "/sites/"),
    Address("teknisi", "/sites/?q=zzz"),
    Address("teknisi", "/sites/?network=lit&sort=-name&page=2"),
    Address("teknisi", "/sites/", FIRST_ROW),
    Address("teknisi", "/sites/KEC-GN-TIMANG/?range=7d"),
    Address("teknisi", "/sites/new/"),
    Address("teknisi", "/sites/DINKES/edit/"),
    Address("teknisi", "/sites/DINKES/share/"),
    Address("teknisi", "/traffic/"),
    Address("teknisi", "/traffic/?q=dinas"),
    Address("teknisi", "/traffic/table/"),
    Address("teknisi", "/traffic/plans/"),
    Address("teknisi", "/traffic/emergency/"),
    Address("teknisi", "/traffic/groups/OPD/"),
    Address("teknisi", "/sites/DINKES/record/network/"),
    Address("teknisi", "/sites/DINKES/record/internet/"),
    Address("teknisi", "/sites/DINKES/record/stall/"),
    Address("teknisi", "/sites/DINKES/record/handover/"),
    Address("teknisi", "/alarms/"),
    Address("teknisi", "/alarms/?state=open&severity=critical"),
    Address("teknisi", "/alarms/maintenance/"),
    Address("teknisi", "/alarms/maintenance/new/?ref=L-DINKES"),
    Address("teknisi", "/organisations/"),
    Address("teknisi", "/organisations/", FIRST_ROW),
    Address("teknisi", "/organisations/new/"),
    Address("teknisi", "/contracts/"),
    Address("teknisi", "/contracts/", FIRST_ROW),
    Address("teknisi", "/network/"),
    Address("teknisi", "/network/uplinks/"),
    Address("teknisi", "/network/devices/"),
    Address("teknisi", "/network/prefixes/"),
    Address("teknisi", "/network/cameras/"),
    Address("teknisi", "/network/applications/"),
    Address("teknisi", "/help/"),
    Address("teknisi", "/help/?q=docker"),
    Address("teknisi", "/help/", "ul.feed a"),
    Address("teknisi", "/help/people/"),
    Address("teknisi", "/help/commands/"),
    Address("teknisi", "/about/"),
    Address("teknisi", "/rollout/"),
    Address("teknisi", "/rollout/?at=2023-01-13"),
    Address("teknisi", "/imports/"),
    Address("teknisi", "/imports/new/"),
    Address("teknisi", "/account/"),
    Address("teknisi", "/account/tokens/"),
    Address("teknisi", "/account/password/change/"),
    Address("teknisi", "/account/2fa/"),
    Address("teknisi", "/account/sessions/"),
    Address("teknisi", "/api/"),
    Address("admin", "/drills/"),
    Address("pemeriksa", "/audit/"),
    Address("pemeriksa", "/audit/", FIRST_ROW),
    Address("pemeriksa", "/people/"),
    Address("pemeriksa", "/people/", FIRST_ROW),
    Address("dinkes", "/"),
    Address("dinkes", "/sites/DINKES/"),
    Address("dinkes", "/alarms/"),
    Address("dinkes", "/map/table/"),
    Address("dinkes", "/rollout/"),
    Address("dinkes", "/sites/"),
    Address("penyedia", "/"),
    Address("penyedia", "/alarms/"),
    Address("lapangan", "/"),
]
