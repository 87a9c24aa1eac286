"""The fixed words of the interface, spelled out so that its description shows them where they are used.

They are the values of the models' choices; a test compares the two.
"""

from __future__ import annotations

from typing import Literal

OrganisationKind = Literal["agency", "district_office", "provider", "vendor"]
SiteKind = Literal["opd", "district_office", "public_space", "pop", "village"]
SiteMedium = Literal["own_fibre", "leased", "radio", "vsat"]
SitePosition = Literal["surveyed", "sample", "unknown"]
LineKind = Literal["fibre", "bandwidth", "cctv", "streaming"]
CircuitKind = Literal["own", "leased"]
DeviceKind = Literal["gateway", "router", "switch", "access_point", "server"]
PrefixPurpose = Literal["site", "link", "management", "camera", "pool"]
NetworkWord = Literal["none", "poles", "cable", "spliced", "lit"]
InternetWord = Literal["none", "ordered", "on", "cut_off"]
TrackWord = Literal["network", "internet"]
VerbWord = Literal["created", "changed", "deleted", "imported", "undone", "used", "signed_in", "refused"]
