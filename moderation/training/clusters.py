"""Texts that are nearly the same, put together: by their sketches, or word for word where they are short."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

from moderation.domain import Sketch
from moderation.policy.sketches import alike, sketch_of

# Of texts that share a key, so many are compared with a new one: a key that more share is that of a common phrase.
_LOOKS = 8


class Groups:
    """Numbers 0 to n - 1, of which some belong together."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def of(self, number: int) -> int:
        """Returns the group of a number: the least number in it."""
        root = number
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[number] != root:
            self._parent[number], number = root, self._parent[number]
        return root

    def join(self, one: int, other: int) -> None:
        """Makes one group of the two."""
        first, second = sorted((self.of(one), self.of(other)))
        self._parent[second] = first

    def join_equal(self, names: Iterable[Hashable]) -> None:
        """Joins the numbers that have the same name."""
        first: dict[Hashable, int] = {}
        for number, name in enumerate(names):
            self.join(first.setdefault(name, number), number)

    def all(self) -> list[int]:
        """Returns the group of each number."""
        return [self.of(number) for number in range(len(self._parent))]


def clusters_of(texts: Sequence[str]) -> list[int]:
    """Returns for each text the number of the first one that it is nearly the same as, over any number of steps."""
    groups = Groups(len(texts))
    groups.join_equal(" ".join(text.casefold().split()) for text in texts)
    seen: dict[tuple[int, int], list[tuple[int, Sketch]]] = {}
    for number, text in enumerate(texts):
        if groups.of(number) != number or (sketch := sketch_of(text)) is None:
            continue  # the same words as an earlier one, or too short to be told from others
        for place in enumerate(sketch.keys):
            known = seen.setdefault(place, [])
            for other, its_sketch in known:
                if alike(sketch, its_sketch):
                    groups.join(other, number)
                    break
            if len(known) < _LOOKS:
                known.append((number, sketch))
    return groups.all()
