"""What every template knows besides its own data: `shell`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from simpul import __version__
from simpul.kit.actor import Actor
from simpul.people.logic.rights import Scope
from simpul.people.models import Membership
from simpul.web.navigation import Entry, entries

THEME_COOKIE = "simpul_theme"
THEMES = ("light", "dark")
TO_TRY = {
    "operator": _("the whole network, and what happens on it"),
    "engineer": _("change a site, record a step, import a spreadsheet"),
    "crew": _("record work done, on a phone"),
    "agency": _("one office: is it joined, does it have internet, whom to call"),
    "provider": _("own circuits and contracts, nothing of others"),
    "head": _("figures and the roll-out of any day"),
    "auditor": _("who changed what and when"),
}
NOBODY = Actor("user", "anonymous", "anonymous")


@dataclass(frozen=True)
class Shell:
    """Computed when a template first asks, so that a fragment pays for nothing it does not show."""

    request: HttpRequest

    version = __version__

    @property
    def instance(self) -> str:
        """What this instance is called."""
        return str(settings.CONFIGURATION.instance.name)

    @property
    def operator(self) -> str:
        """The organisation that runs the network."""
        return str(settings.CONFIGURATION.instance.operator)

    @property
    def sample(self) -> bool:
        """Whether all this is a demonstration, and every page has to say so."""
        return bool(settings.CONFIGURATION.demo.on)

    @property
    def demo_accounts(self) -> list[tuple[str, str, object, str]]:
        """(user name, role, what it is good to look at, password) to try a demonstration; never outside of one."""
        if not self.sample:
            return []
        shown: list[tuple[str, str, str]] = import_string(settings.DEMO_ACCOUNTS)()
        label = dict(Membership.Roles.choices)
        return [(name, str(label[role]), TO_TRY.get(role, ""), password) for name, role, password in shown]

    @property
    def demo_password(self) -> str:
        """The password of all these accounts, if they share one."""
        passwords = {password for *_, password in self.demo_accounts}
        return passwords.pop() if len(passwords) == 1 else ""

    @property
    def theme(self) -> str:
        """`light` or `dark` if the visitor chose; empty: as the computer is set."""
        chosen = self.request.COOKIES.get(THEME_COOKIE, "")
        return chosen if chosen in THEMES else ""

    @property
    def other_languages(self) -> list[tuple[str, str]]:
        """(code, own name) of the languages the page is not in."""
        return [(code, name) for code, name in settings.LANGUAGES if code != get_language()]

    @property
    def zone(self) -> str:
        """Zone of all times shown, by its IANA name."""
        return str(settings.TIME_ZONE)

    @cached_property
    def actor(self) -> Actor:
        """The visitor; nobody in particular on an error page that came before the sign-in was looked at."""
        return getattr(self.request, "actor", NOBODY)

    @cached_property
    def places(self) -> list[Entry]:
        """The entries of the rail."""
        return entries(self.actor, getattr(self.request, "scope", Scope()), self.request.path)

    @property
    def thumb_places(self) -> list[Entry]:
        """Those that a phone shows at once."""
        return self.places[:4]

    @property
    def more_places(self) -> list[Entry]:
        """Those that a phone shows behind "more"."""
        return self.places[4:]

    @cached_property
    def now(self) -> object:
        """The moment the page was made, in the zone of the network."""
        return timezone.localtime()


def page(request: HttpRequest) -> dict[str, Shell]:
    """Context processor."""
    return {"shell": Shell(request)}
