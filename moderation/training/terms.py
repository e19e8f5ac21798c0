"""Words of a site that its classifier does not know yet, and that enough of its authors use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import numpy as np

from moderation.training.blocks import Passage, half, parts, words_and_pairs

# Authors, not texts: what one person alone writes could be about that person. As in the bundled recipe, what only ham
# has must be common before it is worth a weight.
_BLOCKS: tuple[tuple[str, Callable[[Passage], Iterable[str]], int, int], ...] = (
    ("words", words_and_pairs, 3, 12),
    ("parts", parts, 5, 60),
)


def add_terms(pipeline: Any, passages: Sequence[Passage], spam: Sequence[bool], authors: Sequence[Hashable]) -> None:
    """Gives an opened pipeline the new terms of these whole texts, with a weight of 0: to be fitted."""
    blocks = dict(pipeline.named_steps["blocks"].transformer_list)
    logistic = pipeline.named_steps["logistic"]
    of_words, of_parts, of_about = np.split(
        logistic.coef_[0], np.cumsum([len(blocks["words"].terms_), len(blocks["parts"].terms_)])
    )
    known = {"words": of_words, "parts": of_parts}
    for name, terms, in_spam, in_all in _BLOCKS:
        found = _new_terms(blocks[name], passages, spam, authors, terms, in_spam, in_all)
        _extend(blocks[name], found, texts=len(passages))
        known[name] = np.append(known[name], np.zeros(len(found)))
    logistic.coef_ = np.concatenate([known["words"], known["parts"], of_about])[np.newaxis]
    logistic.n_features_in_ = logistic.coef_.shape[1]


def _new_terms(
    block: Any,
    passages: Sequence[Passage],
    spam: Sequence[bool],
    authors: Sequence[Hashable],
    terms: Callable[[Passage], Iterable[str]],
    in_spam: int,
    in_all: int,
) -> dict[str, int]:
    """Returns new terms, in order, each with how many texts have it."""
    used_by: dict[str, set[Hashable]] = defaultdict(set)
    in_spam_by: dict[str, set[Hashable]] = defaultdict(set)
    texts: dict[str, int] = defaultdict(int)
    for passage, is_spam, author in zip(passages, spam, authors, strict=True):
        for term in set(terms(passage)):
            if term in block.vocabulary_:
                continue
            texts[term] += 1
            used_by[term].add(author)
            if is_spam:
                in_spam_by[term].add(author)
    wanted = (t for t, by in used_by.items() if len(by) >= in_all or len(in_spam_by.get(t, ())) >= in_spam)
    return {term: texts[term] for term in sorted(wanted)}


def _extend(block: Any, found: dict[str, int], *, texts: int) -> None:
    # No new term is rarer than the rarest that is known: else one word of a campaign would be all that a text is.
    counts = np.array([*found.values()], dtype=np.float64)
    rarity = np.minimum(np.log((1 + texts) / (1 + counts)) + 1, block.idf_.max(initial=1.0))
    block.terms_ = [*block.terms_, *found]
    block.idf_ = np.append(block.idf_, half(rarity))
    block.vocabulary_ = {term: column for column, term in enumerate(block.terms_)}
