"""The new words of a site are those that enough of its authors use, however they are counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from uuid import UUID

import numpy as np
from scipy import sparse

from moderation.domain import Writing
from moderation.scoring.artifact import read_artifact
from moderation.scoring.reading import read
from moderation.training.blocks import bare_passage, parts, words_and_pairs
from moderation.training.labels import Lesson
from moderation.training.terms import new_terms
from moderation.training.towards import Columns
from tests.labels import FIRST
from tests.training_data import shipped_examples, small_artifact


def lessons() -> list[Lesson]:
    """Returns the comments of a video that the small model has not seen, by fewer authors than comments."""
    found = [e for e in shipped_examples() if e.source == "Youtube03-LMFAO"]
    return [
        Lesson(UUID(int=n), Writing(e.text), e.label, 1.0, UUID(int=n * 7 % 190), n, None, FIRST, FIRST)
        for n, e in enumerate(found)
    ]


def test_new_terms_are_those_of_enough_authors() -> None:
    base, taught = read_artifact(small_artifact())[1], lessons()
    known = {"words": {*base.words.terms, *base.pairs.terms}, "parts": {*base.parts.terms}}
    least = {"words": (3, 12), "parts": (5, 60)}

    found = new_terms(base, taught)

    for name, terms in (("words", words_and_pairs), ("parts", parts)):
        texts: dict[str, int] = defaultdict(int)
        authors: dict[str, set[Hashable]] = defaultdict(set)
        of_spam: dict[str, set[Hashable]] = defaultdict(set)
        for lesson in taught:
            for term in {*terms(bare_passage(read(lesson.writing.text).tokens))} - known[name]:
                texts[term] += 1
                authors[term].add(lesson.author)
                if lesson.is_spam:
                    of_spam[term].add(lesson.author)
        in_spam, in_all = least[name]
        wanted = [t for t in texts if len(authors[t]) >= in_all or len(of_spam[t]) >= in_spam]
        assert found[name] == {term: texts[term] for term in wanted}
        assert [*found[name]] == sorted(wanted)
        assert len(wanted) > 10


def test_nothing_is_new_in_no_words() -> None:
    taught = [
        Lesson(UUID(int=1), Writing("…"), lesson.label, 1.0, UUID(int=1), 1, None, FIRST, FIRST)
        for lesson in lessons()[:2]
    ]

    assert new_terms(read_artifact(small_artifact())[1], taught) == {"words": {}, "parts": {}}


def test_columns_are_multiplied_as_one_matrix() -> None:
    random = np.random.default_rng(3)
    terms = sparse.random(12_000, 50, density=0.1, random_state=3, format="csr")
    beside = random.normal(size=(12_000, 2))
    whole = np.hstack([terms.toarray(), beside])
    columns, across, down = Columns(terms, beside), random.normal(size=52), random.normal(size=12_000)

    assert columns.count == 52
    np.testing.assert_allclose(columns.times(across), whole @ across)
    np.testing.assert_allclose(columns.turned_times(down), whole.T @ down)
    np.testing.assert_allclose(columns.squares_turned_times(down), (whole**2).T @ down)
