"""The two lamps of a site: for each state a shape, a word and a tone, the same on every page."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from simpul.register.models import InternetState, NetworkState

NETWORK, INTERNET = "network", "internet"
TONES = {
    "none": "idle",
    "poles": "warn",
    "cable": "warn",
    "spliced": "warn",
    "lit": "ok",
    "ordered": "warn",
    "on": "ok",
    "cut_off": "bad",
    "stalled": "held",
}
STALLED = _("stalled")


@dataclass(frozen=True, slots=True)
class Lamp:
    """`icon` is a symbol of icons.svg, `tone` a value of `data-tone`."""

    icon: str
    word: str
    tone: str


def lamp_of(track: str, state: str) -> Lamp:
    """`lamp_of("internet", "cut_off")`. An unknown state shows as it is written."""
    if state == "stalled":
        return Lamp("lamp-stalled", str(STALLED), TONES[state])
    labels = dict(NetworkState.choices if track == NETWORK else InternetState.choices)
    known = state in labels
    return Lamp(f"lamp-{state if known else 'none'}", str(labels.get(state, state)), TONES.get(state, "idle"))
