"""What a drill will hit on top of what is broken already, by the same graph that finds the causes of alarms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from simpul.people.models import Organisation
from simpul.register.logic.elements import Element, elements_called
from simpul.register.logic.graph import Graph
from simpul.register.logic.impact import Impact, impact_of
from simpul.web import figures
from simpul.web.drill_lab import CUT, GREEDY, LabState


@dataclass(frozen=True, slots=True)
class Effect:
    """In words: what happens, to which sites (by name), and who would be called."""

    said: str
    tone: str
    sites: tuple[str, ...] = ()
    party: str = ""


def effect_of(graph: Graph, state: LabState, drill: str, target: str) -> Effect | None:
    """What will be lost besides what is lost already; None for something that no drill can happen to."""
    snapshot = graph.snapshot
    if drill == GREEDY:
        site = snapshot.sites.get(target)
        return _greedy(site.name) if site else None
    kind = "link" if drill == CUT else "uplink"
    found = [each for each in elements_called(snapshot, target) if each.kind == kind]
    if not found:
        return None
    if target in (*state.cut, *state.lost):
        return Effect(_("This is broken already."), "held")
    return _loss(graph, _broken(graph, state), found[0])


def short_effect(graph: Graph, state: LabState, element: Element) -> str:
    """For a list of choices: `2 sites cut off`, `no site cut off`."""
    hit = _more(graph, _broken(graph, state), element)
    if hit.network:
        text = ngettext("%(count)s site cut off", "%(count)s sites cut off", len(hit.network))
        return text % {"count": figures.number(len(hit.network))}
    if hit.internet:
        text = ngettext("%(count)s site without internet", "%(count)s sites without internet", len(hit.internet))
        return text % {"count": figures.number(len(hit.internet))}
    return _("no site cut off")


def _broken(graph: Graph, state: LabState) -> list[Element]:
    gone = [("link", code) for code in state.cut] + [("uplink", code) for code in state.lost]
    return [each for kind, code in gone for each in elements_called(graph.snapshot, code) if each.kind == kind]


@dataclass(frozen=True, slots=True)
class _More:
    network: tuple[str, ...]
    internet: tuple[str, ...]
    impact: Impact


def _more(graph: Graph, broken: list[Element], element: Element) -> _More:
    before, after = impact_of(graph, broken), impact_of(graph, [*broken, element])
    internet = set(after.internet) - set(before.internet)
    network = [code for code in after.network if code not in before.network]
    return _More(tuple(network), tuple(sorted(internet)), after)


def _loss(graph: Graph, broken: list[Element], element: Element) -> Effect:
    hit = _more(graph, broken, element)
    snapshot = graph.snapshot
    names = tuple(snapshot.sites[code].name for code in (*hit.network, *hit.internet))
    party = _party(impact_of(graph, [element]))
    if hit.network:
        text = ngettext(
            "%(count)s site is cut off; one alarm tells it:",
            "%(count)s sites are cut off; one alarm tells it:",
            len(hit.network),
        )
        return Effect(text % {"count": len(hit.network)}, "bad", names, party)
    if hit.internet:
        text = ngettext(
            "%(count)s site keeps the network and loses the internet:",
            "%(count)s sites keep the network and lose the internet:",
            len(hit.internet),
        )
        return Effect(text % {"count": len(hit.internet)}, "bad", names, party)
    if element.kind == "uplink":
        ways = [snapshot.uplinks[code] for code in hit.impact.ways_left]
        left = _listed(f"{way.name}, {figures.rate(way.down_bps)}" for way in ways)
        said = _("No site is cut off; all share what is left: %(ways)s. One alarm tells it.") % {"ways": left}
    else:
        said = _("No site is cut off: the ring goes the other way. One alarm says that it is broken.")
    return Effect(said, "warn", (), party)


def _greedy(name: str) -> Effect:
    said = _(
        "The people at %(site)s download without end. No alarm: others keep what they are guaranteed, "
        "and the site gets what is left over, up to its ceiling."
    )
    return Effect(said % {"site": name}, "info")


def _party(impact: Impact) -> str:
    """Who would be called, with the number that their help desk asks for."""
    codes = [each.organisation for each in impact.parties]
    names = {found.code: str(found) for found in Organisation.objects.filter(code__in=codes)}
    said = []
    for each in impact.parties:
        name = names.get(each.organisation, each.organisation)
        number = _("service number %(number)s") % {"number": each.service_number} if each.service_number else ""
        said.append(f"{name}, {number}" if number else name)
    return _("To be mended by: %(party)s.") % {"party": _listed(said)} if said else ""


def _listed(words: Iterable[str]) -> str:
    return "; ".join(words)
