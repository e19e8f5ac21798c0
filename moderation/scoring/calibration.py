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
        rises = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(bends)]
        # Of what lies below the first bend, between each two, and above the last: a point of the line, and its slope.
        self._lines = [(*bend, rise) for bend, rise in zip([bends[0], *bends], [1.0, *rises, 1.0], strict=True)]

    def __call__(self, logit: float) -> float:
        """Returns what a logit means."""
        begin, end, rise = self._lines[bisect_right(self._from, logit)]
        return end + (logit - begin) * rise


def rises(bends: Bends) -> bool:
    """Tells whether each bend lies above and behind the one before."""
    return all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(bends))
