"""Words of a site that its classifier does not know yet, and that enough of its authors use.

They are counted by digests: most of what is new is written once, and a million such terms with their authors would fill
the memory. The few that are kept are then read again from the texts in which they came first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from hashlib import blake2b
from typing import Any

import numpy as np

from moderation.scoring.learned import Learned
from moderation.scoring.passages import own_host
from moderation.scoring.reading import read
from moderation.training.blocks import Passage, bare_passage, half, parts, words_and_pairs
from moderation.training.labels import Lesson
from moderation.training.spreading import spread

# Authors, not texts: what one person alone writes could be about that person. As in the bundled recipe, what only ham
# has must be common before it is worth a weight.
_BLOCKS: Mapping[str, tuple[Callable[[Passage], Iterable[str]], int, int]] = {
    "words": (words_and_pairs, 3, 12),
    "parts": (parts, 5, 60),
}

Digests = np.ndarray[Any, np.dtype[np.uint64]]
Places = np.ndarray[Any, np.dtype[np.int64]]


def new_terms(base: Learned, lessons: Sequence[Lesson]) -> dict[str, dict[str, int]]:
    """Returns, for each block, the terms that `base` does not know, in order, each with how many texts have it."""
    found = [each for part in spread(partial(_unknown, base), lessons) for each in part]
    return {name: _kept(base, name, [each[name] for each in found], lessons) for name in _BLOCKS}


def add_terms(pipeline: Any, found: Mapping[str, Mapping[str, int]], *, texts: int) -> None:
    """Gives an opened pipeline new terms of so many texts, with a weight of 0: to be fitted."""
    blocks = dict(pipeline.named_steps["blocks"].transformer_list)
    logistic = pipeline.named_steps["logistic"]
    of_words, of_parts, of_about = np.split(
        logistic.coef_[0], np.cumsum([len(blocks["words"].terms_), len(blocks["parts"].terms_)])
    )
    known = {"words": of_words, "parts": of_parts}
    for name in _BLOCKS:
        _extend(blocks[name], found[name], texts=texts)
        known[name] = np.append(known[name], np.zeros(len(found[name])))
    logistic.coef_ = np.concatenate([known["words"], known["parts"], of_about])[np.newaxis]
    logistic.n_features_in_ = logistic.coef_.shape[1]


def _unknown(base: Learned, _first: int, lessons: Sequence[Lesson]) -> list[dict[str, Digests]]:
    """Returns, for each lesson and block, the digests of its terms that are not known, each once."""
    known = _known(base)
    return [
        {
            name: np.fromiter((digest_of(term) for term in _terms(name, lesson) - known[name]), dtype=np.uint64)
            for name in _BLOCKS
        }
        for lesson in lessons
    ]


def _known(base: Learned) -> dict[str, frozenset[str]]:
    return {"words": frozenset(base.words.terms + base.pairs.terms), "parts": frozenset(base.parts.terms)}


def _terms(name: str, lesson: Lesson) -> set[str]:
    return set(_BLOCKS[name][0](bare_passage(read(lesson.writing.text, own_host(lesson.writing)).tokens)))


@lru_cache(maxsize=100_000)
def digest_of(term: str) -> int:
    """Returns 64 bits for a term: of ten million terms, two have the same with a chance of 1 in 400,000."""
    return int.from_bytes(blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _kept(base: Learned, name: str, found: Sequence[Digests], lessons: Sequence[Lesson]) -> dict[str, int]:
    """Returns the terms that enough authors use, in order, each with how many texts have it."""
    _, in_spam, in_all = _BLOCKS[name]
    terms, first, at, texts = np.unique(
        np.concatenate(found), return_index=True, return_inverse=True, return_counts=True
    )
    lesson_of = np.repeat(np.arange(len(lessons)), [len(each) for each in found])
    _, authors = np.unique([lesson.author.int % 2**63 for lesson in lessons], return_inverse=True)
    spam = np.array([lesson.is_spam for lesson in lessons])[lesson_of]
    by, by_spam = (_authors(at[of], authors[lesson_of[of]], len(terms)) for of in (slice(None), spam))
    kept = np.flatnonzero((by >= in_all) | (by_spam >= in_spam))
    wanted = {int(terms[place]): int(texts[place]) for place in kept}
    named: dict[str, int] = {}
    known = _known(base)[name]
    for number in np.unique(lesson_of[first[kept]]):
        new = ((term, wanted.get(digest_of(term))) for term in _terms(name, lessons[number]) - known)
        named.update((term, count) for term, count in new if count is not None)
    return {term: named[term] for term in sorted(named)}


def _authors(at: Places, authors: Places, terms: int) -> Places:
    """Returns for each term how many authors use it."""
    pairs = np.unique(at.astype(np.int64) * (int(authors.max(initial=0)) + 1) + authors)
    return np.bincount(pairs // (int(authors.max(initial=0)) + 1), minlength=terms)


def _extend(block: Any, found: Mapping[str, int], *, texts: int) -> None:
    # No new term is rarer than the rarest that is known: else one word of a campaign would be all that a text is.
    counts = np.array([*found.values()], dtype=np.float64)
    rarity = np.minimum(np.log((1 + texts) / (1 + counts)) + 1, block.idf_.max(initial=1.0))
    block.terms_ = [*block.terms_, *found]
    block.idf_ = np.append(block.idf_, half(rarity))
    block.vocabulary_ = {term: column for column, term in enumerate(block.terms_)}
