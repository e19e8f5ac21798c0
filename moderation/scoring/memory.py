"""What was learned of short texts, kept so that it is learned once; never more of it than a bound."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Known = TypeVar("Known")

LONGEST = 32  # characters of what is remembered


class Memory(dict[str, Known]):
    """Learns what it is asked for and does not know. May be used by several threads at once.

    When it is full, what was not asked for since the time it was last full is forgotten; so common words stay.
    """

    def __init__(self, learn: Callable[[str], Known], *, at_most: int) -> None:
        super().__init__()
        self._learn = learn
        self._half = at_most // 2
        self._before: dict[str, Known] = {}

    def __missing__(self, text: str) -> Known:
        known = self._before.get(text)
        if known is None:
            known = self._learn(text)
            if not self.may_keep(text):
                return known
        if len(self) >= self._half:
            self._before = dict(self)
            self.clear()
        self[text] = known
        return known

    def may_keep(self, text: str) -> bool:
        """Tells whether a text is short enough."""
        return len(text) <= LONGEST

    @property
    def size(self) -> int:
        """How many texts are remembered, at most `at_most`."""
        return len(self) + len(self._before)
