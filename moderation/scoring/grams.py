"""The parts of words: a word that was never seen still has endings and middles that were."""

from __future__ import annotations

from moderation.scoring.tokens import CLASS_NAMES

LENGTHS = (2, 3, 4, 5)


def grams(word: str) -> list[str]:
    """Returns the runs of 2 to 5 characters of a word between two spaces, repeats included; none for a class."""
    if word in CLASS_NAMES:
        return []
    padded = f" {word} "
    size = len(padded)
    return [padded[i : i + n] for n in LENGTHS for i in range(size - n + 1)]
