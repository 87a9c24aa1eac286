"""What the room refuses when an element is asked for by its code."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from simpul.people.errors import Refusal


class ElementUnknown(Refusal):
    """No element of the network has that code; `close` are codes like it."""

    text = gettext_noop(
        "%(code)s: no link, circuit, device, way out or site has this code. Codes like it: %(close)s. "
        "simpul export links writes all links"
    )


class ElementAmbiguous(Refusal):
    """Elements of different kinds share the code."""

    text = gettext_noop("%(code)s: this is the code of several elements (%(kinds)s). Say which one: --kind %(first)s")


class NothingHangsOnIt(Refusal):
    """A camera or an application stands at an end of the network."""

    text = gettext_noop(
        "%(code)s (%(kind)s, site %(site)s) stands at an end of the network, so nothing hangs on it. Ask for its site"
    )
