"""The words that a classifier goes by, and those about which it has changed its mind; for people who moderate.

A word is learned only where several authors use it, and what looks like an address or a number is masked before. The
card as a file, which may be published, leaves them out.
"""

from __future__ import annotations

from collections.abc import Mapping

from moderation.scoring.learned import Block, Learned

_SHOWN = 20
_LEAST_CHANGE = 0.05  # logits


def top_words(learned: Learned, base: Learned) -> dict[str, list[list[object]]]:
    """Returns words with their weights: the strongest for spam, the strongest against it, and the most changed."""
    now, before = _weights(learned.words), _weights(base.words)
    ordered = sorted(now.items(), key=lambda item: (item[1], item[0]))
    changes = {word: now.get(word, 0.0) - before.get(word, 0.0) for word in now.keys() | before.keys()}
    changed = sorted(
        ((word, change) for word, change in changes.items() if abs(change) > _LEAST_CHANGE),
        key=lambda item: (-abs(item[1]), item[0]),
    )
    return {
        "spam": _rounded(reversed(ordered[-_SHOWN:])),
        "ham": _rounded(ordered[:_SHOWN]),
        "changed": _rounded(changed[:_SHOWN]),
    }


def _weights(block: Block) -> Mapping[str, float]:
    return {
        term: idf * weight
        for term, idf, weight in zip(block.terms, block.idf, block.weight, strict=True)
        if term.isalpha()
    }


def _rounded(words: object) -> list[list[object]]:
    return [[word, round(weight, 2)] for word, weight in words]  # type: ignore[attr-defined]
