"""The fewest causes that explain everything: minimum hitting sets. Pure.

A clue is a set of elements of which at least one must be broken. Clues that share no element, not even through
others, are solved apart; so a hundred faults at once are a hundred small questions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

E = TypeVar("E", bound=Hashable)
# Larger answers are found step by step and need not be the smallest.
MOST = 4
# So many half-made answers are looked at before the same is done.
EFFORT = 20_000


def parts(clues: Iterable[frozenset[E]]) -> list[list[frozenset[E]]]:
    """The clues in groups that have nothing in common; each clue once, in the order in which they came."""
    above: dict[E, E] = {}

    def top(element: E) -> E:
        while above[element] != element:
            above[element] = above[above[element]]
            element = above[element]
        return element

    ordered = list(dict.fromkeys(clues))
    for clue in ordered:
        first, *rest = clue
        above.setdefault(first, first)
        for element in rest:
            above.setdefault(element, element)
            above[top(element)] = top(first)
    groups: dict[E, list[frozenset[E]]] = {}
    for clue in ordered:
        groups.setdefault(top(next(iter(clue))), []).append(clue)
    return list(groups.values())


def smallest(
    clues: Sequence[frozenset[E]],
    fits: Callable[[frozenset[E]], bool] = lambda _: True,
    rank: Callable[[E], tuple[int, str]] = lambda element: (0, str(element)),
) -> list[frozenset[E]]:
    """All answers with the fewest elements among those that `fits` allows; one, by greed, if the fewest are too many.

    The order of the answers follows `rank` and never that of the clues.
    """
    effort = [EFFORT]
    for size in range(1, MOST + 1):
        found = {answer for answer in _answers(tuple(clues), frozenset(), size, rank, effort) if fits(answer)}
        if effort[0] <= 0:
            break
        if found:
            return sorted(found, key=lambda answer: sorted(map(rank, answer)))
    return [greedy(clues, rank)]


def greedy(clues: Iterable[frozenset[E]], rank: Callable[[E], tuple[int, str]]) -> frozenset[E]:
    """Again and again the element that explains most of what is left."""
    left, chosen = list(clues), set()
    while left:
        counts = Counter(element for clue in left for element in clue)
        most = max(counts.values())
        best = min((element for element, count in counts.items() if count == most), key=rank)
        chosen.add(best)
        left = [clue for clue in left if best not in clue]
    return frozenset(chosen)


def _answers(
    left: tuple[frozenset[E], ...],
    chosen: frozenset[E],
    size: int,
    rank: Callable[[E], tuple[int, str]],
    effort: list[int],
) -> Iterator[frozenset[E]]:
    """Sets of at most `size` elements that hit all clues."""
    effort[0] -= 1
    if not left:
        yield chosen
        return
    if len(chosen) == size or effort[0] <= 0:
        return
    fewest = min(map(len, left))
    for element in sorted(next(clue for clue in left if len(clue) == fewest), key=rank):
        rest = tuple(clue for clue in left if element not in clue)
        yield from _answers(rest, chosen | {element}, size, rank, effort)
