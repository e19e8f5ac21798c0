"""What a logit means on one site: a line with bends, which keeps the order of comments and changes how sure they look.

Beyond the first and the last bend it goes on with slope 1.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

Bends = tuple[tuple[float, float], ...]


class Calibration:
    """Moves logits along a line through `bends`, points (from, to) that rise from one to the next."""

    def __init__(self, bends: Sequence[tuple[float, float]]) -> None:
        self._from = [begin for begin, _ in bends]
        self._to = [end for _, end in bends]

    def __call__(self, logit: float) -> float:
        """Returns what a logit means."""
        place = bisect_right(self._from, logit)
        if place == 0:
            return logit + self._to[0] - self._from[0]
        if place == len(self._from):
            return logit + self._to[-1] - self._from[-1]
        begin, end = self._from[place - 1], self._from[place]
        rise = (self._to[place] - self._to[place - 1]) / (end - begin)
        return self._to[place - 1] + (logit - begin) * rise


def rises(bends: Bends) -> bool:
    """Tells whether each bend lies above and behind the one before."""
    return all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(bends))
