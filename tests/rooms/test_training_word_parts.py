"""The parts of many words at once are those of each word."""

from __future__ import annotations

from moderation.scoring.grams import distinct_grams
from moderation.scoring.reading import read
from moderation.scoring.tokens import LINK
from moderation.training.word_parts import parts_of_words
from tests.training_data import some_examples

ODD = ["", LINK, "a", "aa", "aaaaaa", "anana", "ёлка", "\U0001f600\U0001f600", "\ud83d\ude00", "a\0\0", "\u00e9" * 40]


def test_every_word_has_the_parts_that_it_has_alone_and_no_part_is_named_twice() -> None:
    words = [
        *dict.fromkeys([*ODD, *(token for example in some_examples()[::9] for token in read(example.text).tokens)])
    ]

    matrix, names = parts_of_words(words)

    found = [sorted(names[column] for column in matrix.indices[begin:end])
             for begin, end in zip(matrix.indptr, matrix.indptr[1:], strict=False)]  # fmt: skip
    assert found == [sorted(distinct_grams(word)) for word in words]
    assert set(matrix.data) == {1.0}
    assert len({*names}) == len(names) > 10_000


def test_without_words_there_are_no_parts() -> None:
    matrix, names = parts_of_words([])

    assert (matrix.shape, names) == ((0, 0), [])
